// Made-up runs for tests of what `oncepay sim` says about runs.
#pragma once

#include "cli/sim/totals.hpp"

#include <string>
#include <utility>

namespace oncepay::cli {

inline sim::run_violation paid_twice() {
  sim::run_violation v;
  v.what.checker = "money-moves-once";
  v.what.sentence = "the money of order m1/A-7 moved twice: on alpha and on beta";
  v.what.stream = stream_name::of_order(*merchant_id::parse("m1"), *order_no::parse("A-7"));
  v.step = 4'711;
  v.at = {1'700'000'000 * ns_per_s + 123'456'789};
  v.position = 42;
  v.trajectory = {"10:00:00 pay", "10:00:15 attempt_in_doubt"};
  return v;
}

inline seed_run good_run(uint64_t seed) {
  seed_run run;
  run.result.seed = seed;
  run.result.log_hash = std::string(64, static_cast<char>('a' + seed % 6));
  run.result.decisions = 300;
  run.result.steps = 2'000;
  run.result.simulated_us = 90'000'000;
  run.result.orders = 100;
  run.result.fates = {{"paid", 90}, {"in doubt", 10}};
  run.result.faults = {{"crash", seed}};
  run.real_ns = 50'000'000;
  run.cpu_ns = 40'000'000;
  return run;
}

inline seed_run bad_run(uint64_t seed) {
  auto run = good_run(seed);
  run.result.violations = {paid_twice()};
  return run;
}

} // namespace oncepay::cli
