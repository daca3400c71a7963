// Each command on a connection that lives is answered, exactly once, by the reply limit: with `processing` if need be,
// but not where the order's fate was known long before.
//
// Both are measured in recorded time, so only where the wall clock hasn't jumped since.
#include "schema/limits.hpp"
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <algorithm>

namespace oncepay::sim {

namespace {

/// A session looks at its limits once a second, and bytes take their time.
constexpr int64_t answer_margin_ms = 5'000;

class answered final : public checker {
public:
  std::string_view name() const override { return "answered"; }

  void sent(const sent_request& r) override {
    if (r.number >= requests_.size())
      requests_.resize(r.number + 1);
    requests_[r.number] = {r.at, standing::waiting};
  }

  void received(const received_reply& r, const history& h) override {
    if (r.number == 0 || r.number >= requests_.size() || requests_[r.number].is == standing::unsent)
      return report("a reply (" + std::string(oncepay::name(r.reply.code)) + ", its request id " +
                    std::to_string(r.reply.request_id) + ") came, and nobody waited for it");
    request& asked = requests_[r.number];
    if (asked.is != standing::waiting)
      report(words_of(r.number, r.command) + " of " + to_string(asked.at) + " was answered " +
                 std::string(oncepay::name(r.reply.code)) +
                 (asked.is == standing::answered ? " after it had been answered" : " on a connection that is gone"),
             stream_of(r.command));
    asked.is = standing::answered;
    if (asked.at > even_since_ && plus_ms(asked.at, limits::reply_limit_ms + answer_margin_ms) < r.at)
      report(words_of(r.number, r.command) + " of " + to_string(asked.at) + " was answered " +
                 std::string(oncepay::name(r.reply.code)) + " at " + to_string(r.at) + ", long after the reply limit",
             stream_of(r.command));
    if (r.reply.code == errc::processing)
      check_processing(r, asked, h);
  }

  void gave_up(uint64_t number) override {
    if (number < requests_.size() && requests_[number].is == standing::waiting)
      requests_[number].is = standing::given_up;
  }

  void clock_jumped(instant now) override { even_since_ = now; }

  void settled(const settled_run& run) override {
    const auto is_late = [&](const request& r) {
      return r.is == standing::waiting && plus_ms(r.at, limits::reply_limit_ms + answer_margin_ms) < run.now;
    };
    const auto late = std::count_if(requests_.begin(), requests_.end(), is_late);
    if (late == 0)
      return;
    const auto first = std::find_if(requests_.begin(), requests_.end(), is_late);
    report(std::to_string(late) + " requests were never answered; the first is request " +
           std::to_string(first - requests_.begin()) + " of " + to_string(first->at));
  }

private:
  enum class standing : uint8_t { unsent, waiting, answered, given_up };
  struct request {
    instant at;
    standing is = standing::unsent;
  };

  static std::optional<stream_name> stream_of(const command& c) {
    if (auto* out = std::get_if<pay_out_command>(&c.body))
      return stream_name::of_order(out->merchant, out->order_no);
    auto* pay = std::get_if<pay_command>(&c.body);
    return pay == nullptr ? std::nullopt : std::optional(stream_name::of_order(pay->merchant, pay->order_no));
  }

  static std::string words_of(uint64_t number, const command& c) {
    auto stream = stream_of(c);
    return "request " + std::to_string(number) + " (" + std::string(name_of(c)) +
           (stream ? ", " + stream->display() : "") + ")";
  }

  void check_processing(const received_reply& r, const request& asked, const history& h) const {
    auto stream = stream_of(r.command);
    const replayed_order* order = stream ? h.find(*stream) : nullptr;
    if (order == nullptr)
      return;
    const order::attempt* live = order->state.live_attempt();
    if ((order->state.status == order_state::open || order->state.status == order_state::closing) &&
        (live == nullptr || !is_doubtful(live->state)))
      return;
    if (order->at > even_since_ && plus_ms(order->at, answer_margin_ms) < r.at)
      report(words_of(r.number, r.command) + " of " + to_string(asked.at) + " was told processing at " +
                 to_string(r.at) + "; the order is " + standing_words(order->state) + " since " + to_string(order->at),
             *stream);
  }

  std::vector<request> requests_; ///< By number.
  instant even_since_;            ///< From here on recorded time has passed.
};

} // namespace

checker_ptr make_answered() {
  return std::make_unique<answered>();
}

} // namespace oncepay::sim
