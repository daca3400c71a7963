#include "schema/mutation.hpp"

#ifdef ONCEPAY_MUTATIONS

#include <algorithm>
#include <array>

namespace oncepay {

namespace {

using enum mutation;

constexpr std::array names = {
    mutation_name{reroute_after_timeout, "reroute-after-timeout"},
    mutation_name{unknown_is_failed, "unknown-is-failed"},
    mutation_name{restart_proves_failure, "restart-proves-failure"},
    mutation_name{drop_late_reply, "drop-late-reply"},
    mutation_name{later_result_wins, "later-result-wins"},
    mutation_name{swallow_contradiction, "swallow-contradiction"},
    mutation_name{forget_idempotency, "forget-idempotency"},
    mutation_name{ignore_fingerprint, "ignore-fingerprint"},
    mutation_name{unbalanced_posting, "unbalanced-posting"},
    mutation_name{believe_early_not_found, "believe-early-not-found"},
    mutation_name{failed_enquiry_is_failed, "failed-enquiry-is-failed"},
    mutation_name{enquiries_never_end, "enquiries-never-end"},
    mutation_name{refund_above_paid, "refund-above-paid"},
    mutation_name{refund_twice_after_timeout, "refund-twice-after-timeout"},
    mutation_name{close_without_asking, "close-without-asking"},
    mutation_name{keep_surplus, "keep-surplus"},
    mutation_name{fail_before_reversed, "fail-before-reversed"},
    mutation_name{success_after_reversal, "success-after-reversal"},
    mutation_name{refused_reversal_reversed, "refused-reversal-reversed"},
    mutation_name{contradiction_overwrites, "contradiction-overwrites"},
    mutation_name{notice_of_any_amount, "notice-of-any-amount"},
    mutation_name{rule_alone, "rule-alone"},
    mutation_name{rule_after_evidence, "rule-after-evidence"},
    mutation_name{ruled_failed_keeps_money, "ruled-failed-keeps-money"},
    mutation_name{failed_telling_is_told, "failed-telling-is-told"},
    mutation_name{tell_failed_as_paid, "tell-failed-as-paid"},
    mutation_name{check_settles, "check-settles"},
    mutation_name{resubmit_pay_out, "resubmit-pay-out"},
    mutation_name{believe_not_found_of_pay_out, "believe-not-found-of-pay-out"},
    mutation_name{pay_out_beside_its_like, "pay-out-beside-its-like"},
    mutation_name{release_in_doubt, "release-in-doubt"},
    mutation_name{settle_again, "settle-again"},
    mutation_name{credit_again, "credit-again"},
    mutation_name{keep_claim, "keep-claim"},
    mutation_name{claim_below_floor, "claim-below-floor"},
    mutation_name{pay_out_while_stopped, "pay-out-while-stopped"},
    mutation_name{open_batch_again, "open-batch-again"},
    mutation_name{ignore_batch_total, "ignore-batch-total"},
    mutation_name{ignore_batch_content, "ignore-batch-content"},
    mutation_name{skip_batch_line, "skip-batch-line"},
    mutation_name{hand_out_early, "hand-out-early"},
    mutation_name{wallet_denies_payment, "wallet-denies-payment"},
    mutation_name{top_up_wallet_of_merchant, "top-up-wallet-of-merchant"},
    mutation_name{keep_wallet_refund, "keep-wallet-refund"},
    mutation_name{submit_blocked, "submit-blocked"},
    mutation_name{skip_step_up, "skip-step-up"},
    mutation_name{confirm_unproven, "confirm-unproven"},
    mutation_name{step_up_never_ends, "step-up-never-ends"},
    mutation_name{withhold_after_unbind, "withhold-after-unbind"},
    mutation_name{unbound_without_proof, "unbound-without-proof"},
    mutation_name{submit_before_commit, "submit-before-commit"},
    mutation_name{reply_before_commit, "reply-before-commit"},
    mutation_name{submit_twice, "submit-twice"},
    mutation_name{submit_too_late, "submit-too-late"},
    mutation_name{skip_due, "skip-due"},
    mutation_name{keep_last_state, "keep-last-state"},
    mutation_name{lose_waiter, "lose-waiter"},
    mutation_name{return_permit_twice, "return-permit-twice"},
    mutation_name{forget_permits, "forget-permits"},
    mutation_name{ignore_switch_off, "ignore-switch-off"},
    mutation_name{enquiries_know_no_share, "enquiries-know-no-share"},
    mutation_name{checks_know_no_share, "checks-know-no-share"},
    mutation_name{leave_white_list, "leave-white-list"},
    mutation_name{ignore_quota, "ignore-quota"},
    mutation_name{ignore_degrade, "ignore-degrade"},
    mutation_name{fold_twice, "fold-twice"},
};

/// Written before the first actor lives, read by all of them.
std::optional<mutation> broken;

} // namespace

std::span<const mutation_name> mutations() {
  return names;
}

std::optional<mutation> parse_mutation(std::string_view name) {
  auto it = std::find_if(names.begin(), names.end(), [&](const mutation_name& n) { return n.name == name; });
  return it == names.end() ? std::nullopt : std::optional(it->what);
}

void break_rule(std::optional<mutation> what) {
  broken = what;
}

bool mutated(mutation what) {
  return broken == what;
}

} // namespace oncepay

#endif
