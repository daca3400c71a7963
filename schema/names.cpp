// The stable lower-case names of what is recorded: a switch without a default each, so that a new alternative doesn't
// compile until it has one. A number that isn't an enumerator has the empty name; the codecs refuse it by that.
#include "schema/command.hpp"
#include "schema/event.hpp"
#include "schema/input.hpp"
#include "schema/order_view.hpp"
#include "schema/route.hpp"

namespace oncepay {

namespace {

template <class... Functions>
struct overload : Functions... {
  using Functions::operator()...;
};

} // namespace

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

std::string_view name_of(const input& in) {
  using text = std::string_view;
  return std::visit(overload{
                        [](const pay_input&) -> text { return "pay"; },
                        [](const attempt_input&) -> text { return "attempt"; },
                        [](const merchant_input&) -> text { return "merchant"; },
                        [](const channel_input&) -> text { return "channel"; },
                        [](const switch_input&) -> text { return "switch"; },
                        [](const credit_input&) -> text { return "credit"; },
                        [](const claim_input&) -> text { return "claim"; },
                        [](const release_input&) -> text { return "release"; },
                        [](const log_release_input&) -> text { return "log_release"; },
                        [](const refund_input&) -> text { return "refund"; },
                        [](const refund_answer_input&) -> text { return "refund_answer"; },
                        [](const close_input&) -> text { return "close"; },
                        [](const timer_input&) -> text { return "timer"; },
                        [](const ruling_proposal_input&) -> text { return "ruling_proposal"; },
                        [](const ruling_answer_input&) -> text { return "ruling_answer"; },
                        [](const telling_input&) -> text { return "telling"; },
                        [](const check_input&) -> text { return "check"; },
                        [](const code_input&) -> text { return "code"; },
                        [](const code_revocation_input&) -> text { return "code_revocation"; },
                        [](const pay_out_input&) -> text { return "pay_out"; },
                        [](const settle_input&) -> text { return "settle"; },
                        [](const account_answer_input&) -> text { return "account_answer"; },
                        [](const pay_out_switch_input&) -> text { return "pay_out_switch"; },
                        [](const confirm_input&) -> text { return "confirm"; },
                        [](const batch_input&) -> text { return "batch"; },
                        [](const batch_handed_out_input&) -> text { return "batch_handed_out"; },
                    },
                    in);
}

std::string_view name_of(const event& e) {
  using text = std::string_view;
  return std::visit(overload{
                        [](const order_opened&) -> text { return "order_opened"; },
                        [](const attempt_intended&) -> text { return "attempt_intended"; },
                        [](const attempt_succeeded&) -> text { return "attempt_succeeded"; },
                        [](const attempt_failed&) -> text { return "attempt_failed"; },
                        [](const attempt_in_doubt&) -> text { return "attempt_in_doubt"; },
                        [](const contradiction_recorded&) -> text { return "contradiction_recorded"; },
                        [](const order_paid&) -> text { return "order_paid"; },
                        [](const order_failed&) -> text { return "order_failed"; },
                        [](const merchant_configured&) -> text { return "merchant_configured"; },
                        [](const channel_configured&) -> text { return "channel_configured"; },
                        [](const channel_switched&) -> text { return "channel_switched"; },
                        [](const account_credited&) -> text { return "account_credited"; },
                        [](const account_claimed&) -> text { return "account_claimed"; },
                        [](const claim_released&) -> text { return "claim_released"; },
                        [](const log_released&) -> text { return "log_released"; },
                        [](const enquiry_recorded&) -> text { return "enquiry_recorded"; },
                        [](const attempt_manual&) -> text { return "attempt_manual"; },
                        [](const refund_claimed&) -> text { return "refund_claimed"; },
                        [](const refund_requested&) -> text { return "refund_requested"; },
                        [](const refund_succeeded&) -> text { return "refund_succeeded"; },
                        [](const refund_failed&) -> text { return "refund_failed"; },
                        [](const refund_in_doubt&) -> text { return "refund_in_doubt"; },
                        [](const refund_enquired&) -> text { return "refund_enquired"; },
                        [](const refund_manual&) -> text { return "refund_manual"; },
                        [](const refund_contradicted&) -> text { return "refund_contradicted"; },
                        [](const order_closing&) -> text { return "order_closing"; },
                        [](const order_closed&) -> text { return "order_closed"; },
                        [](const surplus_booked&) -> text { return "surplus_booked"; },
                        [](const attempt_reversing&) -> text { return "attempt_reversing"; },
                        [](const reversal_recorded&) -> text { return "reversal_recorded"; },
                        [](const attempt_reversed&) -> text { return "attempt_reversed"; },
                        [](const reversal_manual&) -> text { return "reversal_manual"; },
                        [](const notice_kept&) -> text { return "notice_kept"; },
                        [](const ruling_proposed&) -> text { return "ruling_proposed"; },
                        [](const ruling_approved&) -> text { return "ruling_approved"; },
                        [](const ruling_withdrawn&) -> text { return "ruling_withdrawn"; },
                        [](const merchant_to_tell&) -> text { return "merchant_to_tell"; },
                        [](const merchant_told&) -> text { return "merchant_told"; },
                        [](const merchant_not_told&) -> text { return "merchant_not_told"; },
                        [](const telling_given_up&) -> text { return "telling_given_up"; },
                        [](const check_begun&) -> text { return "check_begun"; },
                        [](const attempt_checked&) -> text { return "attempt_checked"; },
                        [](const code_issued&) -> text { return "code_issued"; },
                        [](const code_revoked&) -> text { return "code_revoked"; },
                        [](const claim_settled&) -> text { return "claim_settled"; },
                        [](const account_answered&) -> text { return "account_answered"; },
                        [](const pay_out_held&) -> text { return "pay_out_held"; },
                        [](const pay_outs_switched&) -> text { return "pay_outs_switched"; },
                        [](const merchant_switched&) -> text { return "merchant_switched"; },
                        [](const method_switched&) -> text { return "method_switched"; },
                        [](const step_up_asked&) -> text { return "step_up_asked"; },
                        [](const confirmation_refused&) -> text { return "confirmation_refused"; },
                        [](const order_confirmed&) -> text { return "order_confirmed"; },
                        [](const batch_opened&) -> text { return "batch_opened"; },
                        [](const batch_handed_out&) -> text { return "batch_handed_out"; },
                    },
                    e);
}

std::string_view name_of(const command& c) {
  using text = std::string_view;
  return std::visit(overload{
                        [](const pay_command&) -> text { return "pay"; },
                        [](const open_merchant_command&) -> text { return "open_merchant"; },
                        [](const open_channel_command&) -> text { return "open_channel"; },
                        [](const switch_channel_command&) -> text { return "switch_channel"; },
                        [](const query_order_command&) -> text { return "query_order"; },
                        [](const query_balances_command&) -> text { return "query_balances"; },
                        [](const refund_command&) -> text { return "refund"; },
                        [](const close_command&) -> text { return "close"; },
                        [](const propose_ruling_command&) -> text { return "propose_ruling"; },
                        [](const answer_ruling_command&) -> text { return "answer_ruling"; },
                        [](const check_order_command&) -> text { return "check_order"; },
                        [](const issue_code_command&) -> text { return "issue_code"; },
                        [](const revoke_code_command&) -> text { return "revoke_code"; },
                        [](const query_code_command&) -> text { return "query_code"; },
                        [](const pay_out_command&) -> text { return "pay_out"; },
                        [](const switch_pay_outs_command&) -> text { return "switch_pay_outs"; },
                        [](const switch_command&) -> text { return "switch"; },
                        [](const confirm_command&) -> text { return "confirm"; },
                        [](const pay_out_batch_command&) -> text { return "pay_out_batch"; },
                        [](const query_batch_command&) -> text { return "query_batch"; },
                    },
                    c.body);
}

const std::vector<posting>& postings_of(const event& e) {
  static const std::vector<posting> none;
  return std::visit(
      [](const auto& alternative) -> const std::vector<posting>& {
        if constexpr (requires { alternative.postings; })
          return alternative.postings;
        else
          return none;
      },
      e);
}

} // namespace oncepay
