// What `oncepay sim` is asked to do, and the command that asks for one of its runs again.
#pragma once

#include "cli/options.hpp"
#include "cli/sim/spans.hpp"
#include "sim/plan/profile.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace oncepay::cli {

/// A run keeps its log and its history in memory, about 3 KiB an order.
inline constexpr int64_t sim_orders_max = 1'000'000;
inline constexpr int64_t sim_days_max = 3'650;
inline constexpr int64_t sim_jobs_max = 256;

struct sim_request {
  sim::profile profile = sim::profile::storm;
  std::string scenario;    ///< A file, in place of a profile; empty: none.
  std::string from_log;    ///< A data directory to make a scenario from; empty: none.
  std::string order;       ///< The order there, "MERCHANT/ORDER_NO".
  seed_range seeds;        ///< One, where `many` is false.
  bool many = false;       ///< On processes of their own.
  bool names_seed = false; ///< Else a scenario's own seed holds.
  uint32_t orders = 1'000;
  uint32_t days = 0;
  bool matrix = false; ///< Every fault × operation × timing × restart, in place of a profile.
  std::string cells;   ///< Of these, whose names begin so; empty: all.
  std::string until;   ///< As it was typed; empty: to the plan's end.
  int64_t until_us = 0;
  size_t jobs = 1;
  std::string trace;
  std::string keep;
  bool shrink = false;
  bool json = false;
  bool hash_only = false;
  /// Options that only special builds know, as they were typed: part of every command that reproduces.
  std::vector<std::string> build_words;
};

const command_spec& sim_spec();

/// A mistake was reported.
tl::expected<sim_request, exit_code> sim_request_of(const parsed_options&);

/// "oncepay sim --profile storm --seed 7 --orders 1000": the same run again, on the same build.
std::string reproducing_command(const sim_request&, uint64_t seed);

/// "profile storm, 1 000 orders a seed", "scenario late.toml".
std::string what_runs(const sim_request&);

/// As a shell takes it as one word.
std::string shell_word(std::string_view);

} // namespace oncepay::cli
