// What became of the runs, added up: one for a single seed, thousands for a range.
#pragma once

#include "cli/sim/spans.hpp"
#include "sim/run.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

struct seed_run {
  sim::run_result result;
  int64_t real_ns = 0;
  int64_t cpu_ns = 0;
};

/// A run that took its whole process down. The checker is called "simulator", and there is no hash.
seed_run crashed_run(uint64_t seed, std::string_view how);

class sim_totals {
public:
  /// Violations in full are kept of so many seeds, the lowest: a build that breaks every run must not fill the memory.
  static constexpr size_t seeds_told_max = 100;

  void add(seed_run);

  /// Each seed once, whatever order they finished in.
  uint64_t seeds() const { return hashes_.size(); }
  bool ok() const { return failed_.empty(); }

  /// Empty where that run crashed.
  const std::map<uint64_t, std::string>& hashes() const { return hashes_; }
  /// How many violations each seed has that has any.
  const std::map<uint64_t, size_t>& failed() const { return failed_; }
  const std::map<uint64_t, std::vector<sim::run_violation>>& told() const { return told_; }

  /// One value for all hashes in the order of their seeds: equal exactly where every run was.
  std::string digest() const;

  /// Of CPU time: what one core does, however many were at work beside it.
  double orders_per_core_s() const;

  uint64_t orders = 0;
  uint64_t decisions = 0;
  uint64_t steps = 0;
  int64_t simulated_us = 0;
  int64_t run_ns = 0; ///< Real time of all runs, one after the other.
  int64_t cpu_ns = 0;
  std::map<std::string, uint64_t> fates;
  std::map<std::string, uint64_t> faults;

private:
  std::map<uint64_t, std::string> hashes_;
  std::map<uint64_t, size_t> failed_;
  std::map<uint64_t, std::vector<sim::run_violation>> told_;
};

} // namespace oncepay::cli
