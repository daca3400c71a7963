// Nothing is withheld by an agreement that doesn't stand: a payment opens only by a grant of the order that bound the
// card, at that order's channel and by what the channel calls it; no grant follows the acceptance of an unbinding that
// hasn't definitely failed; an agreement is ended once; no money of a withheld payment moves after its unbinding was
// confirmed; and at the end the banks' agreements are the orders'.
//
// Where a bank's first definite word was a lie, or people were mistaken, the log says what was said.
#include "sim/check/checkers.hpp"
#include "sim/check/ruled.hpp"
#include "sim/check/words.hpp"

#include <map>
#include <set>
#include <utility>

namespace oncepay::sim {

namespace {

class agreements_kept final : public checker {
public:
  std::string_view name() const override { return "agreements-kept"; }

  void decided(const recorded_decision& r, const history& h) override {
    const decision& d = r.decision;
    if (d.stream.kind() != stream_kind::order)
      return;
    auto* pay = std::get_if<pay_input>(&d.input);
    auto* asked = std::get_if<refund_input>(&d.input);
    for (const event& e : d.events) {
      if (std::holds_alternative<order_opened>(e) && pay != nullptr && !pay->agreement.bound_by.empty())
        check_opening(r, *pay, h);
      else if (std::holds_alternative<withhold_granted>(e) && pay != nullptr)
        grant(r, *pay, h);
      else if (auto* requested = std::get_if<refund_requested>(&e); requested != nullptr && asked != nullptr)
        accept(r, *asked, requested->number, h);
      else if (auto* failed = std::get_if<refund_failed>(&e))
        end(d.stream, failed->number, standing::stands, d.at);
      else if (auto* succeeded = std::get_if<refund_succeeded>(&e))
        end(d.stream, succeeded->number, standing::ended, d.at);
    }
  }

  void bank_received(const bank_request& r, const history& h) override {
    if (r.what.operation != operation::withhold)
      return;
    const replayed_attempt known = h.find(r.what.attempt);
    if (known && r.what.agreement != known.order->state.agreement.reference)
      report("the bank of " + r.what.channel.str() + " was asked to withhold " + known.stream->display() +
                 " by an agreement that it isn't about",
             *known.stream);
  }

  void settled(const settled_run& run) override {
    for (const known_order& known : run.history.orders()) {
      const order::state& s = known.order->state;
      if (!s.agreement.bound_by.empty())
        check_moved(*known.stream, s, run);
      else if (s.binds)
        compare(*known.stream, s, run);
    }
  }

private:
  enum class standing : uint8_t { stands, ending, ended };
  struct agreement {
    standing is = standing::stands;
    uint32_t ended_by = 0; ///< The number of the unbinding within the order.
    instant ended_at;
  };

  static stream_name binder_of(const stream_name& payment, const pay_input& pay) {
    return stream_name::of_order(merchant_id::trusted(payment.part(0)), pay.agreement.bound_by);
  }

  void check_opening(const recorded_decision& r, const pay_input& pay, const history& h) const {
    const stream_name binder = binder_of(r.decision.stream, pay);
    if (!granted_.contains({binder, r.decision.stream}))
      return blame(r, "opens a payment by the agreement of " + binder.display() + ", which never granted it");
    const replayed_order* order = h.find(binder);
    const order::attempt* a = order == nullptr ? nullptr : paying_attempt(order->state);
    if (a == nullptr || a->channel != pay.agreement.channel || a->agreement != pay.agreement.reference)
      blame(r, "opens a payment by an agreement that " + binder.display() + " didn't sign");
  }

  void grant(const recorded_decision& r, const pay_input& pay, const history& h) {
    const stream_name& binder = r.decision.stream;
    const replayed_order* order = h.find(binder);
    const order::attempt* a = order == nullptr ? nullptr : paying_attempt(order->state);
    if (a == nullptr || !order->state.binds || a->agreement.empty())
      return blame(r, "grants a payment, and its card isn't bound");
    if (auto it = known_.find(binder); it != known_.end() && it->second.is != standing::stands)
      blame(r, "grants a payment, and its card was unbound, or is being unbound");
    granted_.emplace(binder, stream_name::of_order(merchant_id::trusted(binder.part(0)), pay.agreement.order_no));
  }

