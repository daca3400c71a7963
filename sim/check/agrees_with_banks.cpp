// What the log says about an order is what happened to its money: paid means that this very attempt moved exactly this
// amount, failed that nothing moved, in doubt either. Nothing moved for an order that the log doesn't know.
//
// Where a bank's first definite word was a lie, the log says what the bank said; that the truth was recorded later is
// another checker's rule. Where people were mistaken when they ruled, it says what they said.
#include "sim/check/checkers.hpp"
#include "sim/check/ruled.hpp"
#include "sim/check/words.hpp"

namespace oncepay::sim {

namespace {

class agrees_with_banks final : public checker {
public:
  std::string_view name() const override { return "agrees-with-banks"; }

  void settled(const settled_run& run) override {
    for (const auto& [name, order] : run.history.orders()) {
      const stream_name& stream = *name;
      const order::state& s = order->state;
      uint32_t succeeded = 0;
      uint32_t unsettled = 0;
      for (const order::attempt& a : s.attempts) {
        const bank_entry* e = run.banks.find(a.id);
        compare(stream, s, a, e, run.banks.was_denied(a.id));
        succeeded += a.state == attempt_state::succeeded ? 1 : 0;
        unsettled += a.state == attempt_state::intended || is_doubtful(a.state) ? 1 : 0;
      }
      if (s.status == order_state::paid && succeeded != 1)
        report(stream.display() + " is paid by " + std::to_string(succeeded) + " attempts", stream);
      if ((s.status == order_state::failed || s.status == order_state::closed) && (succeeded != 0 || unsettled != 0))
        report(stream.display() + " is " + std::string(oncepay::name(s.status)) + ", and " +
                   std::to_string(succeeded + unsettled) + " of its attempts haven't failed",
               stream);
    }
    for (const bank_entry& e : run.banks.entries())
      if (e.moved && run.history.order_of(e.attempt) == nullptr)
        report("the bank of " + e.channel.str() + " moved " + to_string(e.amount) + " for attempt " + e.attempt.str() +
               ", which the log doesn't know");
  }

private:
  void compare(const stream_name& stream, const order::state& s, const order::attempt& a, const bank_entry* e,
               bool close_was_denied) const {
    if (e != nullptr && (e->amount != s.amount || e->channel != a.channel))
      report("the order " + stream.display() + " is about " + to_string(s.amount) + " on " + a.channel.str() +
                 ", but its " + words(a) + " reached the bank of " + e->channel.str() + " with " + to_string(e->amount),
             stream);
    if (is_mistaken(s, a))
      return;
    const bool moved = e != nullptr && e->moved;
    const auto said = e != nullptr ? first_word(*e) : std::nullopt;
    const bool says_paid = said.value_or(false);
    const bool says_failed = !said.value_or(true);
    if (a.state == attempt_state::succeeded && !moved && !says_paid)
      disagree(stream, s, a, e);
    if (a.state == attempt_state::succeeded && moved && e->given_back)
      disagree(stream, s, a, e);
    // A bank confirms a reversal only once it has closed the payment, or given the money back. Where it hadn't seen the
    // payment then, what it takes later is a surplus.
    if (a.state == attempt_state::reversed && moved && !e->given_back && s.surplus_attempt != a.number)
      disagree(stream, s, a, e);
    // A bank that says that it closed what it had taken lies, and its later success comes back as a surplus.
    if (a.state == attempt_state::failed && moved && !says_failed && !close_was_denied)
      disagree(stream, s, a, e);
  }

  void disagree(const stream_name& stream, const order::state& s, const order::attempt& a, const bank_entry* e) const {
    report("the log says that " + words(a) + " of " + stream.display() + " (" + to_string(s.amount) + ", " +
               standing_words(s) + ") has " + std::string(oncepay::name(a.state)) + "; its bank " +
               (e == nullptr ? "never received it" : words(*e)),
           stream);
  }
};

} // namespace

checker_ptr make_agrees_with_banks() {
  return std::make_unique<agrees_with_banks>();
}

} // namespace oncepay::sim
