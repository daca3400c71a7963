// No bank ever has more requests of ours at once than it granted, nor more in a second: banks answer that with blocks
// and fines, and what is refused for it fails customers.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace oncepay::sim {

namespace {

constexpr int64_t millionth = 1'000'000;

/// How many requests may begin: a limiter lets a tenth of a second's worth (at least one) go at once and refills at the
/// rate. Between its permit and the bank a request waits for its commit, for `submit_within_ms` at most, so as many as
/// the rate gives in that time may arrive in one go: in every stretch of time there may be at most
/// `burst + rate * (stretch + submit_within)`. A restarted limiter begins with a full bucket, and what waited before is
/// gone with its process, so that the count begins anew too.
class rate_bucket {
public:
  explicit rate_bucket(const channel_terms& t)
      : rate_per_s_(t.rate_per_s_max),
        full_millionths_(std::max<int64_t>(millionth, int64_t{rate_per_s_} * millionth / 10) +
                         int64_t{rate_per_s_} * t.submit_within_ms * 1'000),
        level_millionths_(full_millionths_) {}

  /// True where it is one too many.
  bool begin(instant now) {
    if (rate_per_s_ == 0)
      return false;
    // A jump of the wall clock fills the bucket, as it fills the limiter's.
    const int64_t elapsed_us = std::clamp<int64_t>((now.ns - last_.ns) / ns_per_us, 0, int64_t{60} * 1'000'000);
    if (elapsed_us > 0) {
      level_millionths_ = std::min(full_millionths_, level_millionths_ + elapsed_us * rate_per_s_);
      last_ = now;
    }
    level_millionths_ -= millionth;
    return level_millionths_ < 0;
  }

  void restart() { level_millionths_ = full_millionths_; }

private:
  uint32_t rate_per_s_;
  int64_t full_millionths_;
  int64_t level_millionths_;
  instant last_;
};

/// A request occupies its bank until the bank has answered, or until its reply window is over: then nobody can tell any
/// more, and the permit's lease ends. What a crash leaves at a bank counts until then too.
class within_limits final : public checker {
public:
  explicit within_limits(const std::vector<channel_terms>& channels) {
    for (const channel_terms& t : channels)
      banks_.emplace(t.channel, bank{t, rate_bucket(t), {}, {}, {}});
  }
  std::string_view name() const override { return "within-limits"; }

  void bank_received(const bank_request& r, const history& h) override {
    auto it = banks_.find(r.what.channel);
    if (it == banks_.end())
      return;
    bank& b = it->second;
    const auto [place, is_new] = places_.try_emplace(r.what.attempt, under_way{&b, b.open.size()});
    if (!is_new)
      return; // sent twice: another checker's rule
    b.open.push_back({&place->first, r.what.reply_before});
    std::erase_if(b.asked, [&](instant until) { return until <= r.at; });
    if (b.open.size() + b.asked.size() > b.terms.concurrency_max)
      forget_what_is_over(b, r.at);
    if (b.open.size() + b.asked.size() > b.terms.concurrency_max)
      break_rule(r, h,
                 "as number " + std::to_string(b.open.size() + b.asked.size()) + " under way there; it grants " +
                     std::to_string(b.terms.concurrency_max) + " at once");
    if (b.rate.begin(r.at))
      break_rule(r, h, "above its rate of " + std::to_string(b.terms.rate_per_s_max) + " requests a second");
  }

  void bank_asked(const bank_question& q, const history& h) override {
    auto it = banks_.find(q.what.channel);
    if (it == banks_.end())
      return;
    bank& b = it->second;
    for (std::vector<instant>* kind : {&b.asked, &b.checks})
      std::erase_if(*kind, [&](instant until) { return until <= q.at; });
    // One in twenty of what it granted, so that payments find room; a single one, where that is none. What is asked
    // about although it is settled has a hundredth to itself.
    std::vector<instant>& such = q.what.check ? b.checks : b.asked;
    such.push_back(q.until);
    const size_t share = std::max<size_t>(1, b.terms.concurrency_max / (q.what.check ? 100 : 20));
    if (such.size() > share)
      break_rule(q, h,
                 std::string("as ") + (q.what.check ? "check" : "enquiry") + " number " + std::to_string(such.size()) +
                     " under way there; their share is " + std::to_string(share));
    forget_what_is_over(b, q.at);
    const size_t at_once = b.open.size() + b.asked.size() + b.checks.size();
    if (at_once > b.terms.concurrency_max)
      break_rule(q, h,
                 "beside " + std::to_string(at_once - 1) + " under way there; it grants " +
                     std::to_string(b.terms.concurrency_max) + " at once");
    if (b.rate.begin(q.at))
      break_rule(q, h, "above its rate of " + std::to_string(b.terms.rate_per_s_max) + " requests a second");
  }

