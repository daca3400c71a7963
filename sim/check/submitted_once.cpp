// A bank sees an attempt only after its intent is durable, once and never again (also across crashes), not after its
// deadline, and not while an earlier attempt of the same order may still move the money.
#include "schema/limits.hpp"
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

namespace oncepay::sim {

namespace {

class submitted_once final : public checker {
public:
  std::string_view name() const override { return "submitted-once"; }

  void decided(const recorded_decision& r, const history& h) override {
    position_ = r.position;
    auto* said = std::get_if<attempt_input>(&r.decision.input);
    if (said == nullptr || (said->source != evidence::never_left && said->outcome != reply_class::unknown))
      return;
    const replayed_order* order = h.find(r.decision.stream);
    if (order == nullptr || said->attempt_number == 0 || said->attempt_number > order->state.attempts.size())
      return;
    const order::attempt& a = order->state.attempts[said->attempt_number - 1];
    for (const event& e : r.decision.events)
      if (std::holds_alternative<attempt_in_doubt>(e))
        of_order(*order).doubted |= bit(a);
    if (said->source == evidence::never_left && (of_order(*order).received & bit(a)) != 0)
      report("position " + std::to_string(r.position) + " says that " + words(a) + " of " +
                 r.decision.stream.display() + " was never sent, but the bank of " + a.channel.str() + " received it",
             r.decision.stream);
  }

  void bank_received(const bank_request& r, const history& h) override {
    const replayed_attempt known = h.find(r.what.attempt);
    if (!known) {
      report("the bank of " + r.what.channel.str() + " received attempt " + r.what.attempt.str() + " (" +
             to_string(r.what.amount) + "), and no durable decision intends it; the log's head was at " +
             std::to_string(r.head_position));
      return;
    }
    marks& seen = of_order(*known.order);
    if ((seen.received & bit(*known.attempt)) != 0)
      break_rule(r, known, "a second time");
    else if (known.order->position <= crashed_position_)
      break_rule(r, known, "from a process that didn't intend it: its intent is older than the last crash");
    else if (known.attempt->state != attempt_state::intended)
      break_rule(r, known, "when it was " + std::string(oncepay::name(known.attempt->state)) + " already");
    if (r.at > known.attempt->submit_before)
      break_rule(r, known,
                 "at " + to_string(r.at) + ", after its deadline of " + to_string(known.attempt->submit_before));
    if (r.what.channel != known.attempt->channel || r.what.amount != known.order->state.amount)
      break_rule(r, known,
                 "with " + to_string(r.what.amount) + "; the log says " + to_string(known.order->state.amount) +
                     " on " + known.attempt->channel.str());
    for (const order::attempt& earlier : known.order->state.attempts)
      if (earlier.number < known.attempt->number)
        check_earlier(r, known, earlier);
    seen.received |= bit(*known.attempt);
  }

  void crashed(instant) override { crashed_position_ = position_; }

private:
  /// Of one order's attempts, a bit each.
  struct marks {
    uint16_t received = 0;
    uint16_t doubted = 0;
  };
  static_assert(limits::attempts_max < 16, "a bit for each attempt");

  static uint16_t bit(const order::attempt& a) { return static_cast<uint16_t>(1U << (a.number % 16)); }

  marks& of_order(const replayed_order& order) {
    if (order.ordinal >= marks_.size())
      marks_.resize(order.ordinal + 1);
    return marks_[order.ordinal];
  }

  void check_earlier(const bank_request& r, const replayed_attempt& known, const order::attempt& earlier) {
    if (earlier.state != attempt_state::failed)
      break_rule(r, known, "while " + words(earlier) + " was " + std::string(oncepay::name(earlier.state)));
    else if ((of_order(*known.order).doubted & bit(earlier)) != 0)
      break_rule(r, known, "although " + words(earlier) + " had been in doubt");
  }

  void break_rule(const bank_request& r, const replayed_attempt& known, const std::string& how) const {
    report("the bank of " + r.what.channel.str() + " received " + words(*known.attempt) + " of " +
               known.stream->display() + " (" + to_string(r.what.amount) + ") " + how,
           *known.stream);
  }

  std::vector<marks> marks_; ///< By the order's ordinal.
  uint64_t position_ = 0;
  uint64_t crashed_position_ = 0; ///< Everything up to here was decided by processes that are gone.
};

} // namespace

checker_ptr make_submitted_once() {
  return std::make_unique<submitted_once>();
}

} // namespace oncepay::sim
