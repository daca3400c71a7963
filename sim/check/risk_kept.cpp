// What risk rules stop isn't submitted: nothing that they block reaches a bank, and nothing that they want confirmed
// does before a proof has come that its payer confirmed it - a proof that holds, of this very amount, in time. Whoever
// is told that a payment is stopped, or goes on, is told what the log says.
//
// Which proofs hold is found out here again, from what was sent.
#include "actors/confirmation_proof.hpp"
#include "sim/check/checkers.hpp"
#include "sim/check/words.hpp"
#include "sim/world.hpp"

#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

namespace oncepay::sim {

namespace {

class risk_kept final : public checker {
public:
  std::string_view name() const override { return "risk-kept"; }

  void sent(const sent_request& r) override {
    auto* c = std::get_if<confirm_command>(&r.command.body);
    if (c != nullptr && c->proof == proof_of_confirmation(key_of_confirmers(), c->merchant, c->order_no, c->amount))
      proven_.emplace(stream_name::of_order(c->merchant, c->order_no), c->amount.minor);
  }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    if (d.stream.kind() != stream_kind::order)
      return;
    if (auto* pay = std::get_if<pay_input>(&d.input);
        pay != nullptr && (pay->risk.outcome == risk_outcome::block || pay->risk.outcome == risk_outcome::step_up))
      stopped_[d.stream] = {pay->risk.outcome, plus_ms(d.at, pay->risk.confirm_within_ms), pay->risk.rule};
    auto it = stopped_.find(d.stream);
    if (it == stopped_.end())
      return;
    auto* said = std::get_if<confirm_input>(&d.input);
    for (const event& e : d.events) {
      if (std::holds_alternative<order_confirmed>(e))
        confirm(r, it->second, said, h);
      if (std::holds_alternative<attempt_intended>(e) && !it->second.confirmed)
        blame(r, "intends an attempt, and rule " + it->second.rule + " stopped it");
    }
  }

  void bank_received(const bank_request& r, const history& h) override {
    const stream_name* stream = h.order_of(r.what.attempt);
    auto it = stream == nullptr ? stopped_.end() : stopped_.find(*stream);
    if (it != stopped_.end() && !it->second.confirmed)
      report("the bank of " + r.what.channel.str() + " received attempt " + r.what.attempt.str() + " of " +
                 stream->display() + ", which rule " + it->second.rule + " stopped",
             *stream);
  }

  void received(const received_reply& r, const history& h) override {
    auto* asked = std::get_if<confirm_command>(&r.command.body);
    if (asked == nullptr || r.number == 0)
      return;
    const auto stream = stream_name::of_order(asked->merchant, asked->order_no);
    const replayed_order* order = h.find(stream);
    const order_state is = order == nullptr ? order_state::none : order->state.status;
    if (r.reply.code == errc::ok && is != order_state::paid)
      report("request " + std::to_string(r.number) + " was told that " + stream.display() +
                 " is confirmed and paid; the log says " + std::string(oncepay::name(is)),
             stream);
    if (r.reply.code == errc::wrong_confirmation && (order == nullptr || order->state.wrong_confirmations == 0))
      report("request " + std::to_string(r.number) + " was told of a wrong confirmation of " + stream.display() +
                 ", and the log counts none",
             stream);
  }

  void settled(const settled_run& run) override {
    for (const known_order& known : run.history.orders()) {
      auto it = stopped_.find(*known.stream);
      if (it == stopped_.end() || it->second.confirmed)
        continue;
      for (const order::attempt& a : known.order->state.attempts)
        if (run.banks.find(a.id) != nullptr)
          report(known.stream->display() + " was stopped by rule " + it->second.rule + ", and a bank received " +
                     words(a),
                 *known.stream);
      const bool waits_in_vain = it->second.outcome == risk_outcome::step_up && it->second.before < run.now &&
                                 known.order->state.status == order_state::confirming;
      if (waits_in_vain && plus_ms(it->second.before, late_ms) < run.now)
        report(known.stream->display() + " should have been confirmed until " + to_string(it->second.before) +
                   ", and still waits at " + to_string(run.now),
               *known.stream);
    }
  }

private:
  /// Orders are woken once a second.
  static constexpr int64_t late_ms = 5'000;

  struct stopped {
    risk_outcome outcome = risk_outcome::block;
    instant before;
    std::string rule;
    bool confirmed = false;
  };

  void confirm(const recorded_decision& r, stopped& s, const confirm_input* said, const history& h) {
    const replayed_order* order = h.find(r.decision.stream);
    if (s.outcome == risk_outcome::block)
      return blame(r, "counts as confirmed, and rule " + s.rule + " blocks it");
    if (said == nullptr || order == nullptr || said->amount != order->state.amount ||
        !proven_.contains({r.decision.stream, said->amount.minor}))
      return blame(r, "counts as confirmed, and nobody sent a proof for it");
    if (r.decision.at >= s.before)
      blame(r, "counts as confirmed after its time, which ended at " + to_string(s.before));
    s.confirmed = true;
  }

  void blame(const recorded_decision& r, const std::string& what) const {
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " " + what,
           r.decision.stream);
  }

  std::set<std::pair<stream_name, int64_t>> proven_;
  std::unordered_map<stream_name, stopped> stopped_; ///< Never iterated.
};

} // namespace

checker_ptr make_risk_kept() {
  return std::make_unique<risk_kept>();
}

} // namespace oncepay::sim
