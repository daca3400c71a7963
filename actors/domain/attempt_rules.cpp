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

// The outcome of an attempt is settled by what a channel says (in time or late) and by the port's proof that nothing
// was sent. Time-outs, broken ports and restarts prove nothing (C1), so all they can do is put an attempt in doubt.
constexpr std::array table = {
    attempt_rule{intended, channel_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{intended, channel_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{intended, channel_reply, reply::failed_final, move_to, failed},
    attempt_rule{intended, channel_reply, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, late_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{intended, late_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{intended, late_reply, reply::failed_final, move_to, failed},
    attempt_rule{intended, late_reply, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, never_left, reply::failed_try_another, move_to, failed},
    attempt_rule{intended, reply_timeout, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, port_error, reply::unknown, move_to, in_doubt},
    attempt_rule{intended, restart, reply::unknown, move_to, in_doubt},

    attempt_rule{in_doubt, channel_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{in_doubt, channel_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{in_doubt, channel_reply, reply::failed_final, move_to, failed},
    attempt_rule{in_doubt, channel_reply, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, late_reply, reply::succeeded, move_to, succeeded},
    attempt_rule{in_doubt, late_reply, reply::failed_try_another, move_to, failed},
    attempt_rule{in_doubt, late_reply, reply::failed_final, move_to, failed},
    attempt_rule{in_doubt, late_reply, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, never_left, reply::failed_try_another, move_to, failed},
    attempt_rule{in_doubt, reply_timeout, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, port_error, reply::unknown, nothing_new, in_doubt},
    attempt_rule{in_doubt, restart, reply::unknown, nothing_new, in_doubt},

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
};

} // namespace

std::span<const attempt_rule> attempt_rules() {
  return table;
}

const attempt_rule* find_attempt_rule(attempt_state from, evidence source, reply_class outcome) {
  if (mutated(mutation::reroute_after_timeout) && source == reply_timeout)
    return find_attempt_rule(from, channel_reply, reply::failed_try_another);
  if (mutated(mutation::unknown_is_failed) && source == channel_reply && outcome == reply::unknown)
    outcome = reply::failed_final;
  if (mutated(mutation::drop_late_reply) && from == in_doubt && source == late_reply)
    outcome = reply::unknown;
  auto it = std::find_if(table.begin(), table.end(), [&](const attempt_rule& r) {
    return r.from == from && r.source == source && r.outcome == outcome;
  });
  return it == table.end() ? nullptr : &*it;
}

} // namespace oncepay