  void accept(const recorded_decision& r, const refund_input& asked, uint32_t number, const history& h) {
    if (!asked.unbinds)
      return;
    const replayed_order* order = h.find(r.decision.stream);
    if (order == nullptr || !order->state.binds)
      return blame(r, "unbinds a card that it never bound");
    agreement& known = known_[r.decision.stream];
    if (known.is != standing::stands)
      blame(r, "unbinds a card a second time");
    known = {standing::ending, number, {}};
  }

  void end(const stream_name& stream, uint32_t number, standing how, instant at) {
    auto it = known_.find(stream);
    if (it != known_.end() && it->second.is == standing::ending && it->second.ended_by == number)
      it->second = {how, how == standing::ended ? number : 0, at};
  }

  static const order::attempt* paying_attempt(const order::state& s) {
    for (const order::attempt& a : s.attempts)
      if (s.status == order_state::paid && a.state == attempt_state::succeeded)
        return &a;
    return nullptr;
  }

  /// What is withheld moves while its agreement stands, or not at all.
  void check_moved(const stream_name& stream, const order::state& s, const settled_run& run) const {
    const auto it = known_.find(stream_name::of_order(s.merchant, s.agreement.bound_by));
    if (it == known_.end() || it->second.is != standing::ended || clock_jumped_)
      return;
    for (const order::attempt& a : s.attempts)
      if (const bank_entry* e = run.banks.find(a.id); e != nullptr && e->moved && e->received_at > it->second.ended_at)
        report("the bank of " + words(a) + " withheld " + to_string(s.amount) + " for " + stream.display() + " at " +
                   to_string(e->received_at) + "; that its card was unbound was confirmed at " +
                   to_string(it->second.ended_at),
               stream);
  }

  void compare(const stream_name& stream, const order::state& s, const settled_run& run) const {
    const order::attempt* a = paying_attempt(s);
    const bank_entry* e = a == nullptr ? nullptr : run.banks.find(a->id);
    if (e == nullptr || !e->moved || is_mistaken(s, *a))
      return; // that its bank says so is another checker's rule
    const bool bound_there = run.banks.memory_of(a->id, run.now)->stands();
    const order::refund* last = nullptr;
    bool undecided = false;
    bool lied = false;
    for (const order::refund& one : s.refunds) {
      if (!one.unbinds)
        continue;
      last = &one;
      undecided = undecided || (one.state != refund_state::succeeded && one.state != refund_state::failed);
      const bank_entry* did = run.banks.find_refund(one.operation_id);
      lied = lied || is_mistaken(s, one) || (did != nullptr && first_word(*did).value_or(did->moved) != did->moved);
    }
    if (undecided || lied)
      return;
    const bool bound_here = last == nullptr || last->state != refund_state::succeeded;
    if (bound_here != bound_there)
      report("the card of " + stream.display() + (bound_here ? " is bound" : " is unbound") +
                 " by the log, and its bank's agreement " + (bound_there ? "stands" : "doesn't stand"),
             stream);
  }

  void clock_jumped(instant) override { clock_jumped_ = true; }

  void blame(const recorded_decision& r, const std::string& what) const {
    report("position " + std::to_string(r.position) + " of " + r.decision.stream.display() + " " + what,
           r.decision.stream);
  }

  std::map<stream_name, agreement> known_;                ///< Of what was ever to be unbound.
  std::set<std::pair<stream_name, stream_name>> granted_; ///< By whom, and what.
  bool clock_jumped_ = false;                             ///< Times don't tell what was first.
};

} // namespace

checker_ptr make_agreements_kept() {
  return std::make_unique<agreements_kept>();
}

} // namespace oncepay::sim
