// One run: a plan, carried out on a simulated server with everybody in it, watched by every checker.
#pragma once

#include "actors/announcement.hpp"
#include "sim/check/checker.hpp"
#include "sim/plan/plan.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay {
class memory_event_log;
}

namespace oncepay::sim {

/// "simulated": part of every attempt's id in simulated runs.
inline constexpr std::string_view environment = "simulated";

/// The checker that says what a plan's `expectations` missed.
inline constexpr std::string_view expectations_checker = "as the scenario expects";

/// What somebody who watches a run may do to it, at the very moment that he waits for.
struct interference {
  std::function<void(uint32_t down_ms)> die; ///< The process dies as soon as the actor whose turn it is has ended it.
  std::function<void()> lose_next_commit;    ///< The next commit fails and is lost, and the process stops over it.
  std::function<void(const slow_commits&)> slow_down; ///< Those that begin from then on, for a while.
};

struct run_options {
  /// Told what happens, line by line; empty: nobody listens. Changes nothing of what happens.
  std::function<void(std::string_view line)> trace;
  /// Told (orders sent, orders planned) now and then.
  std::function<void(uint64_t done, uint64_t total)> progress;
  /// Ends sending at this time after the opening; 0: when the plan is through.
  int64_t until_us = 0;
  /// Ends at the first violation; else at the 16th.
  bool stop_at_first = true;
  /// Makes one more watcher, who lives as long as the run.
  std::function<std::unique_ptr<checker>(interference)> watch_too;
  /// Told what operators are told.
  std::function<void(severity, std::string_view)> said;
  /// Is given the log when the run is over: to be kept, or dumped.
  std::function<void(const event_log&)> keep;
};

struct run_violation {
  violation what;
  uint64_t step = 0;
  instant at;
  uint64_t position = 0;               ///< The log's head when it was seen.
  std::vector<std::string> trajectory; ///< Digest lines of the stream it is about.
};

struct run_result {
  uint64_t seed = 0;
  std::string log_hash; ///< Chain head, 64 hexadecimal digits: the whole history in one value.
  uint64_t decisions = 0;
  uint64_t steps = 0; ///< Actor turns.
  int64_t simulated_us = 0;
  uint64_t orders = 0;                    ///< Sent at least once.
  std::map<std::string, uint64_t> fates;  ///< "paid", "failed", "in doubt", "refused: busy", "never accepted", …
  std::map<std::string, uint64_t> faults; ///< Injected, by kind.
  std::vector<run_violation> violations;
  bool ok() const { return violations.empty(); }
};

run_result run(const plan&, const run_options& = {});

} // namespace oncepay::sim
