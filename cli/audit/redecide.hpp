// Deciding an order again: today's rules over the inputs that the log holds. Because a decision sees nothing but its
// input and the state before, a difference means that the rules changed, or that the log was.
#pragma once

#include "actors/domain/order.hpp"
#include "schema/decision.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

struct redecision {
  uint64_t agreed = 0;           ///< Decisions that came out as recorded, up to the first difference.
  uint64_t differs_position = 0; ///< 0: none differs.
  std::string difference;        ///< What the log holds there and what today's rules would decide.
  order::state state;            ///< As the recorded events, not the new ones, leave it.
};

/// `decisions` are one order's, from its first on.
redecision redecide(const std::vector<recorded_decision>& decisions, std::string_view environment);

} // namespace oncepay::cli
