// What a bank was told that we have taken is in the log, and stays there: the bank won't tell it again. A success of
// the right amount has paid the order, or is a surplus, or is recorded as the contradiction that it is; what no order
// knows is kept by its channel. And no notice, however often it is told, is recorded as a contradiction twice.
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"

#include <set>
#include <unordered_map>

namespace oncepay::sim {

namespace {

class notices_kept final : public checker {
public:
  std::string_view name() const override { return "notices-kept"; }

  void decided(const recorded_decision& r, const history&) override {
    auto* told = std::get_if<attempt_input>(&r.decision.input);
    if (told == nullptr || told->source != evidence::notice || !told->notice)
      return;
    for (const event& e : r.decision.events) {
      if (std::holds_alternative<notice_kept>(e) && !kept_.emplace(key_of(*told)).second)
        report("position " + std::to_string(r.position) + " keeps for a second time what " +
                   told->notice->channel.str() + " told of " + told->notice->id.str(),
               r.decision.stream);
      if (std::holds_alternative<contradiction_recorded>(e) && !contradicted_.emplace(told->notice->id).second)
        report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() +
                   " records for a second time that a notice contradicts it",
               r.decision.stream);
    }
  }

  void notice_taken(const taken_notice& n, const history& h) override {
    const notice_facts& facts = *n.what.notice;
    if (n.what.outcome != reply_class::succeeded)
      return;
    const replayed_attempt known = h.find(facts.id);
    if (!known) {
      if (!kept_.contains(key_of(n.what)))
        report("the bank of " + facts.channel.str() + " was told that its notice of " + facts.id.str() +
               " was taken, and the log knows nothing of it");
      return;
    }
    if (facts.amount != known.order->state.amount)
      return;
    taken_.push_back({known.order->ordinal, known.attempt->number});
    compare(known);
  }

  void settled(const settled_run& run) override {
    for (const auto& [ordinal, number] : taken_) {
      const known_order& order = run.history.orders()[ordinal];
      compare({order.stream, order.order, &order.order->state.attempts[number - 1]});
    }
  }

private:
  static std::string key_of(const attempt_input& in) {
    return in.notice->id.str() + " " + std::string(oncepay::name(in.outcome)) + " " + to_string(in.notice->amount);
  }

  void compare(const replayed_attempt& known) const {
    const order::state& s = known.order->state;
    // What is being reversed isn't paid any more: its money is on its way back.
    const bool stands = known.attempt->state == attempt_state::succeeded ||
                        known.attempt->state == attempt_state::reversing ||
                        known.attempt->state == attempt_state::reversed || s.surplus_attempt == known.attempt->number ||
                        (known.attempt->state == attempt_state::failed && s.contradictions > 0);
    if (!stands)
      report("the bank of " + words(*known.attempt) + " of " + known.stream->display() +
                 " was told that its notice of a success was taken, and the log says " + standing_words(s),
             *known.stream);
  }

  struct taken_success {
    uint32_t ordinal; ///< Of its order.
    uint32_t number;
  };
  std::vector<taken_success> taken_;
  std::set<std::string> kept_;
  std::set<attempt_id> contradicted_;
};

} // namespace

checker_ptr make_notices_kept() {
  return std::make_unique<notices_kept>();
}

} // namespace oncepay::sim
