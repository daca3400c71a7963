// What is settled is asked about once more only where a channel's terms or an operator say so, when it is settled and
// its date has come; what was drawn, once, however often the process dies; and whatever its channel says, nothing but a
// record of it follows. Where that is the contrary of what the log holds, a contradiction is recorded: a payment that
// nobody received, or one that was charged although it "failed", is found by nobody else.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace oncepay::sim {

namespace {

bool is_settled(attempt_state s) {
  return s == attempt_state::succeeded || s == attempt_state::failed;
}

class checked final : public checker {
public:
  explicit checked(const std::vector<channel_terms>& channels) {
    for (const channel_terms& t : channels)
      terms_.emplace(t.channel, t);
  }
  std::string_view name() const override { return "checked"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    if (d.stream.kind() != stream_kind::order)
      return;
    const replayed_order* order = h.find(d.stream);
    for (const event& e : d.events) {
      if (auto* begun = std::get_if<check_begun>(&e))
        begins(r, order, begun->number);
      else if (is_last_word(e))
        note_settled(r, order, e);
    }
    auto* said = std::get_if<attempt_input>(&d.input);
    if (said != nullptr && said->enquiry && said->enquiry->check)
      answered(r, order, *said);
  }

  void bank_asked(const bank_question& q, const history& h) override {
    if (!q.what.check)
      return;
    const replayed_attempt known = h.find(q.what.id);
    if (!known)
      return report("the bank of " + q.what.channel.str() + " was asked again about " + q.what.id.str() +
                    ", which no durable decision intends");
    const uint32_t asked = ++asked_[q.what.id];
    if (!is_settled(known.attempt->state) || asked > begun_[q.what.id])
      report("the bank of " + q.what.channel.str() + " was asked again about " + words(*known.attempt) + " of " +
                 known.stream->display() + " at " + to_string(q.at) + ", time " + std::to_string(asked) + ", and " +
                 std::to_string(begun_[q.what.id]) + " times that is durable",
             *known.stream);
  }

  void clock_jumped(instant) override { clock_jumped_ = true; }

private:
  static bool is_last_word(const event& e) {
    return std::holds_alternative<attempt_succeeded>(e) || std::holds_alternative<attempt_failed>(e);
  }

  static const order::attempt* attempt_of(const replayed_order* order, uint32_t number) {
    return order != nullptr && number >= 1 && number <= order->state.attempts.size()
               ? &order->state.attempts[number - 1]
               : nullptr;
  }

  void note_settled(const recorded_decision& r, const replayed_order* order, const event& e) {
    auto* succeeded = std::get_if<attempt_succeeded>(&e);
    const uint32_t number = succeeded != nullptr ? succeeded->number : std::get<attempt_failed>(e).number;
    if (const order::attempt* a = attempt_of(order, number))
      settled_at_[a->id] = r.decision.at;
  }

  void begins(const recorded_decision& r, const replayed_order* order, uint32_t number) {
    const order::attempt* a = attempt_of(order, number);
    if (a == nullptr || !is_settled(a->state))
      return blame(r, "asks again about attempt " + std::to_string(number) + ", which isn't settled");
    if (a->last_evidence == evidence::never_left)
      blame(r, "asks again about " + words(*a) + ", of which its channel never heard");
    const uint32_t nth = ++begun_[a->id];
    if (std::holds_alternative<check_input>(r.decision.input))
      return;
    auto terms = terms_.find(a->channel);
    if (!std::holds_alternative<timer_input>(r.decision.input) || terms == terms_.end() || terms->second.check_ppm == 0)
      return blame(r, "asks again about " + words(*a) + ", and nobody asked for that");
    if (std::exchange(drawn_[a->id], true))
      blame(r, "asks again about " + words(*a) + " for the " + std::to_string(nth) + "th time");
    if (!clock_jumped_ && r.decision.at < plus_ms(settled_at_[a->id], terms->second.check_after_ms))
      blame(r, "asks again about " + words(*a) + " before its date");
  }

  /// Says again, in its own words, what a channel contradicts.
  static bool contradicts(const order::attempt& a, const attempt_input& said) {
    if (said.source != evidence::enquiry)
      return false;
    if (a.state == attempt_state::failed)
      return said.outcome == reply_class::succeeded;
    const bool lost = said.outcome == reply_class::not_found &&
                      said.enquiry->asked_at >= plus_ms(a.submit_before, said.enquiry->not_found_after_ms);
    return lost || said.outcome == reply_class::failed_final || said.outcome == reply_class::failed_try_another;
  }

  static bool goes_back(const order::state& s, const order::attempt& a) {
    return s.surplus_attempt == a.number || std::any_of(s.refunds.begin(), s.refunds.end(), [&](const auto& refund) {
             return refund.attempt_number == a.number && refund.state != refund_state::failed;
           });
  }

  void answered(const recorded_decision& r, const replayed_order* order, const attempt_input& said) {
    const order::attempt* a = attempt_of(order, said.attempt_number);
    bool recorded = false;
    for (const event& e : r.decision.events) {
      recorded = recorded || std::holds_alternative<contradiction_recorded>(e);
      if (!std::holds_alternative<contradiction_recorded>(e) && !std::holds_alternative<attempt_checked>(e))
        blame(r, "holds " + std::string(name_of(e)) + ", because of what was said about something settled");
    }
    if (a == nullptr)
      return blame(r, "is about an attempt that was never made");
    if (recorded != (contradicts(*a, said) && !goes_back(order->state, *a)))
      blame(r, std::string(recorded ? "records a contradiction of " : "records no contradiction of ") + words(*a) +
                   ", asked about again, upon " + std::string(oncepay::name(said.outcome)));
  }

  void blame(const recorded_decision& r, const std::string& what) const {
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " " + what,
           r.decision.stream);
  }

  std::map<channel_id, channel_terms> terms_;
  // By attempt; none is ever iterated.
  std::unordered_map<attempt_id, instant> settled_at_;
  std::unordered_map<attempt_id, uint32_t> begun_; ///< Checks, durably.
  std::unordered_map<attempt_id, uint32_t> asked_; ///< By which its bank was reached.
  std::unordered_map<attempt_id, bool> drawn_;     ///< Begun of its own accord.
  bool clock_jumped_ = false;
};

} // namespace

checker_ptr make_checked(const std::vector<channel_terms>& channels) {
  return std::make_unique<checked>(channels);
}

} // namespace oncepay::sim
