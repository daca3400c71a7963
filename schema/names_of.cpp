// The stable lower-case names of alternatives, as logs and `--json` show them, and what all of them have in common.
#include "schema/command.hpp"
#include "schema/event.hpp"
#include "schema/input.hpp"

namespace oncepay {

namespace {

template <class... Functions>
struct overload : Functions... {
  using Functions::operator()...;
};

} // namespace

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
                        [](const withhold_granted&) -> text { return "withhold_granted"; },
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
                        [](const bind_command&) -> text { return "bind"; },
                        [](const unbind_command&) -> text { return "unbind"; },
                        [](const authenticate_command&) -> text { return "authenticate"; },
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