  void bank_answered(const attempt_id& id, instant) override {
    if (auto it = places_.find(id); it != places_.end())
      end(it);
  }

  /// What a bank has told the outcome of - of its own accord, or asked about it, closing it or calling it back - it
  /// works on no longer, though its reply may still be on its way.
  void decided(const recorded_decision& r, const history& h) override {
    auto* said = std::get_if<attempt_input>(&r.decision.input);
    const bool has_told =
        said != nullptr && (said->source == evidence::notice || said->source == evidence::enquiry ||
                            said->source == evidence::close_reply || said->source == evidence::reverse_reply);
    if (!has_told)
      return;
    const replayed_order* order = h.find(r.decision.stream);
    if (order == nullptr || said->attempt_number == 0 || said->attempt_number > order->state.attempts.size())
      return;
    for (const event& e : r.decision.events)
      if (std::holds_alternative<attempt_succeeded>(e) || std::holds_alternative<attempt_failed>(e) ||
          std::holds_alternative<attempt_reversed>(e))
        bank_answered(order->state.attempts[said->attempt_number - 1].id, r.decision.at);
  }

  void crashed(instant) override {
    for (auto& [id, b] : banks_) {
      b.rate.restart();
      b.asked.clear();
      b.checks.clear();
    }
  }

private:
  struct request {
    const attempt_id* attempt; ///< Into `places_`, whose elements never move.
    instant until;
  };
  struct bank {
    channel_terms terms;
    rate_bucket rate;
    std::vector<request> open;   ///< In no order.
    std::vector<instant> asked;  ///< Enquiries under way, until when; those of a process that died are over with it.
    std::vector<instant> checks; ///< The same of questions about what is settled.
  };
  struct under_way {
    bank* at;
    size_t index; ///< In its bank's `open`.
  };
  using by_attempt = std::unordered_map<attempt_id, under_way>;

  void end(by_attempt::iterator it) {
    auto& open = it->second.at->open;
    const size_t index = it->second.index;
    if (index + 1 != open.size()) {
      open[index] = open.back();
      places_.at(*open[index].attempt).index = index;
    }
    open.pop_back();
    places_.erase(it);
  }

  void forget_what_is_over(bank& b, instant now) {
    for (size_t i = b.open.size(); i-- > 0;)
      if (b.open[i].until <= now)
        end(places_.find(*b.open[i].attempt));
  }

  void break_rule(const bank_request& r, const history& h, const std::string& how) const {
    const stream_name* stream = h.order_of(r.what.attempt);
    report("the bank of " + r.what.channel.str() + " received " +
               words(r.what.attempt_number, r.what.attempt, r.what.channel) +
               (stream == nullptr ? std::string() : " of " + stream->display()) + " at " + to_string(r.at) + " " + how,
           stream == nullptr ? std::nullopt : std::optional(*stream));
  }

  void break_rule(const bank_question& q, const history& h, const std::string& how) const {
    const stream_name* stream = h.order_of(q.what.id);
    report("the bank of " + q.what.channel.str() + " was asked about " +
               words(q.what.attempt_number, q.what.id, q.what.channel) +
               (stream == nullptr ? std::string() : " of " + stream->display()) + " at " + to_string(q.at) + " " + how,
           stream == nullptr ? std::nullopt : std::optional(*stream));
  }

  std::map<channel_id, bank> banks_;
  by_attempt places_; ///< Whose answer is awaited. Never iterated.
};

} // namespace

checker_ptr make_within_limits(const std::vector<channel_terms>& channels) {
  return std::make_unique<within_limits>(channels);
}

} // namespace oncepay::sim
