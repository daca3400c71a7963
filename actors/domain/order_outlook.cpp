// What follows from an order's state: what must happen now, when it must be looked at again, and how it stands.
#include "actors/domain/account_link.hpp"
#include "actors/domain/agreement.hpp"
#include "actors/domain/attempt_rules.hpp"
#include "actors/domain/checking.hpp"
#include "actors/domain/closing.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/domain/refunds.hpp"
#include "actors/domain/reversal.hpp"
#include "actors/domain/rulings.hpp"
#include "actors/domain/telling.hpp"
#include "schema/mutation.hpp"

#include <initializer_list>

namespace oncepay::order {

namespace {

alarm_effect alarm(const state& s, uint32_t attempt_number, std::string_view what) {
  return {"order " + s.merchant.str() + "/" + s.order_no.str() + ", attempt " + std::to_string(attempt_number) + ": " +
          std::string(what)};
}

std::string_view what_is_contradicted(const state& after, uint32_t attempt_number, bool by_check) {
  const attempt* a = find_attempt(after, attempt_number);
  if (after.live_attempt() == a)
    return "its channel tells of another amount than it was asked for; nothing was changed, compare with the channel's "
           "statement";
  if (by_check)
    return "asked again, its channel contradicts its final result; nothing was changed, compare with the channel's "
           "statement";
  if (a != nullptr && a->last_evidence == evidence::ruling)
    return "its channel contradicts what two persons ruled; nothing was changed, compare with the channel's statement";
  return "its channel contradicts its final result; nothing was changed, compare with the channel's statement";
}

} // namespace

std::vector<effect> effects(const state& after, const std::vector<event>& events) {
  std::vector<effect> result;
  const bool by_check = std::any_of(events.begin(), events.end(),
                                    [](const event& e) { return std::holds_alternative<attempt_checked>(e); });
  for (const event& e : events) {
    if (auto* intended = std::get_if<attempt_intended>(&e)) {
      if (const attempt* a = find_attempt(after, intended->number))
        result.push_back(submit_effect{a->channel, a->id, a->number, after.amount, after.method, a->submit_before,
                                       a->reply_before, after.payer_code, operation_of(after), after.payee,
                                       paying_wallet(after), after.card, after.agreement.reference});
    } else if (auto* contradicted = std::get_if<contradiction_recorded>(&e)) {
      result.push_back(alarm(after, contradicted->number, what_is_contradicted(after, contradicted->number, by_check)));
    } else if (auto* asked = std::get_if<enquiry_recorded>(&e)) {
      const attempt* a = find_attempt(after, asked->number);
      if (a != nullptr && a->state == attempt_state::manual)
        result.push_back(alarm(after, asked->number,
                               "still in doubt after " + std::to_string(asked->count) +
                                   " enquiries; find out at the channel what became of it"));
      else if (a != nullptr && after.kind == order_kind::pay_out && a->last_outcome == reply_class::not_found)
        result.push_back(
            alarm(after, asked->number,
                  "its channel doesn't know this pay-out, which proves nothing; find out there whether the "
                  "payee has the money"));
    } else if (auto* failed = std::get_if<attempt_failed>(&e)) {
      const attempt* a = find_attempt(after, failed->number);
      if (a != nullptr && a->last_outcome == reply_class::not_found)
        result.push_back(alarm(after, failed->number,
                               "its channel never received it, and it counts as failed; find out where it was lost"));
    }
    add_refund_effects(after, e, by_check, result);
    add_closing_effects(after, e, result);
    add_reversal_effects(after, e, result);
    add_telling_effects(after, e, result);
    add_check_effects(after, e, result);
  }
  if (touches_balance(after.kind))
    add_account_effects(after, events, result);
  return result;
}

std::vector<input> resume(const state& s) {
  std::vector<input> result = resume_refunds(s);
  for (input& in : resume_checks(s))
    result.push_back(std::move(in));
  const attempt* a = s.live_attempt();
  if (a == nullptr || a->state != attempt_state::intended)
    return result;
  if (mutated(mutation::restart_proves_failure))
    result.push_back(
        attempt_input{a->number, evidence::never_left, reply_class::failed_try_another, "RESTARTED", {}, {}});
  else
    result.push_back(attempt_input{a->number, evidence::restart, reply_class::unknown, "RESTARTED", {}, {}});
  return result;
}

namespace {

instant attempt_due(const state& s) {
  const attempt* a = s.live_attempt();
  if (a == nullptr)
    return {};
  return is_doubtful(a->state) ? a->enquire_at : plus_ms(a->reply_before, overdue_margin_ms);
}

} // namespace

std::optional<input> overdue(const state& s, instant now) {
  const attempt* a = s.live_attempt();
  if (a != nullptr && a->state == attempt_state::intended && now >= attempt_due(s))
    return attempt_input{a->number, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT", {}, {}};
  for (instant at : {timer_due(s), surplus_retry_at(s), reversal_due(s), check_due(s)})
    if (at && now >= at)
      return timer_input{};
  if (auto unanswered = overdue_check(s, now))
    return unanswered;
  return overdue_refund(s, now);
}

std::vector<channel_request_effect> requests_due(const state& s, instant now) {
  std::vector<channel_request_effect> result;
  add_refund_requests_due(s, now, result);
  if (auto reversal = reversal_request_due(s, now))
    result.push_back(std::move(*reversal));
  const attempt* a = s.live_attempt();
  if (a == nullptr || !is_doubtful(a->state) || is_being_reversed(a->state) || !a->enquire_at || now < a->enquire_at)
    return result;
  channel_request_effect e;
  e.channel = a->channel;
  e.operation = operation_of(s);
  e.enquiry = true;
  e.id = a->id;
  e.original = a->id;
  e.attempt_number = a->number;
  e.nth = a->enquiries + 1;
  e.amount = s.amount;
  e.paid = s.amount;
  e.channel_ref = a->channel_ref;
  e.wallet = paying_wallet(s);
  e.attempt_submit_before = a->submit_before;
  e.submit_before = plus_ms(now, window_ms(*a));
  e.reply_before = plus_ms(e.submit_before, window_ms(*a));
  result.push_back(std::move(e));
  return result;
}

namespace {

instant earliest(std::initializer_list<instant> all, instant after = {}) {
  instant first;
  for (instant at : all)
    if (at > after && (!first || at < first))
      first = at;
  return first;
}

} // namespace

instant due_until_settled(const state& s) {
  return earliest({attempt_due(s), timer_due(s), refunds_due(s), reversal_due(s), telling_due(s), account_due(s)});
}

instant due(const state& s) {
  return earliest({due_until_settled(s), check_due(s), check_overdue(s)});
}

instant due_after(const state& s, instant now) {
  return earliest({attempt_due(s), timer_due(s), refunds_due(s, now), reversal_due(s), telling_due(s, now),
                   account_due(s), check_due(s), check_overdue(s)},
                  now);
}

bool answerable(const state& s) {
  const attempt* a = s.live_attempt();
  // Whoever is told an outcome finds his balance as it is by then.
  return ((s.status == order_state::paid || s.status == order_state::failed || s.status == order_state::closed) &&
          !s.asked) ||
         s.status == order_state::confirming || (a != nullptr && is_doubtful(a->state)) || is_held(s);
}

namespace {

/// Before anything of it was submitted.
bool failed_by_risk(const state& s) {
  const auto code = static_cast<errc>(s.failed_with);
  return code == errc::risk_blocked || code == errc::step_up_expired || code == errc::step_up_failed;
}

} // namespace

errc standing(const state& s) {
  switch (s.status) {
  case order_state::none:
    return errc::unknown_order;
  case order_state::paid:
    return errc::ok;
  case order_state::failed:
    return failed_by_risk(s) ? static_cast<errc>(s.failed_with) : errc::payment_failed;
  case order_state::closed:
    return errc::order_closed;
  case order_state::confirming:
    return errc::step_up_required;
  case order_state::closing:
  case order_state::open:
    break;
  }
  return answerable(s) && !is_held(s) ? errc::in_doubt : errc::processing;
}

bool answerable(const state& s, const awaited& a) {
  if (a.what == awaited::about::durable)
    return true;
  if (a.what == awaited::about::checks)
    return checks_are_over(s);
  const refund* r = a.what == awaited::about::refund ? find_refund(s, a.refund_no) : nullptr;
  return r == nullptr ? answerable(s) : answerable(*r);
}

errc standing(const state& s, const awaited& a) {
  const errc code = standing(s);
  if (a.what == awaited::about::durable)
    return errc::ok;
  if (a.what == awaited::about::checks)
    return standing_of_checks(s);
  if (a.what == awaited::about::refund) {
    const refund* r = find_refund(s, a.refund_no);
    return r == nullptr ? errc::processing : standing(*r);
  }
  if (a.what == awaited::about::closing)
    return s.status == order_state::failed || s.status == order_state::closed ? errc::ok
           : code == errc::ok                                                 ? errc::already_paid
                                                                              : code;
  // What still waits after somebody confirmed it wasn't confirmed by that.
  if (a.what == awaited::about::confirmation && s.status == order_state::confirming)
    return errc::wrong_confirmation;
  return code;
}

bool awaits_answer(const state& s) {
  // What is held has its date in the log.
  return (s.asked && !is_held(s)) || std::any_of(s.refunds.begin(), s.refunds.end(),
                                                 [](const refund& r) { return r.state == refund_state::requested; });
}

bool awaits_check_answer(const state& s) {
  return !checks_are_over(s);
}

order_view view(const state& s) {
  order_view v;
  v.merchant = s.merchant;
  v.order_no = s.order_no;
  v.state = s.status;
  v.amount = s.amount;
  v.method = s.method;
  v.kind = s.kind;
  v.from_wallet = s.from_wallet;
  v.to_wallet = s.to_wallet;
  v.opened_at = s.opened_at;
  for (const attempt& a : s.attempts) {
    v.in_doubt = is_doubtful(a.state);
    v.attempts.push_back(
        {a.number, a.channel, a.id, a.state, a.code, a.channel_ref, a.last_evidence, a.enquire_at, a.enquiries});
  }
  for (const refund& r : s.refunds)
    v.refunds.push_back(view(r));
  v.card = view_of_card(s);
  v.expires_at = s.expires_at;
  v.refunded_minor = refunded_minor(s);
  if (s.status == order_state::confirming)
    v.confirm_before = s.confirm_before;
  if (s.status == order_state::confirming || failed_by_risk(s))
    v.risk_rule = s.risk_rule;
  if (const ruling* r = waiting_ruling(s))
    v.ruling = ruling_view{r->id, r->said, r->proposed_at, r->expires_at};
  return v;
}

} // namespace oncepay::order
