#include "actors/domain/attempt_rules.hpp"

#include "schema/mutation.hpp"

#include <algorithm>
#include <array>

namespace oncepay {

namespace {

using enum attempt_state;
using enum evidence;
using enum consequence;
using reply = reply_class;

constexpr auto move_to = consequence::move;

// The outcome of an attempt is settled by what a channel says (in time, late, when it is asked, or by itself) and by
// the port's proof that nothing was sent. Time-outs, broken ports and restarts prove nothing (C1), so all they can do
// is put an attempt in doubt; a failed enquiry doesn't even say anything about the payment (C2).
constexpr std::array table = {
    attempt_rule{intended, channel_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{intended, channel_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{intended, channel_reply, reply::failed_final, move_to, failed},
    attempt_rule{intended, channel_reply, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, channel_reply, reply::payer_confirming, move_to, in_doubt},
    attempt_rule{intended, late_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{intended, late_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{intended, late_reply, reply::failed_final, move_to, failed},
    attempt_rule{intended, late_reply, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, never_left, reply::failed_try_another, move_to, failed},
    attempt_rule{intended, reply_timeout, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, port_error, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, restart, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, notice, reply::succeeded, move_to, succeeded},
    attempt_rule{intended, notice, reply::failed_try_another, move_to, failed},
    attempt_rule{intended, notice, reply::failed_final, move_to, failed},
    attempt_rule{intended, notice, reply::unknown, nothing_new, intended},
    attempt_rule{intended, notice, reply::payer_confirming, nothing_new, intended},

    attempt_rule{in_doubt, channel_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{in_doubt, channel_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{in_doubt, channel_reply, reply::failed_final, move_to, failed},
    attempt_rule{in_doubt, channel_reply, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, channel_reply, reply::payer_confirming, nothing_new, in_doubt},
    attempt_rule{in_doubt, late_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{in_doubt, late_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{in_doubt, late_reply, reply::failed_final, move_to, failed},
    attempt_rule{in_doubt, late_reply, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, never_left, reply::failed_try_another, move_to, failed},
    attempt_rule{in_doubt, reply_timeout, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, port_error, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, restart, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, enquiry, reply::succeeded, move_to, succeeded},
    attempt_rule{in_doubt, enquiry, reply::failed_try_another, move_to, failed},
    attempt_rule{in_doubt, enquiry, reply::failed_final, move_to, failed},
    attempt_rule{in_doubt, enquiry, reply::not_found, move_to, failed},
    attempt_rule{in_doubt, enquiry, reply::unknown, ask_again, in_doubt},
    attempt_rule{in_doubt, enquiry, reply::payer_confirming, ask_again, in_doubt},
    attempt_rule{in_doubt, enquiry_failed, reply::unknown, ask_again, in_doubt},
    attempt_rule{in_doubt, notice, reply::succeeded, move_to, succeeded},
    attempt_rule{in_doubt, notice, reply::failed_try_another, move_to, failed},
    attempt_rule{in_doubt, notice, reply::failed_final, move_to, failed},
    attempt_rule{in_doubt, notice, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, notice, reply::payer_confirming, nothing_new, in_doubt},

    attempt_rule{manual, channel_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{manual, channel_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{manual, channel_reply, reply::failed_final, move_to, failed},
    attempt_rule{manual, channel_reply, reply::unknown, nothing_new, manual},
    attempt_rule{manual, channel_reply, reply::payer_confirming, nothing_new, manual},
    attempt_rule{manual, late_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{manual, late_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{manual, late_reply, reply::failed_final, move_to, failed},
    attempt_rule{manual, late_reply, reply::unknown, nothing_new, manual},
    attempt_rule{manual, never_left, reply::failed_try_another, move_to, failed},
    attempt_rule{manual, reply_timeout, reply::unknown, nothing_new, manual},
    attempt_rule{manual, port_error, reply::unknown, nothing_new, manual},
    attempt_rule{manual, restart, reply::unknown, nothing_new, manual},
    attempt_rule{manual, enquiry, reply::succeeded, move_to, succeeded},
    attempt_rule{manual, enquiry, reply::failed_try_another, move_to, failed},
    attempt_rule{manual, enquiry, reply::failed_final, move_to, failed},
    attempt_rule{manual, enquiry, reply::not_found, move_to, failed},
    attempt_rule{manual, enquiry, reply::unknown, ask_again, manual},
    attempt_rule{manual, enquiry, reply::payer_confirming, ask_again, manual},
    attempt_rule{manual, enquiry_failed, reply::unknown, ask_again, manual},
    attempt_rule{manual, notice, reply::succeeded, move_to, succeeded},
    attempt_rule{manual, notice, reply::failed_try_another, move_to, failed},
    attempt_rule{manual, notice, reply::failed_final, move_to, failed},
    attempt_rule{manual, notice, reply::unknown, nothing_new, manual},
    attempt_rule{manual, notice, reply::payer_confirming, nothing_new, manual},

    attempt_rule{succeeded, channel_reply, reply::succeeded, nothing_new, succeeded},
    attempt_rule{succeeded, channel_reply, reply::failed_try_another, contradiction, succeeded},
    attempt_rule{succeeded, channel_reply, reply::failed_final, contradiction, succeeded},
    attempt_rule{succeeded, channel_reply, reply::unknown, nothing_new, succeeded},
    attempt_rule{succeeded, late_reply, reply::succeeded, nothing_new, succeeded},
    attempt_rule{succeeded, late_reply, reply::failed_try_another, contradiction, succeeded},
    attempt_rule{succeeded, late_reply, reply::failed_final, contradiction, succeeded},
    attempt_rule{succeeded, late_reply, reply::unknown, nothing_new, succeeded},
    attempt_rule{succeeded, never_left, reply::failed_try_another, contradiction, succeeded},
    attempt_rule{succeeded, reply_timeout, reply::unknown, nothing_new, succeeded},
    attempt_rule{succeeded, port_error, reply::unknown, nothing_new, succeeded},
    attempt_rule{succeeded, channel_reply, reply::payer_confirming, nothing_new, succeeded},
    attempt_rule{succeeded, enquiry, reply::succeeded, nothing_new, succeeded},
    attempt_rule{succeeded, enquiry, reply::failed_try_another, contradiction, succeeded},
    attempt_rule{succeeded, enquiry, reply::failed_final, contradiction, succeeded},
    attempt_rule{succeeded, enquiry, reply::not_found, contradiction, succeeded},
    attempt_rule{succeeded, enquiry, reply::unknown, nothing_new, succeeded},
    attempt_rule{succeeded, enquiry, reply::payer_confirming, nothing_new, succeeded},
    attempt_rule{succeeded, enquiry_failed, reply::unknown, nothing_new, succeeded},
    attempt_rule{succeeded, notice, reply::succeeded, nothing_new, succeeded},
    attempt_rule{succeeded, notice, reply::failed_try_another, contradiction, succeeded},
    attempt_rule{succeeded, notice, reply::failed_final, contradiction, succeeded},
    attempt_rule{succeeded, notice, reply::unknown, nothing_new, succeeded},
    attempt_rule{succeeded, notice, reply::payer_confirming, nothing_new, succeeded},

    attempt_rule{failed, channel_reply, reply::succeeded, contradiction, failed},
    attempt_rule{failed, channel_reply, reply::failed_try_another, nothing_new, failed},
    attempt_rule{failed, channel_reply, reply::failed_final, nothing_new, failed},
    attempt_rule{failed, channel_reply, reply::unknown, nothing_new, failed},
    attempt_rule{failed, late_reply, reply::succeeded, contradiction, failed},
    attempt_rule{failed, late_reply, reply::failed_try_another, nothing_new, failed},
    attempt_rule{failed, late_reply, reply::failed_final, nothing_new, failed},
    attempt_rule{failed, late_reply, reply::unknown, nothing_new, failed},
    attempt_rule{failed, never_left, reply::failed_try_another, nothing_new, failed},
    attempt_rule{failed, reply_timeout, reply::unknown, nothing_new, failed},
    attempt_rule{failed, port_error, reply::unknown, nothing_new, failed},
    attempt_rule{failed, channel_reply, reply::payer_confirming, nothing_new, failed},
    attempt_rule{failed, enquiry, reply::succeeded, contradiction, failed},
    attempt_rule{failed, enquiry, reply::failed_try_another, nothing_new, failed},
    attempt_rule{failed, enquiry, reply::failed_final, nothing_new, failed},
    attempt_rule{failed, enquiry, reply::not_found, nothing_new, failed},
    attempt_rule{failed, enquiry, reply::unknown, nothing_new, failed},
    attempt_rule{failed, enquiry, reply::payer_confirming, nothing_new, failed},
    attempt_rule{failed, enquiry_failed, reply::unknown, nothing_new, failed},
    attempt_rule{failed, notice, reply::succeeded, contradiction, failed},
    attempt_rule{failed, notice, reply::failed_try_another, nothing_new, failed},
    attempt_rule{failed, notice, reply::failed_final, nothing_new, failed},
    attempt_rule{failed, notice, reply::unknown, nothing_new, failed},
    attempt_rule{failed, notice, reply::payer_confirming, nothing_new, failed},

    // Two persons found out (C9): only of what is in doubt, or was given to them.
    attempt_rule{in_doubt, ruling, reply::succeeded, move_to, succeeded},
    attempt_rule{in_doubt, ruling, reply::failed_final, move_to, failed},
    attempt_rule{manual, ruling, reply::succeeded, move_to, succeeded},
    attempt_rule{manual, ruling, reply::failed_final, move_to, failed},
    attempt_rule{reversal_manual, ruling, reply::succeeded, move_to, reversed},

    // What a channel answers to a close is about the payment: closed unpaid, or paid already.
    attempt_rule{intended, close_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{intended, close_reply, reply::failed_final, move_to, failed},
    attempt_rule{intended, close_reply, reply::unknown, nothing_new, intended},
    attempt_rule{in_doubt, close_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{in_doubt, close_reply, reply::failed_final, move_to, failed},
    attempt_rule{in_doubt, close_reply, reply::unknown, nothing_new, in_doubt},
    attempt_rule{manual, close_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{manual, close_reply, reply::failed_final, move_to, failed},
    attempt_rule{manual, close_reply, reply::unknown, nothing_new, manual},
    attempt_rule{succeeded, close_reply, reply::succeeded, nothing_new, succeeded},
    attempt_rule{succeeded, close_reply, reply::failed_final, contradiction, succeeded},
    attempt_rule{succeeded, close_reply, reply::unknown, nothing_new, succeeded},
    attempt_rule{failed, close_reply, reply::succeeded, contradiction, failed},
    attempt_rule{failed, close_reply, reply::failed_final, nothing_new, failed},
    attempt_rule{failed, close_reply, reply::unknown, nothing_new, failed},

    // What is being called back is decided by the reversal alone: a success doesn't pay the order any more, and a
    // failure may be the reversal's own doing. Answers to reversals tell of the reversal, not of the payment.
    attempt_rule{reversing, channel_reply, reply::succeeded, set_aside, reversing},
    attempt_rule{reversing, channel_reply, reply::failed_try_another, nothing_new, reversing},
    attempt_rule{reversing, channel_reply, reply::failed_final, nothing_new, reversing},
    attempt_rule{reversing, channel_reply, reply::unknown, nothing_new, reversing},
    attempt_rule{reversing, channel_reply, reply::payer_confirming, nothing_new, reversing},
    attempt_rule{reversing, late_reply, reply::succeeded, set_aside, reversing},
    attempt_rule{reversing, late_reply, reply::failed_try_another, nothing_new, reversing},
    attempt_rule{reversing, late_reply, reply::failed_final, nothing_new, reversing},
    attempt_rule{reversing, late_reply, reply::unknown, nothing_new, reversing},
    attempt_rule{reversing, never_left, reply::failed_try_another, nothing_new, reversing},
    attempt_rule{reversing, reply_timeout, reply::unknown, nothing_new, reversing},
    attempt_rule{reversing, port_error, reply::unknown, nothing_new, reversing},
    attempt_rule{reversing, restart, reply::unknown, nothing_new, reversing},
    attempt_rule{reversing, enquiry, reply::succeeded, set_aside, reversing},
    attempt_rule{reversing, enquiry, reply::failed_try_another, nothing_new, reversing},
    attempt_rule{reversing, enquiry, reply::failed_final, nothing_new, reversing},
    attempt_rule{reversing, enquiry, reply::not_found, nothing_new, reversing},
    attempt_rule{reversing, enquiry, reply::unknown, nothing_new, reversing},
    attempt_rule{reversing, enquiry, reply::payer_confirming, nothing_new, reversing},
    attempt_rule{reversing, enquiry_failed, reply::unknown, nothing_new, reversing},
    attempt_rule{reversing, notice, reply::succeeded, set_aside, reversing},
    attempt_rule{reversing, notice, reply::failed_try_another, nothing_new, reversing},
    attempt_rule{reversing, notice, reply::failed_final, nothing_new, reversing},
    attempt_rule{reversing, notice, reply::unknown, nothing_new, reversing},
    attempt_rule{reversing, notice, reply::payer_confirming, nothing_new, reversing},
    attempt_rule{reversing, reverse_reply, reply::succeeded, move_to, reversed},
    attempt_rule{reversing, reverse_reply, reply::not_found, move_to, reversed},
    attempt_rule{reversing, reverse_reply, reply::failed_try_another, move_to, reversal_manual},
    attempt_rule{reversing, reverse_reply, reply::failed_final, move_to, reversal_manual},
    attempt_rule{reversing, reverse_reply, reply::unknown, ask_again, reversing},
    attempt_rule{reversal_manual, channel_reply, reply::succeeded, set_aside, reversal_manual},
    attempt_rule{reversal_manual, channel_reply, reply::failed_try_another, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, channel_reply, reply::failed_final, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, channel_reply, reply::unknown, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, channel_reply, reply::payer_confirming, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, late_reply, reply::succeeded, set_aside, reversal_manual},
    attempt_rule{reversal_manual, late_reply, reply::failed_try_another, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, late_reply, reply::failed_final, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, late_reply, reply::unknown, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, never_left, reply::failed_try_another, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, reply_timeout, reply::unknown, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, port_error, reply::unknown, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, restart, reply::unknown, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, enquiry, reply::succeeded, set_aside, reversal_manual},
    attempt_rule{reversal_manual, enquiry, reply::failed_try_another, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, enquiry, reply::failed_final, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, enquiry, reply::not_found, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, enquiry, reply::unknown, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, enquiry, reply::payer_confirming, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, enquiry_failed, reply::unknown, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, notice, reply::succeeded, set_aside, reversal_manual},
    attempt_rule{reversal_manual, notice, reply::failed_try_another, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, notice, reply::failed_final, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, notice, reply::unknown, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, notice, reply::payer_confirming, nothing_new, reversal_manual},
    attempt_rule{reversal_manual, reverse_reply, reply::succeeded, move_to, reversed},
    attempt_rule{reversal_manual, reverse_reply, reply::not_found, move_to, reversed},
    attempt_rule{reversal_manual, reverse_reply, reply::failed_try_another, ask_again, reversal_manual},
    attempt_rule{reversal_manual, reverse_reply, reply::failed_final, ask_again, reversal_manual},
    attempt_rule{reversal_manual, reverse_reply, reply::unknown, ask_again, reversal_manual},
    // That it was paid at first is no news; that it is still paid when it is asked about contradicts the reversal.
    attempt_rule{reversed, channel_reply, reply::succeeded, nothing_new, reversed},
    attempt_rule{reversed, channel_reply, reply::failed_try_another, nothing_new, reversed},
    attempt_rule{reversed, channel_reply, reply::failed_final, nothing_new, reversed},
    attempt_rule{reversed, channel_reply, reply::unknown, nothing_new, reversed},
    attempt_rule{reversed, channel_reply, reply::payer_confirming, nothing_new, reversed},
    attempt_rule{reversed, late_reply, reply::succeeded, nothing_new, reversed},
    attempt_rule{reversed, late_reply, reply::failed_try_another, nothing_new, reversed},
    attempt_rule{reversed, late_reply, reply::failed_final, nothing_new, reversed},
    attempt_rule{reversed, late_reply, reply::unknown, nothing_new, reversed},
    attempt_rule{reversed, never_left, reply::failed_try_another, nothing_new, reversed},
    attempt_rule{reversed, reply_timeout, reply::unknown, nothing_new, reversed},
    attempt_rule{reversed, port_error, reply::unknown, nothing_new, reversed},
    attempt_rule{reversed, enquiry, reply::succeeded, contradiction, reversed},
    attempt_rule{reversed, enquiry, reply::failed_try_another, nothing_new, reversed},
    attempt_rule{reversed, enquiry, reply::failed_final, nothing_new, reversed},
    attempt_rule{reversed, enquiry, reply::not_found, nothing_new, reversed},
    attempt_rule{reversed, enquiry, reply::unknown, nothing_new, reversed},
    attempt_rule{reversed, enquiry, reply::payer_confirming, nothing_new, reversed},
    attempt_rule{reversed, enquiry_failed, reply::unknown, nothing_new, reversed},
    attempt_rule{reversed, notice, reply::succeeded, nothing_new, reversed},
    attempt_rule{reversed, notice, reply::failed_try_another, nothing_new, reversed},
    attempt_rule{reversed, notice, reply::failed_final, nothing_new, reversed},
    attempt_rule{reversed, notice, reply::unknown, nothing_new, reversed},
    attempt_rule{reversed, notice, reply::payer_confirming, nothing_new, reversed},
    attempt_rule{reversed, reverse_reply, reply::succeeded, nothing_new, reversed},
    attempt_rule{reversed, reverse_reply, reply::failed_try_another, nothing_new, reversed},
    attempt_rule{reversed, reverse_reply, reply::failed_final, nothing_new, reversed},
    attempt_rule{reversed, reverse_reply, reply::unknown, nothing_new, reversed},
    attempt_rule{reversed, reverse_reply, reply::not_found, nothing_new, reversed},
};

} // namespace

std::span<const attempt_rule> attempt_rules() {
  return table;
}

reply_class believed_outcome(const attempt_input& in, instant submit_before) {
  if (in.outcome != reply::not_found || mutated(mutation::believe_early_not_found))
    return in.outcome;
  const enquiry_facts facts = in.enquiry.value_or(enquiry_facts{});
  return facts.asked_at >= plus_ms(submit_before, facts.not_found_after_ms) ? reply::not_found : reply::unknown;
}

const attempt_rule* find_attempt_rule(attempt_state from, evidence source, reply_class outcome) {
  if (mutated(mutation::failed_enquiry_is_failed) && source == enquiry_failed)
    return find_attempt_rule(from, enquiry, reply::failed_final);
  if (mutated(mutation::reroute_after_timeout) && source == reply_timeout)
    return find_attempt_rule(from, channel_reply, reply::failed_try_another);
  if (mutated(mutation::unknown_is_failed) && source == channel_reply && outcome == reply::unknown)
    outcome = reply::failed_final;
  if (mutated(mutation::success_after_reversal) && is_being_reversed(from) && outcome == reply::succeeded &&
      source != reverse_reply && source != ruling)
    from = in_doubt;
  if (mutated(mutation::refused_reversal_reversed) && source == reverse_reply && outcome == reply::failed_final)
    outcome = reply::succeeded;
  if (mutated(mutation::drop_late_reply) && from == in_doubt && source == late_reply)
    outcome = reply::unknown;
  if (mutated(mutation::rule_after_evidence) && source == ruling && from != reversal_manual)
    from = manual;
  auto it = std::find_if(table.begin(), table.end(), [&](const attempt_rule& r) {
    return r.from == from && r.source == source && r.outcome == outcome;
  });
  return it == table.end() ? nullptr : &*it;
}

} // namespace oncepay
