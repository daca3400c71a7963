#include "cli/sim/build.hpp"
#include "cli/sim/report.hpp"
#include "cli/sim/result_json.hpp"

#include "actors/domain/trajectory.hpp"

#include <nlohmann/json.hpp>

namespace oncepay::cli {

using json = nlohmann::ordered_json;

nlohmann::ordered_json sim_report_json(const sim_report& report, const sim_request& request) {
  const auto& t = report.totals;
  auto o = json::object();
  o["ok"] = t.ok();
  o["interrupted"] = report.interrupted;
  o["under_way"] = report.under_way;
  o["build"] = build_text();
  o["profile"] = request.scenario.empty() ? json(sim::name(request.profile)) : json(nullptr);
  o["scenario"] = request.scenario.empty() ? json(nullptr) : json(printable(request.scenario));
  o["seeds"] = t.seeds();
  o["orders_sent"] = t.orders;
  o["orders"] = t.fates;
  o["faults"] = t.faults;
  o["decisions"] = t.decisions;
  o["steps"] = t.steps;
  o["simulated_us"] = t.simulated_us;
  o["jobs"] = request.jobs;
  o["elapsed_ns"] = report.elapsed_ns;
  o["run_ns"] = t.run_ns;
  o["cpu_ns"] = t.cpu_ns;
  o["orders_per_core_s"] = t.orders_per_core_s();
  auto hashes = json::array();
  for (const auto& [seed, hash] : t.hashes())
    hashes.push_back({{"seed", seed}, {"log_hash", hash.empty() ? json(nullptr) : json(hash)}});
  o["hashes"] = std::move(hashes);
  o["digest"] = report.interrupted ? json(nullptr) : json(t.digest());
  auto failed = json::array();
  for (const auto& [seed, count] : t.failed())
    failed.push_back({{"seed", seed}, {"violations", count}, {"reproduce", reproducing_command(request, seed)}});
  o["failed_seeds"] = std::move(failed);
  auto violations = json::array();
  for (const auto& [seed, several] : t.told())
    for (const auto& v : several) {
      auto told = json::object();
      told["seed"] = seed;
      told.update(to_json(v));
      told["reproduce"] = reproducing_command(request, seed);
      violations.push_back(std::move(told));
    }
  o["violations"] = std::move(violations);
  return o;
}

nlohmann::ordered_json sim_smallest_json(const sim_smallest& s) {
  auto o = json::object();
  o["of_seed"] = s.seed;
  o["orders"] = s.orders;
  o["disturbances"] = s.disturbances;
  o["runs"] = s.runs;
  o["ended_early"] = s.ended_early;
  o["violation"] = to_json(s.violation);
  o["scenario"] = s.scenario;
  return o;
}

} // namespace oncepay::cli
