#include "actors/domain/refund_rules.hpp"

#include "schema/mutation.hpp"

#include <algorithm>
#include <array>

namespace oncepay {

namespace {

using enum refund_state;
using enum evidence;
using enum consequence;
using reply = reply_class;

constexpr auto move_to = consequence::move;

// Money that leaves twice is lost for good: a time-out, a broken port and a restart put a refund in doubt and nothing
// else (C1), a failed enquiry says nothing (C2), and what came to its end stays there (C3).
constexpr std::array table = {
    refund_rule{requested, channel_reply, reply::succeeded, move_to, succeeded},
    refund_rule{requested, channel_reply, reply::failed_try_another, move_to, failed},
    refund_rule{requested, channel_reply, reply::failed_final, move_to, failed},
    refund_rule{requested, channel_reply, reply::unknown, move_to, in_doubt},
    refund_rule{requested, late_reply, reply::succeeded, move_to, succeeded},
    refund_rule{requested, late_reply, reply::failed_try_another, move_to, failed},
    refund_rule{requested, late_reply, reply::failed_final, move_to, failed},
    refund_rule{requested, late_reply, reply::unknown, move_to, in_doubt},
    refund_rule{requested, notice, reply::succeeded, move_to, succeeded},
    refund_rule{requested, notice, reply::failed_try_another, move_to, failed},
    refund_rule{requested, notice, reply::failed_final, move_to, failed},
    refund_rule{requested, notice, reply::unknown, nothing_new, requested},
    refund_rule{requested, never_left, reply::failed_try_another, move_to, failed},
    refund_rule{requested, reply_timeout, reply::unknown, move_to, in_doubt},
    refund_rule{requested, port_error, reply::unknown, move_to, in_doubt},
    refund_rule{requested, restart, reply::unknown, move_to, in_doubt},

    refund_rule{in_doubt, channel_reply, reply::succeeded, move_to, succeeded},
    refund_rule{in_doubt, channel_reply, reply::failed_try_another, move_to, failed},
    refund_rule{in_doubt, channel_reply, reply::failed_final, move_to, failed},
    refund_rule{in_doubt, channel_reply, reply::unknown, nothing_new, in_doubt},
    refund_rule{in_doubt, late_reply, reply::succeeded, move_to, succeeded},
    refund_rule{in_doubt, late_reply, reply::failed_try_another, move_to, failed},
    refund_rule{in_doubt, late_reply, reply::failed_final, move_to, failed},
    refund_rule{in_doubt, late_reply, reply::unknown, nothing_new, in_doubt},
    refund_rule{in_doubt, enquiry, reply::succeeded, move_to, succeeded},
    refund_rule{in_doubt, enquiry, reply::failed_try_another, move_to, failed},
    refund_rule{in_doubt, enquiry, reply::failed_final, move_to, failed},
    refund_rule{in_doubt, enquiry, reply::not_found, move_to, failed},
    refund_rule{in_doubt, enquiry, reply::unknown, ask_again, in_doubt},
    refund_rule{in_doubt, notice, reply::succeeded, move_to, succeeded},
    refund_rule{in_doubt, notice, reply::failed_try_another, move_to, failed},
    refund_rule{in_doubt, notice, reply::failed_final, move_to, failed},
    refund_rule{in_doubt, notice, reply::unknown, nothing_new, in_doubt},
    refund_rule{in_doubt, never_left, reply::failed_try_another, move_to, failed},
    refund_rule{in_doubt, reply_timeout, reply::unknown, nothing_new, in_doubt},
    refund_rule{in_doubt, port_error, reply::unknown, nothing_new, in_doubt},
    refund_rule{in_doubt, restart, reply::unknown, nothing_new, in_doubt},
    refund_rule{in_doubt, enquiry_failed, reply::unknown, ask_again, in_doubt},

    refund_rule{manual, channel_reply, reply::succeeded, move_to, succeeded},
    refund_rule{manual, channel_reply, reply::failed_try_another, move_to, failed},
    refund_rule{manual, channel_reply, reply::failed_final, move_to, failed},
    refund_rule{manual, channel_reply, reply::unknown, nothing_new, manual},
    refund_rule{manual, late_reply, reply::succeeded, move_to, succeeded},
    refund_rule{manual, late_reply, reply::failed_try_another, move_to, failed},
    refund_rule{manual, late_reply, reply::failed_final, move_to, failed},
    refund_rule{manual, late_reply, reply::unknown, nothing_new, manual},
    refund_rule{manual, enquiry, reply::succeeded, move_to, succeeded},
    refund_rule{manual, enquiry, reply::failed_try_another, move_to, failed},
    refund_rule{manual, enquiry, reply::failed_final, move_to, failed},
    refund_rule{manual, enquiry, reply::not_found, move_to, failed},
    refund_rule{manual, enquiry, reply::unknown, ask_again, manual},
    refund_rule{manual, notice, reply::succeeded, move_to, succeeded},
    refund_rule{manual, notice, reply::failed_try_another, move_to, failed},
    refund_rule{manual, notice, reply::failed_final, move_to, failed},
    refund_rule{manual, notice, reply::unknown, nothing_new, manual},
    refund_rule{manual, never_left, reply::failed_try_another, move_to, failed},
    refund_rule{manual, reply_timeout, reply::unknown, nothing_new, manual},
    refund_rule{manual, port_error, reply::unknown, nothing_new, manual},
    refund_rule{manual, restart, reply::unknown, nothing_new, manual},
    refund_rule{manual, enquiry_failed, reply::unknown, ask_again, manual},

    // Two persons found out (C9).
    refund_rule{in_doubt, ruling, reply::succeeded, move_to, succeeded},
    refund_rule{in_doubt, ruling, reply::failed_final, move_to, failed},
    refund_rule{manual, ruling, reply::succeeded, move_to, succeeded},
    refund_rule{manual, ruling, reply::failed_final, move_to, failed},
    // Of a surplus alone, and of its newest offer (actors/domain/rulings.cpp).
    refund_rule{failed, ruling, reply::succeeded, move_to, succeeded},

    refund_rule{succeeded, channel_reply, reply::succeeded, nothing_new, succeeded},
    refund_rule{succeeded, channel_reply, reply::failed_try_another, contradiction, succeeded},
    refund_rule{succeeded, channel_reply, reply::failed_final, contradiction, succeeded},
    refund_rule{succeeded, channel_reply, reply::unknown, nothing_new, succeeded},
    refund_rule{succeeded, late_reply, reply::succeeded, nothing_new, succeeded},
    refund_rule{succeeded, late_reply, reply::failed_try_another, contradiction, succeeded},
    refund_rule{succeeded, late_reply, reply::failed_final, contradiction, succeeded},
    refund_rule{succeeded, late_reply, reply::unknown, nothing_new, succeeded},
    refund_rule{succeeded, enquiry, reply::succeeded, nothing_new, succeeded},
    refund_rule{succeeded, enquiry, reply::failed_try_another, contradiction, succeeded},
    refund_rule{succeeded, enquiry, reply::failed_final, contradiction, succeeded},
    refund_rule{succeeded, enquiry, reply::not_found, contradiction, succeeded},
    refund_rule{succeeded, enquiry, reply::unknown, nothing_new, succeeded},
    refund_rule{succeeded, notice, reply::succeeded, nothing_new, succeeded},
    refund_rule{succeeded, notice, reply::failed_try_another, contradiction, succeeded},
    refund_rule{succeeded, notice, reply::failed_final, contradiction, succeeded},
    refund_rule{succeeded, notice, reply::unknown, nothing_new, succeeded},
    refund_rule{succeeded, never_left, reply::failed_try_another, contradiction, succeeded},
    refund_rule{succeeded, reply_timeout, reply::unknown, nothing_new, succeeded},
    refund_rule{succeeded, port_error, reply::unknown, nothing_new, succeeded},
    refund_rule{succeeded, restart, reply::unknown, nothing_new, succeeded},
    refund_rule{succeeded, enquiry_failed, reply::unknown, nothing_new, succeeded},

    refund_rule{failed, channel_reply, reply::succeeded, contradiction, failed},
    refund_rule{failed, channel_reply, reply::failed_try_another, nothing_new, failed},
    refund_rule{failed, channel_reply, reply::failed_final, nothing_new, failed},
    refund_rule{failed, channel_reply, reply::unknown, nothing_new, failed},
    refund_rule{failed, late_reply, reply::succeeded, contradiction, failed},
    refund_rule{failed, late_reply, reply::failed_try_another, nothing_new, failed},
    refund_rule{failed, late_reply, reply::failed_final, nothing_new, failed},
    refund_rule{failed, late_reply, reply::unknown, nothing_new, failed},
    refund_rule{failed, enquiry, reply::succeeded, contradiction, failed},
    refund_rule{failed, enquiry, reply::failed_try_another, nothing_new, failed},
    refund_rule{failed, enquiry, reply::failed_final, nothing_new, failed},
    refund_rule{failed, enquiry, reply::not_found, nothing_new, failed},
    refund_rule{failed, enquiry, reply::unknown, nothing_new, failed},
    refund_rule{failed, notice, reply::succeeded, contradiction, failed},
    refund_rule{failed, notice, reply::failed_try_another, nothing_new, failed},
    refund_rule{failed, notice, reply::failed_final, nothing_new, failed},
    refund_rule{failed, notice, reply::unknown, nothing_new, failed},
    refund_rule{failed, never_left, reply::failed_try_another, nothing_new, failed},
    refund_rule{failed, reply_timeout, reply::unknown, nothing_new, failed},
    refund_rule{failed, port_error, reply::unknown, nothing_new, failed},
    refund_rule{failed, restart, reply::unknown, nothing_new, failed},
    refund_rule{failed, enquiry_failed, reply::unknown, nothing_new, failed},
};

} // namespace

std::span<const refund_rule> refund_rules() {
  return table;
}

reply_class believed_outcome(const refund_answer_input& in, instant submit_before) {
  attempt_input as_attempt;
  as_attempt.outcome = in.outcome;
  as_attempt.enquiry = in.enquiry;
  const reply_class believed = believed_outcome(as_attempt, submit_before);
  // Nobody types a password for a refund, and only who was asked can say that he doesn't know it: such an answer proves
  // nothing, and the refund is asked about again.
  const bool means_nothing = believed == reply_class::payer_confirming ||
                             (believed == reply_class::not_found && in.source != evidence::enquiry);
  return means_nothing ? reply_class::unknown : believed;
}

const refund_rule* find_refund_rule(refund_state from, evidence source, reply_class outcome) {
  if (mutated(mutation::refund_twice_after_timeout) && source == reply_timeout)
    return find_refund_rule(from, channel_reply, reply::failed_final);
  auto it = std::find_if(table.begin(), table.end(), [&](const refund_rule& r) {
    return r.from == from && r.source == source && r.outcome == outcome;
  });
  return it == table.end() ? nullptr : &*it;
}

} // namespace oncepay
