// Carries out what was asked for: one run here or many on their own processes, then what is said about them.
#pragma once

#include "cli/sim/request.hpp"
#include "sim/run.hpp"

#include <functional>

namespace oncepay::cli {

/// Where plans come from and what runs them.
struct sim_engine {
  std::function<sim::plan(uint64_t seed)> plan_of;
  std::function<sim::run_result(const sim::plan&, const sim::run_options&)> run;
};

/// Prints the report. Everything but `from_log` is carried out; a scenario is the engine's business.
exit_code simulate(const sim_request&, const sim_engine&);

} // namespace oncepay::cli
