#include "cli/sim/shrink.hpp"

#include "cli/progress.hpp"
#include "cli/sim/build.hpp"
#include "cli/sim/scenario_file.hpp"
#include "cli/table.hpp"
#include "sim/shrink.hpp"

#include "actors/domain/trajectory.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oncepay::cli {

std::optional<sim_smallest> shrink_first(const sim_totals& totals, const sim_request& request,
                                         const sim_engine& engine) {
  const auto& told = totals.told();
  const auto failed = std::find_if(told.begin(), told.end(),
                                   [&](const auto& entry) { return !totals.hashes().at(entry.first).empty(); });
  if (failed == told.end())
    return {};
  const auto& [seed, violations] = *failed;
  sim::run_options run_options;
  run_options.until_us = request.until_us;
  progress bar("shrink", stderr);
  std::string note = "the whole run";
  uint64_t runs = 0;
  sim::shrink_options options;
  options.progress = [&](const sim::plan& smallest, uint32_t) {
    note = fmt::format("{}, {}", counted(smallest.orders.size(), "order"),
                       counted(smallest.disturbances.size(), "disturbance"));
  };
  const auto run_one = [&](const sim::plan& plan) {
    bar.update({.done = runs++, .total = options.runs_max, .note = note}, steady_now_ns());
    return engine.run(plan, run_options);
  };
  const auto shrunk = sim::shrink(engine.plan_of(seed), violations.front(), run_one, options);
  bar.clear();
  sim_smallest smallest;
  smallest.scenario =
      write_scenario(shrunk.smallest, {fmt::format("Breaks {}: {}", printable(shrunk.violation.what.checker),
                                                   printable(shrunk.violation.what.sentence)),
                                       fmt::format("Shrunk from: {}", reproducing_command(request, seed)),
                                       fmt::format("Build: {}", build_text())});
  smallest.seed = seed;
  smallest.orders = shrunk.smallest.orders.size();
  smallest.disturbances = shrunk.smallest.disturbances.size();
  smallest.runs = shrunk.runs;
  smallest.ended_early = shrunk.ended_early;
  smallest.violation = shrunk.violation;
  return smallest;
}

} // namespace oncepay::cli
