// What a bank has said is in the log: its first definite word settles the attempt, and where it says both "succeeded"
// and "failed" the contradiction is recorded, because somebody must compare it with the bank's statement.
//
// Only where it was heard: an answer that comes when the process that asked is gone reaches nobody. So this looks at
// what was asked since the last crash, and at answers that had their time by the end.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <unordered_map>

namespace oncepay::sim {

namespace {

/// From a bank's word to its durable decision, on a slow disk.
constexpr int64_t hearing_ms = 5'000;

class heard final : public checker {
public:
  std::string_view name() const override { return "heard"; }

  void bank_received(const bank_request& r, const history& h) override {
    if (const replayed_attempt known = h.find(r.what.attempt))
      asked_.push_back({known.order->ordinal, known.attempt->number});
  }
  void decided(const recorded_decision& r, const history&) override {
    for (const event& e : r.decision.events)
      if (std::holds_alternative<attempt_reversing>(e))
        reversing_since_.emplace(r.decision.stream, r.decision.at);
  }
  void crashed(instant) override { asked_.clear(); }
  void clock_jumped(instant) override { clock_jumped_ = true; }

  void settled(const settled_run& run) override {
    for (const auto& [ordinal, number] : asked_) {
      const known_order& known = run.history.orders()[ordinal];
      const order::attempt& a = known.order->state.attempts[number - 1];
      if (const bank_entry* e = run.banks.find(a.id))
        compare(*e, {known.stream, known.order, &a}, run.banks.was_denied(a.id), run.now);
    }
  }

private:
  void compare(const bank_entry& e, const replayed_attempt& known, bool close_was_denied, instant now) const {
    const bank_answer* first = nullptr;
    const bank_answer* other = nullptr;
    for (const bank_answer& a : e.answers) {
      // "Bound", and not by which agreement: nothing can be withheld by that, and it has to be asked.
      const bool unnamed =
          known.order->state.kind == order_kind::bind && a.outcome == reply_class::succeeded && !a.names_agreement;
      if (a.outcome == reply_class::unknown || a.outcome == reply_class::payer_confirming || unnamed ||
          plus_ms({e.received_at.ns + a.after_us * ns_per_us}, hearing_ms).ns > now.ns)
        continue;
      if (first == nullptr)
        first = &a;
      else if ((first->outcome == reply_class::succeeded) != (a.outcome == reply_class::succeeded))
        other = &a;
    }
    if (first == nullptr)
      return;
    if (close_was_denied && known.attempt->last_evidence == evidence::close_reply) {
      // What we closed on the bank's word, and what then was paid after all, is a surplus.
      if (first->outcome == reply_class::succeeded && known.order->state.surplus_attempt != known.attempt->number)
        report("the bank of " + words(*known.attempt) + " of " + known.stream->display() + " said " + first->code +
                   " after it had said that it was closed, and no surplus is booked",
               *known.stream);
      return;
    }
    if (is_being_reversed(known.attempt->state) || known.attempt->state == attempt_state::reversed) {
      // What was said before it was called back had to decide it; what comes later comes too late.
      const auto since = reversing_since_.find(*known.stream);
      if (!clock_jumped_ && since != reversing_since_.end() &&
          plus_ms({e.received_at.ns + first->after_us * ns_per_us}, hearing_ms) < since->second)
        report("the bank of " + words(*known.attempt) + " of " + known.stream->display() + " said " + first->code +
                   " before it was called back at " + to_string(since->second) + ", and it was called back",
               *known.stream);
      return;
    }
    if (known.attempt->last_evidence == evidence::ruling) {
      // People were first. What the bank says otherwise is not lost: it goes back, or is somebody's work.
      const bool paid_after_all =
          known.attempt->state == attempt_state::failed && first->outcome == reply_class::succeeded;
      const bool not_paid_after_all =
          known.attempt->state == attempt_state::succeeded && first->outcome != reply_class::succeeded;
      // A pay-out can't be taken back.
      const bool nobody_knows = known.order->state.kind == order_kind::pay_out
                                    ? known.order->state.contradictions == 0
                                    : known.order->state.surplus_attempt != known.attempt->number;
      if ((paid_after_all && nobody_knows) || (not_paid_after_all && known.order->state.contradictions == 0))
        report("the bank of " + words(*known.attempt) + " of " + known.stream->display() + " said " + first->code +
                   ", people had ruled that it has " + std::string(oncepay::name(known.attempt->state)) +
                   ", and nothing of that is recorded",
               *known.stream);
      return;
    }
    const auto expected = first->outcome == reply_class::succeeded ? attempt_state::succeeded : attempt_state::failed;
    // It may have told the truth earlier, when it was asked to close what it had taken.
    const bool told_before = known.attempt->state == attempt_state::succeeded && e.moved &&
                             known.attempt->last_evidence == evidence::close_reply;
    if (known.attempt->state != expected && !told_before)
      report("the bank of " + words(*known.attempt) + " of " + known.stream->display() + " said " + first->code + " (" +
                 std::string(oncepay::name(first->outcome)) + ") first, and the log says that the attempt is " +
                 std::string(oncepay::name(known.attempt->state)) + "; the bank " + words(e),
             *known.stream);
    if (other != nullptr && known.order->state.contradictions == 0)
      report("the bank of " + words(*known.attempt) + " of " + known.stream->display() + " said " + first->code +
                 " and later " + other->code + ", and no contradiction is recorded",
             *known.stream);
  }

  struct asked_attempt {
    uint32_t ordinal; ///< Of its order.
    uint32_t number;
  };
  std::vector<asked_attempt> asked_;                         ///< Since the last crash, in their order.
  std::unordered_map<stream_name, instant> reversing_since_; ///< Never iterated.
  bool clock_jumped_ = false;                                ///< Times don't tell what was first.
};

} // namespace

checker_ptr make_heard() {
  return std::make_unique<heard>();
}

} // namespace oncepay::sim
