// Rules that a build for testing can break, one at a time: the simulator must notice each. A simulator that can't fail
// proves nothing. What ships is built without ONCEPAY_MUTATIONS; there `mutated` is a constant, and nothing of this is
// left in the program.
#pragma once

#ifdef ONCEPAY_MUTATIONS
#include <optional>
#include <span>
#include <string_view>
#endif

namespace oncepay {

/// Which rule is broken, and what it costs. Each is asked for at the one place where its rule lives.
enum class mutation {
  // --- the order's rules
  reroute_after_timeout,    ///< A time-out counts as failed and another channel is tried: the customer pays twice.
  unknown_is_failed,        ///< A code that nobody mapped counts as a decline: paid, and the goods never come.
  restart_proves_failure,   ///< What a restart interrupted counts as never sent: "failed", although the money moved.
  drop_late_reply,          ///< The truth that comes after the window isn't heard: the order stays in doubt for ever.
  later_result_wins,        ///< A paid order becomes failed when its channel says so later: paid, and not delivered.
  swallow_contradiction,    ///< A channel that contradicts itself isn't recorded: nobody compares with its statement.
  forget_idempotency,       ///< A retry under the same number pays again.
  ignore_fingerprint,       ///< Another amount under a known number is answered "paid": delivered for less than agreed.
  unbalanced_posting,       ///< A channel's cost is posted on one side only: the books don't balance.
  believe_early_not_found,  ///< "Not found" counts as proof before the request can have arrived: paid, and "failed".
  failed_enquiry_is_failed, ///< A question that failed counts as a payment that failed.
  enquiries_never_end,      ///< Nobody is ever told that an order can't be cleared up: it is in doubt for ever.
  refund_above_paid,        ///< Two refunds of 60 on 100 both pass: the payer has more back than was paid.
  refund_twice_after_timeout, ///< A refund's time-out counts as a failure: under another number it is paid again.
  close_without_asking,       ///< An order is closed while its payment may still be made: paid, and nobody delivers.
  keep_surplus,               ///< A success after the order was closed is booked and never given back.
  fail_before_reversed,      ///< An order fails when its reversal is asked for: the payer pays all the same, and again.
  success_after_reversal,    ///< A success pays an order that is being reversed: delivered, and the money goes back.
  refused_reversal_reversed, ///< A reversal that its channel refuses counts as done: paid, "failed", and paid again.
  contradiction_overwrites,  ///< A notice that contradicts a final result replaces it: what was paid counts as failed.
  notice_of_any_amount,      ///< A notice of another amount is believed: delivered for a cent.
  rule_alone,                ///< Who proposes a ruling approves it: one person pays out what is in doubt.
  rule_after_evidence,       ///< A ruling is carried out although evidence came before: what was final is so no more.
  ruled_failed_keeps_money,  ///< What is paid after a ruling "failed" isn't given back: neither goods nor money.
  failed_telling_is_told,    ///< A merchant that didn't answer counts as told: it never learns that it was paid.
  tell_failed_as_paid,       ///< A merchant is told of a payment that failed: it delivers, and nobody pays.
  check_settles,             ///< What a check brings replaces what was final: what was paid counts as failed.
  resubmit_pay_out,          ///< A pay-out in doubt is tried on another channel: the payee has it twice.
  believe_not_found_of_pay_out, ///< "Not found" fails a pay-out: it is paid, and the merchant pays it again.
  pay_out_beside_its_like,      ///< A pay-out that may be paid is ordered again under another number, and both go out.
  release_in_doubt,      ///< What a pay-out claimed goes back while it is in doubt: the same money goes out twice.
  settle_again,          ///< A claim that is settled is settled once more when its order asks again.
  credit_again,          ///< A top-up is credited once more when its order asks again: money that nobody paid.
  keep_claim,            ///< What a failed pay-out had claimed doesn't go back: the merchant's money is nowhere.
  claim_below_floor,     ///< More is paid out than the merchant has.
  pay_out_while_stopped, ///< What an operator stopped goes out all the same: the leak that he saw goes on.
  open_batch_again,      ///< A batch that is sent again opens again: its lines may be others by then.
  ignore_batch_total,    ///< A batch whose lines don't add up to its control sum is paid: a line too many goes out.
  ignore_batch_content,  ///< Other content under a batch's number is answered as that batch: its payees get nothing.
  skip_batch_line,       ///< A line isn't handed to its order, and counts as handed out: its payee gets nothing.
  hand_out_early,        ///< A batch counts as handed out before its lines are durable: a crash loses them.
  wallet_denies_payment, ///< A wallet that paid says it didn't: the order fails, and the customer's money is gone.
  top_up_wallet_of_merchant, ///< What was paid onto a customer's wallet goes to its merchant instead.
  keep_wallet_refund,        ///< A refund is called done, and the customer's wallet never sees it.
  submit_blocked,            ///< What risk rules block is submitted: a stolen card pays.
  skip_step_up,              ///< What its payer has to confirm first is submitted at once.
  confirm_unproven,          ///< Whoever says "confirmed" is believed: the thief confirms.
  step_up_never_ends,        ///< What is never confirmed stays open for ever: goods are kept for nobody.
  withhold_after_unbind,     ///< A payment is withheld by an agreement that its payer has ended.
  unbound_without_proof,     ///< An unbinding's time-out counts as done: bound at the channel, and "unbound".
  // --- what is durable before what
  submit_before_commit, ///< A crash leaves a bank with a payment that no log knows.
  reply_before_commit,  ///< A crash takes back what a merchant has delivered for.
  submit_twice,         ///< A decision's submission goes out twice: a bank that doesn't compare ids pays twice.
  submit_too_late,      ///< A port sends after its deadline, when everybody takes the attempt for failed.
  // --- time and restarts
  skip_due,        ///< Nobody is woken: what a restart interrupted is "processing" for ever.
  keep_last_state, ///< An order meets what the one before it left in its actor: told of somebody else's payment.
  lose_waiter,     ///< Whoever asks while the order is under way isn't told its outcome.
  // --- limits and choices
  return_permit_twice,     ///< A permit's return frees somebody else's too: more under way than granted.
  forget_permits,          ///< A restart forgets the permits that are out: more under way than granted.
  ignore_switch_off,       ///< Who waits in a channel's queue gets its permit after the acknowledged "off".
  enquiries_know_no_share, ///< Enquiries take permits that the channel didn't grant: it blocks us.
  checks_know_no_share,    ///< Checks go before payments and enquiries, as many at once as there are.
  leave_white_list,        ///< A channel that is for some merchants only is chosen for all.
  ignore_quota,            ///< A merchant that floods is let in whatever its quota says: others are told to come again.
  ignore_degrade,          ///< Payments of a merchant or method that an operator switched off go on all the same.
  // --- views
  fold_twice, ///< A view folds the first decision of a page again: balances that nobody has.
};

#ifdef ONCEPAY_MUTATIONS

struct mutation_name {
  mutation what;
  std::string_view name; ///< "reroute-after-timeout": as the command line spells it.
};

/// All of them, in their order.
std::span<const mutation_name> mutations();
std::optional<mutation> parse_mutation(std::string_view name);

/// Breaks one rule in the whole process, none: all hold again. While no actor runs: others only read it.
void break_rule(std::optional<mutation>);

bool mutated(mutation);

#else

/// True where this rule is broken, which it never is in a build like this.
constexpr bool mutated(mutation) {
  return false;
}

#endif

} // namespace oncepay
