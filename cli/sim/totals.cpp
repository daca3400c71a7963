#include "cli/sim/totals.hpp"

#include "schema/hash.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

seed_run crashed_run(uint64_t seed, std::string_view how) {
  seed_run run;
  run.result.seed = seed;
  sim::run_violation violation;
  violation.what.checker = "simulator";
  violation.what.sentence = fmt::format("the simulator itself crashed: {}", how);
  run.result.violations.push_back(std::move(violation));
  return run;
}

void sim_totals::add(seed_run run) {
  auto& r = run.result;
  if (!hashes_.emplace(r.seed, r.log_hash).second)
    return;
  orders += r.orders;
  decisions += r.decisions;
  steps += r.steps;
  simulated_us += r.simulated_us;
  run_ns += run.real_ns;
  cpu_ns += run.cpu_ns;
  for (const auto& [fate, count] : r.fates)
    fates[fate] += count;
  for (const auto& [kind, count] : r.faults)
    faults[kind] += count;
  if (r.ok())
    return;
  failed_.emplace(r.seed, r.violations.size());
  told_.emplace(r.seed, std::move(r.violations));
  if (told_.size() > seeds_told_max)
    told_.erase(std::prev(told_.end()));
}

std::string sim_totals::digest() const {
  hash256 head{};
  for (const auto& [seed, hash] : hashes_)
    head = chain_step(head, seed, as_bytes(hash));
  return hex(head);
}

double sim_totals::orders_per_core_s() const {
  return cpu_ns <= 0 ? 0 : static_cast<double>(orders) * 1e9 / static_cast<double>(cpu_ns);
}

} // namespace oncepay::cli
