// A channel is asked about what is durably in doubt, when its date has come and not before, never twice at once; with
// the patience that its terms ask for; and once that many enquiries have proved nothing, a person is told in the same
// decision. What isn't asked about is another checker's rule.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <map>
#include <unordered_map>

namespace oncepay::sim {

namespace {

class enquired final : public checker {
public:
  explicit enquired(const std::vector<channel_terms>& channels) {
    for (const channel_terms& t : channels)
      terms_.emplace(t.channel, t);
  }
  std::string_view name() const override { return "enquired"; }

  void bank_asked(const bank_question& q, const history& h) override {
    if (!q.what.enquiry || q.what.check || takes_back(q.what.operation))
      return; // another checker's rule
    const replayed_attempt known = h.find(q.what.id);
    if (!known) {
      report("the bank of " + q.what.channel.str() + " was asked about " + q.what.id.str() +
             ", which no durable decision intends");
      return;
    }
    const order::attempt& a = *known.attempt;
    // An answer may have become known between the question and now, when the limiter let it wait.
    if (is_doubtful(a.state) && !is_being_reversed(a.state) && q.at < a.enquire_at && q.what.nth > a.enquiries)
      break_rule(q, known, "before " + to_string(a.enquire_at) + ", when it was to be asked");
    if (!a.ever_in_doubt)
      break_rule(q, known, "although it was never in doubt");
    if (auto it = asked_until_.find(q.what.id); it != asked_until_.end() && q.at < it->second)
      break_rule(q, known, "while it was still answering the same question");
    asked_until_[q.what.id] = q.until;
    if (q.what.channel != a.channel || q.what.amount != known.order->state.amount)
      break_rule(q, known, "with " + to_string(q.what.amount) + " on " + q.what.channel.str());
  }

  void decided(const recorded_decision& r, const history& h) override {
    auto* said = std::get_if<attempt_input>(&r.decision.input);
    if (said == nullptr || (said->source != evidence::enquiry && said->source != evidence::enquiry_failed))
      return;
    if (said->enquiry && said->enquiry->check)
      return; // another checker's rule
    const replayed_order* order = h.find(r.decision.stream);
    if (order == nullptr || said->attempt_number == 0 || said->attempt_number > order->state.attempts.size())
      return;
    const order::attempt& a = order->state.attempts[said->attempt_number - 1];
    auto terms = terms_.find(a.channel);
    if (terms == terms_.end())
      return;
    check_patience(r, *said, terms->second);
    bool is_given_up = a.state == attempt_state::manual; // by asking: a person's turn, or that of a reversal
    uint32_t count = 0;
    for (const event& e : r.decision.events) {
      if (auto* recorded = std::get_if<enquiry_recorded>(&e))
        count = recorded->count;
      is_given_up =
          is_given_up || std::holds_alternative<attempt_manual>(e) || std::holds_alternative<attempt_reversing>(e);
    }
    if (count != 0 && is_given_up != (count >= terms->second.enquiries_max))
      report("position " + std::to_string(r.position) + " records enquiry " + std::to_string(count) + " about " +
                 words(a) + " of " + r.decision.stream.display() + ", whose channel is asked " +
                 std::to_string(terms->second.enquiries_max) + " times, and " +
                 (is_given_up ? "leaves it to a person" : "tells no person"),
             r.decision.stream);
  }

  void crashed(instant) override { asked_until_.clear(); }

private:
  void check_patience(const recorded_decision& r, const attempt_input& said, const channel_terms& t) const {
    if (said.enquiry && said.enquiry->asked_at <= r.decision.at &&
        said.enquiry->not_found_after_ms == t.not_found_after_ms &&
        said.enquiry->interval_ms_max == t.enquire_interval_ms_max && said.enquiry->enquiries_max == t.enquiries_max)
      return;
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() +
               " reads an enquiry with another patience than the terms of " + t.channel.str(),
           r.decision.stream);
  }

  void break_rule(const bank_question& q, const replayed_attempt& known, const std::string& how) const {
    report("the bank of " + q.what.channel.str() + " was asked about " + words(*known.attempt) + " of " +
               known.stream->display() + " at " + to_string(q.at) + " " + how,
           *known.stream);
  }

  std::map<channel_id, channel_terms> terms_;
  std::unordered_map<attempt_id, instant> asked_until_; ///< In this process. Never iterated.
};

} // namespace

checker_ptr make_enquired(const std::vector<channel_terms>& channels) {
  return std::make_unique<enquired>(channels);
}

} // namespace oncepay::sim
