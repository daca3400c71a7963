// A payment by code that its order has given up is called back, and only such a one: its channel is asked to by a
// durable decision, not before its time, never twice at once, and never once the order is paid - whoever is told "paid"
// delivers, and the money may not go back then. An order fails only when the reversal is confirmed: before, the payer
// may still pay, and would pay a second time elsewhere.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <unordered_map>

namespace oncepay::sim {

namespace {

class reversed final : public checker {
public:
  std::string_view name() const override { return "reversed"; }

  void bank_asked(const bank_question& q, const history& h) override {
    if (q.what.operation != operation::reverse)
      return;
    const replayed_attempt known = h.find(q.what.id);
    if (!known)
      return report("the bank of " + q.what.channel.str() + " was asked to reverse " + q.what.id.str() +
                    ", which no durable decision intends");
    const order::attempt& a = *known.attempt;
    // A repeat may be on its way when the answer to the one before comes, late.
    if (!is_being_reversed(a.state) && a.state != attempt_state::reversed)
      break_rule(q, known, "when it was " + std::string(oncepay::name(a.state)));
    if (is_being_reversed(a.state) && q.at < a.enquire_at && q.what.nth > a.reversals)
      break_rule(q, known, "before " + to_string(a.enquire_at) + ", when it was to be asked");
    if (known.order->state.payer_code.ciphertext.empty())
      break_rule(q, known, "although nobody showed a code");
    if (q.what.channel != a.channel || q.what.amount != known.order->state.amount)
      break_rule(q, known, "with " + to_string(q.what.amount) + " on " + q.what.channel.str());
    if (auto it = asked_until_.find(q.what.id); it != asked_until_.end() && q.at < it->second)
      break_rule(q, known, "while it was still answering the same");
    asked_until_[q.what.id] = q.until;
  }

  void crashed(instant) override { asked_until_.clear(); }

  void settled(const settled_run& run) override {
    for (const auto& [stream, order] : run.history.orders())
      for (const order::attempt& a : order->state.attempts) {
        const bool ended = order->state.status != order_state::open && order->state.status != order_state::closing;
        if (is_being_reversed(a.state) && ended)
          report(stream->display() + " is " + std::string(oncepay::name(order->state.status)) + ", and " + words(a) +
                     " isn't proven to be reversed",
                 *stream);
      }
  }

private:
  void break_rule(const bank_question& q, const replayed_attempt& known, const std::string& how) const {
    report("the bank of " + q.what.channel.str() + " was asked to reverse " + words(*known.attempt) + " of " +
               known.stream->display() + " at " + to_string(q.at) + " " + how,
           *known.stream);
  }

  std::unordered_map<attempt_id, instant> asked_until_; ///< In this process. Never iterated.
};

} // namespace

checker_ptr make_reversed() {
  return std::make_unique<reversed>();
}

} // namespace oncepay::sim
