// The stable lower-case names of what is recorded: a switch without a default each, so that a new alternative doesn't
// compile until it has one. A number that isn't an enumerator has the empty name; the codecs refuse it by that.
#include "schema/command.hpp"
#include "schema/event.hpp"
#include "schema/input.hpp"
#include "schema/order_view.hpp"
#include "schema/route.hpp"

namespace oncepay {

std::string_view name(verdict v) {
  switch (v) {
  case verdict::chosen:
    return "chosen";
  case verdict::ranked_lower:
    return "ranked_lower";
  case verdict::switched_off:
    return "switched_off";
  case verdict::method:
    return "method";
  case verdict::currency:
    return "currency";
  case verdict::amount_too_small:
    return "amount_too_small";
  case verdict::amount_too_large:
    return "amount_too_large";
  case verdict::already_tried:
    return "already_tried";
  case verdict::not_white_listed:
    return "not_white_listed";
  case verdict::outside_gray:
    return "outside_gray";
  case verdict::busy:
    return "busy";
  case verdict::pay_outs_stopped:
    return "pay_outs_stopped";
  case verdict::agreed_elsewhere:
    return "agreed_elsewhere";
  }
  return {};
}

std::string_view name(operation o) {
  switch (o) {
  case operation::pay:
    return "pay";
  case operation::refund:
    return "refund";
  case operation::close:
    return "close";
  case operation::reverse:
    return "reverse";
  case operation::pay_out:
    return "pay_out";
  case operation::bind_card:
    return "bind_card";
  case operation::unbind_card:
    return "unbind_card";
  case operation::sign_and_pay:
    return "sign_and_pay";
  case operation::withhold:
    return "withhold";
  case operation::authenticate_card:
    return "authenticate_card";
  }
  return {};
}

std::string_view name(card_deed d) {
  switch (d) {
  case card_deed::none:
    return "none";
  case card_deed::bind:
    return "bind";
  case card_deed::sign_and_pay:
    return "sign_and_pay";
  case card_deed::authenticate:
    return "authenticate";
  }
  return {};
}

std::string_view name(house_tool h) {
  switch (h) {
  case house_tool::none:
    return "none";
  case house_tool::wallet:
    return "wallet";
  }
  return {};
}

std::string_view name(account_deed d) {
  switch (d) {
  case account_deed::claim:
    return "claim";
  case account_deed::release:
    return "release";
  case account_deed::settle:
    return "settle";
  case account_deed::credit:
    return "credit";
  }
  return {};
}

std::string_view name(order_kind k) {
  switch (k) {
  case order_kind::payment:
    return "payment";
  case order_kind::top_up:
    return "top_up";
  case order_kind::pay_out:
    return "pay_out";
  case order_kind::bind:
    return "bind";
  case order_kind::authenticate:
    return "authenticate";
  }
  return {};
}

std::string_view name(evidence e) {
  switch (e) {
  case evidence::channel_reply:
    return "channel_reply";
  case evidence::late_reply:
    return "late_reply";
  case evidence::never_left:
    return "never_left";
  case evidence::reply_timeout:
    return "reply_timeout";
  case evidence::port_error:
    return "port_error";
  case evidence::restart:
    return "restart";
  case evidence::enquiry:
    return "enquiry";
  case evidence::enquiry_failed:
    return "enquiry_failed";
  case evidence::notice:
    return "notice";
  case evidence::ruling:
    return "ruling";
  case evidence::close_reply:
    return "close_reply";
  case evidence::reverse_reply:
    return "reverse_reply";
  }
  return {};
}

std::string_view name(reply_class c) {
  switch (c) {
  case reply_class::succeeded:
    return "succeeded";
  case reply_class::failed_try_another:
    return "failed_try_another";
  case reply_class::failed_final:
    return "failed_final";
  case reply_class::unknown:
    return "unknown";
  case reply_class::not_found:
    return "not_found";
  case reply_class::payer_confirming:
    return "payer_confirming";
  }
  return {};
}

std::string_view name(telling_fate f) {
  switch (f) {
  case telling_fate::acknowledged:
    return "acknowledged";
  case telling_fate::refused:
    return "refused";
  case telling_fate::no_answer:
    return "no_answer";
  case telling_fate::not_sent:
    return "not_sent";
  }
  return {};
}

std::string_view name(told_result r) {
  switch (r) {
  case told_result::paid:
    return "paid";
  case told_result::failed:
    return "failed";
  case told_result::closed:
    return "closed";
  case told_result::refund_succeeded:
    return "refund_succeeded";
  case told_result::refund_failed:
    return "refund_failed";
  case told_result::bound:
    return "bound";
  case told_result::authenticated:
    return "authenticated";
  case told_result::unbound:
    return "unbound";
  case told_result::unbind_failed:
    return "unbind_failed";
  }
  return {};
}

std::string_view name(check_result r) {
  switch (r) {
  case check_result::none:
    break; // never recorded
  case check_result::agrees:
    return "agrees";
  case check_result::disagrees:
    return "disagrees";
  case check_result::nothing_proven:
    return "nothing_proven";
  }
  return {};
}

std::string_view name(order_state s) {
  switch (s) {
  case order_state::none:
    return "none";
  case order_state::open:
    return "open";
  case order_state::paid:
    return "paid";
  case order_state::closing:
    return "closing";
  case order_state::closed:
    return "closed";
  case order_state::failed:
    return "failed";
  case order_state::confirming:
    return "confirming";
  }
  return {};
}

std::string_view label_of(const order_view& v) {
  if (v.state == order_state::paid && v.kind == order_kind::bind)
    return v.card.unbound ? "unbound" : "bound";
  if (v.state == order_state::paid && v.kind == order_kind::authenticate)
    return "authenticated";
  if (v.state != order_state::paid || v.refunded_minor == 0)
    return name(v.state);
  return v.refunded_minor < v.amount.minor ? "partly_refunded" : "refunded";
}

std::string_view name(attempt_state s) {
  switch (s) {
  case attempt_state::none:
    return "none";
  case attempt_state::intended:
    return "intended";
  case attempt_state::succeeded:
    return "succeeded";
  case attempt_state::failed:
    return "failed";
  case attempt_state::reversed:
    return "reversed";
  case attempt_state::reversing:
    return "reversing";
  case attempt_state::reversal_manual:
    return "reversal_manual";
  case attempt_state::in_doubt:
    return "in_doubt";
  case attempt_state::manual:
    return "manual";
  }
  return {};
}

std::string_view name(refund_state s) {
  switch (s) {
  case refund_state::none:
    return "none";
  case refund_state::requested:
    return "requested";
  case refund_state::succeeded:
    return "succeeded";
  case refund_state::failed:
    return "failed";
  case refund_state::in_doubt:
    return "in_doubt";
  case refund_state::manual:
    return "manual";
  }
  return {};
}

std::string_view name(risk_outcome o) {
  switch (o) {
  case risk_outcome::none:
    return "none";
  case risk_outcome::pass:
    return "pass";
  case risk_outcome::step_up:
    return "step_up";
  case risk_outcome::block:
    return "block";
  }
  return {};
}

std::string_view name(switch_subject s) {
  switch (s) {
  case switch_subject::merchant:
    return "merchant";
  case switch_subject::method:
    return "method";
  }
  return {};
}

std::string_view name(ruling_subject s) {
  switch (s) {
  case ruling_subject::attempt:
    return "attempt";
  case ruling_subject::refund:
    return "refund";
  }
  return {};
}

std::string_view name(ruling_outcome o) {
  switch (o) {
  case ruling_outcome::succeeded:
    return "succeeded";
  case ruling_outcome::failed:
    return "failed";
  case ruling_outcome::reversed:
    return "reversed";
  }
  return {};
}

} // namespace oncepay
