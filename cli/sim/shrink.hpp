// A run that broke a rule, made smaller and written as a scenario.
#pragma once

#include "cli/sim/report.hpp"
#include "cli/sim/simulate.hpp"

#include <optional>

namespace oncepay::cli {

/// The lowest seed that broke a rule without taking its process along; nothing where there is none.
std::optional<sim_smallest> shrink_first(const sim_totals&, const sim_request&, const sim_engine&);

} // namespace oncepay::cli
