#include "actors/domain/closing.hpp"

#include "actors/domain/checking.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/refunds.hpp"
#include "actors/domain/reversal.hpp"
#include "actors/domain/step_up.hpp"
#include "schema/mutation.hpp"

#include <algorithm>

namespace oncepay::order {

namespace {

std::vector<event> begin_closing(const state& s) {
  if (s.status == order_state::confirming)
    return close_unsubmitted();
  std::vector<event> events{order_closing{}};
  if (mutated(mutation::close_without_asking))
    events.push_back(order_closed{});
  return events;
}

bool expires(const state& s) {
  return s.expires_at && (s.status == order_state::open || s.status == order_state::confirming);
}

} // namespace

bool has_expired(const state& s, instant at) {
  return expires(s) && at >= s.expires_at;
}

std::vector<event> close_unsubmitted() {
  return {order_closed{}};
}

verdict_on_input decide_close(const state& s, const close_input&) {
  if (s.kind == order_kind::pay_out)
    return refuse(errc::not_closable);
  switch (s.status) {
  case order_state::none:
    return refuse(errc::unknown_order);
  case order_state::paid:
    return refuse(errc::already_paid);
  case order_state::closing:
  case order_state::closed:
  case order_state::failed:
    return std::vector<event>{};
  case order_state::open:
  case order_state::confirming:
    break;
  }
  return begin_closing(s);
}

verdict_on_input decide_timer(const state& s, instant at) {
  if (has_expired(s, at))
    return begin_closing(s);
  if (const instant confirm_before = step_up_due(s); confirm_before && at >= confirm_before)
    return end_step_up();
  if (const instant reverse_at = reversal_due(s); reverse_at && at >= reverse_at)
    return begin_reversal(s, at, *s.live_attempt());
  const instant retry_at = surplus_retry_at(s);
  if (retry_at && at >= retry_at)
    return retry_surplus(s, at);
  return begin_checks_due(s, at);
}

bool undone_by_our_word(const attempt& a) {
  if (a.state == attempt_state::reversed)
    return a.last_outcome == reply_class::not_found;
  return a.state == attempt_state::failed &&
         (a.last_evidence == evidence::close_reply || a.last_outcome == reply_class::not_found ||
          (a.last_evidence == evidence::ruling && !mutated(mutation::ruled_failed_keeps_money)));
}

void add_closing_effects(const state& after, const event& e, std::vector<effect>& result) {
  const bool moment = std::holds_alternative<order_closing>(e) || std::holds_alternative<attempt_in_doubt>(e) ||
                      std::holds_alternative<enquiry_recorded>(e);
  const attempt* a = after.live_attempt();
  if (!moment || after.status != order_state::closing || a == nullptr || !is_doubtful(a->state))
    return;
  // A payment by a code that the payer showed can't be closed, only reversed (H3), and a channel that says it closed
  // one may be wrong while the payer types a password.
  if (!after.payer_code.ciphertext.empty())
    return;
  channel_request_effect ask;
  ask.channel = a->channel;
  ask.operation = operation::close;
  ask.id = a->id;
  ask.attempt_number = a->number;
  ask.original = a->id;
  ask.nth = a->enquiries + 1;
  ask.amount = after.amount;
  ask.paid = after.amount;
  ask.channel_ref = a->channel_ref;
  ask.wallet = paying_wallet(after);
  ask.attempt_submit_before = a->submit_before;
  ask.submit_before = plus_ms(after.decided_at, window_ms(*a));
  ask.reply_before = plus_ms(ask.submit_before, window_ms(*a));
  result.push_back(std::move(ask));
}

instant timer_due(const state& s) {
  const instant confirm_before = step_up_due(s);
  if (!expires(s))
    return confirm_before;
  return confirm_before ? std::min(confirm_before, s.expires_at) : s.expires_at;
}

} // namespace oncepay::order
