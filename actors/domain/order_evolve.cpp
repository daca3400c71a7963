// How an order remembers what was decided. Fails never: whatever the log holds was decided once.
#include "actors/domain/account_link.hpp"
#include "actors/domain/agreement.hpp"
#include "actors/domain/checking.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/refunds.hpp"
#include "actors/domain/reversal.hpp"
#include "actors/domain/rulings.hpp"
#include "actors/domain/step_up.hpp"
#include "actors/domain/telling.hpp"

#include <utility>

namespace oncepay::order {

const route_answer* route_of(const input& in) {
  if (auto* pay = std::get_if<pay_input>(&in))
    return &pay->route;
  if (auto* answered = std::get_if<attempt_input>(&in); answered != nullptr && answered->route)
    return &*answered->route;
  if (auto* said = std::get_if<confirm_input>(&in))
    return &said->route;
  if (auto* granted = std::get_if<account_answer_input>(&in); granted != nullptr && granted->route)
    return &*granted->route;
  return nullptr;
}

namespace {

attempt* find(state& s, uint32_t number) {
  return const_cast<attempt*>(find_attempt(std::as_const(s), number));
}

void note_evidence(state& s, attempt& a, const input& in) {
  if (auto* answered = std::get_if<attempt_input>(&in)) {
    note_agreement(s, a, *answered);
    a.code = answered->code;
    a.last_evidence = answered->source;
    a.last_outcome = answered->outcome;
    a.payer_confirms = a.payer_confirms || answered->outcome == reply_class::payer_confirming;
    if (!answered->channel_ref.empty())
      a.channel_ref = answered->channel_ref;
  }
}

void settle(state& s, instant at, uint32_t number, const input& in, attempt_state to) {
  if (attempt* a = find(s, number)) {
    a->state = to;
    a->enquire_at = {};
    note_evidence(s, *a, in);
    note_settled(*a, at);
  }
}

struct evolver {
  state& s;
  instant at;
  const input& in;

  void operator()(const order_opened& e) {
    s.status = order_state::open;
    s.fingerprint = e.fingerprint;
    s.opened_at = at;
    if (auto* pay = std::get_if<pay_input>(&in)) {
      s.amount = pay->amount;
      s.method = pay->method;
      s.payer_code = pay->payer_code;
      s.expires_at = pay->expires_at;
      s.tells_merchant = pay->route.tells_merchant;
      s.kind = pay->top_up ? order_kind::top_up : order_kind::payment;
      s.from_wallet = pay->wallet;
      s.to_wallet = pay->to_wallet;
      open_with_card(s, *pay);
    } else if (auto* out = std::get_if<pay_out_input>(&in)) {
      s.kind = order_kind::pay_out;
      s.amount = out->amount;
      s.method = out->method;
      s.payee = out->payee;
      s.payee_token = out->payee_token;
      s.from_wallet = out->from_wallet;
      s.claimed_fee_minor = out->route ? out->route->fee_minor : 0;
      s.tells_merchant = out->route && out->route->tells_merchant;
    }
  }
  void operator()(const attempt_intended& e) {
    attempt a;
    a.number = e.number;
    a.id = e.id;
    a.state = attempt_state::intended;
    a.intended_at = at;
    a.submit_before = e.submit_before;
    a.reply_before = e.reply_before;
    if (const route_answer* route = route_of(in)) {
      a.channel = route->chosen;
      a.enquire_after_ms = route->enquire_after_ms;
      a.reverse_after_ms = route->reverse_after_ms;
      a.check_after_ms = route->check_after_ms;
      a.fee_minor = route->fee_minor;
      a.cost_minor = route->cost_minor;
    }
    s.attempts.push_back(std::move(a));
  }
  void operator()(const attempt_succeeded& e) { settle(s, at, e.number, in, attempt_state::succeeded); }
  void operator()(const attempt_failed& e) { settle(s, at, e.number, in, attempt_state::failed); }
  void operator()(const attempt_in_doubt& e) {
    settle(s, at, e.number, in, attempt_state::in_doubt);
    if (attempt* a = find(s, e.number)) {
      a->ever_in_doubt = true;
      a->enquire_at = e.enquire_at;
    }
  }
  void operator()(const enquiry_recorded& e) {
    if (attempt* a = find(s, e.number)) {
      a->enquiries = e.count;
      a->enquire_at = e.next_at;
      note_evidence(s, *a, in);
    }
  }
  void operator()(const attempt_manual& e) {
    if (attempt* a = find(s, e.number))
      a->state = attempt_state::manual;
  }
  void operator()(const contradiction_recorded& e) {
    ++s.contradictions;
    if (attempt* a = find(s, e.number))
      a->contradicted = true;
  }
  void operator()(const withhold_granted&) {
    if (auto* pay = std::get_if<pay_input>(&in))
      s.withheld_last = pay->agreement.order_no;
  }
  void operator()(const order_closing&) { s.status = order_state::closing; }
  void operator()(const order_closed&) { s.status = order_state::closed; }
  void operator()(const order_paid&) { s.status = order_state::paid; }
  void operator()(const order_failed& e) {
    s.status = order_state::failed;
    s.failed_with = e.code;
  }
  template <class Other>
  void operator()(const Other&) {} // events of other kinds of entity
};

void evolve_by_evidence(state& s, instant at, const input& in, const event& e) {
  if (!evolve_refund(s, at, in, e) && !evolve_reversal(s, in, e))
    std::visit(evolver{s, at, in}, e);
}

} // namespace

void evolve(state& s, instant at, const input& in, const event& e) {
  s.decided_at = at;
  if (!evolve_ruling(s, at, in, e) && !evolve_telling(s, at, e) && !evolve_check(s, e) &&
      !evolve_step_up(s, at, in, e)) {
    // What an approved ruling brings about is remembered as any evidence's doing.
    auto* answer = std::get_if<ruling_answer_input>(&in);
    const ruling* approved = answer == nullptr ? nullptr : find_ruling(s, answer->ruling);
    if (approved != nullptr)
      evolve_by_evidence(s, at, evidence_of(approved->said), e);
    else
      evolve_by_evidence(s, at, in, e);
  }
  if (touches_balance(s.kind))
    evolve_account_link(s, at, in, e);
}

} // namespace oncepay::order
