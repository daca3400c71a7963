// oncepay sim: the production actors in a simulated world.
#include "cli/client/client.hpp"
#include "cli/sim/from_log.hpp"
#include "cli/sim/matrix.hpp"
#include "cli/sim/request.hpp"
#include "cli/sim/scenario_file.hpp"
#include "cli/sim/simulate.hpp"

#include <cstdio>
#include <optional>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

tl::expected<sim::plan, exit_code> read_scenario(const std::string& file) {
  auto plan = load_scenario(file);
  if (plan)
    return std::move(*plan);
  for (const std::string& mistake : plan.error())
    std::fputs((mistake + "\n").c_str(), stderr);
  return tl::unexpected(
      fail(exit_code::configuration, fmt::format("{} has {} mistake{}; nothing was run", file, plan.error().size(),
                                                 plan.error().size() == 1 ? "" : "s")));
}

} // namespace

exit_code run_sim(const arguments& args) {
  const auto options = parsed_options::parse(sim_spec(), args);
  if (!options)
    return options.error();
  auto request = sim_request_of(*options);
  if (!request)
    return request.error();
  if (!request->from_log.empty()) {
    const auto scenario = scenario_from_log(request->from_log, request->order);
    return scenario ? print_out(*scenario, exit_code::ok) : scenario.error();
  }
  if (request->matrix)
    return run_matrix(*request);
  std::optional<sim::plan> scenario;
  if (!request->scenario.empty()) {
    auto read = read_scenario(request->scenario);
    if (!read)
      return read.error();
    scenario = std::move(*read);
    if (!request->names_seed)
      request->seeds = {scenario->seed, scenario->seed};
  }
  const auto plan_of = [&](uint64_t seed) {
    if (!scenario)
      return sim::make_plan(request->profile, {.seed = seed, .orders = request->orders, .days = request->days});
    auto plan = *scenario;
    plan.seed = seed;
    return plan;
  };
  return simulate(*request, {.plan_of = plan_of, .run = sim::run});
}

} // namespace oncepay::cli
