// The white list of an attempt (C4): one table of every allowed transition with its evidence. What isn't listed is
// refused and alarmed. The order's own states follow from it, see order.hpp.
#pragma once

#include "schema/input.hpp"
#include "schema/order_view.hpp"

#include <span>

namespace oncepay {

enum class consequence : uint8_t {
  move,          ///< The attempt goes to `to`.
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

/// The one rule for this case; null where none is listed.
const attempt_rule* find_attempt_rule(attempt_state, evidence, reply_class);

} // namespace oncepay
