// The white list of an attempt (C4): one table of every allowed transition with its evidence. What isn't listed is
// refused and alarmed. The order's own states follow from it, see order.hpp.
#pragma once

#include "schema/input.hpp"
#include "schema/order_view.hpp"

#include <span>

namespace oncepay {

enum class consequence : uint8_t {
  move,          ///< The attempt goes to `to`.
  ask_again,     ///< Proves nothing: recorded, and asked again later, or left to a person once enquiries are used up.
  set_aside,     ///< A success of what is being called back: kept in suspense until it has moved back.
  nothing_new,   ///< Known already; nothing is recorded.
  contradiction, ///< The same attempt's channel says otherwise after a final result: recorded, alarmed, no change (C3).
};

struct attempt_rule {
  attempt_state from;
  evidence source;
  reply_class outcome;
  consequence then;
  attempt_state to; ///< Equal to `from` unless `then` is `move`.
};

/// The whole table, for tests and documentation.
std::span<const attempt_rule> attempt_rules();

/// What an answer is worth: "not found" proves that nothing moved only once the request must have arrived (C2); asked
/// earlier it is as good as unknown. `submit_before` is the attempt's: its request left by then or never.
reply_class believed_outcome(const attempt_input&, instant submit_before);

/// The one rule for this case, its outcome as it is believed; null where none is listed.
const attempt_rule* find_attempt_rule(attempt_state, evidence, reply_class);

} // namespace oncepay
