// From incident to plan: one order's recorded decisions, as a run that brings the same about again.
#pragma once

#include "schema/decision.hpp"
#include "sim/plan/plan.hpp"

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::sim {

struct recorded_order {
  std::vector<recorded_decision> decisions; ///< All of the order's, from its first on.
  merchant_terms merchant;                  ///< As in force when it was opened.
  std::vector<channel_terms> channels;      ///< At least those it had attempts on, as in force then.
};

struct order_as_plan {
  oncepay::sim::plan plan;
  /// What was recorded when, and what the log doesn't say, so that the plan had to assume it. A line each.
  std::vector<std::string> remarks;
};

/// The error is one line: the decisions aren't those of an order.
tl::expected<order_as_plan, std::string> plan_from_order(const recorded_order&);

} // namespace oncepay::sim
