// Many seeds on several processes: the actor library keeps process-wide state, and a run that crashes must take no
// other with it. Each process gets a seed at a time over a socket pair and answers with a line of JSON; one that dies
// is a violation of the seed it was at, and another takes its place.
#pragma once

#include "cli/sim/spans.hpp"
#include "cli/sim/totals.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Told (orders sent, orders planned) now and then.
using run_progress = std::function<void(uint64_t done, uint64_t total)>;
using seed_runner = std::function<sim::run_result(uint64_t seed, const run_progress&)>;

/// Runs one seed here and takes its times.
seed_run timed_run(uint64_t seed, const seed_runner&, const run_progress&);

struct jobs_listener {
  std::function<void(seed_run)> finished;
  /// The parts of unfinished runs that are done, added up: 1.5 is one and a half runs.
  std::function<void(double runs)> under_way;
};

struct jobs_end {
  bool interrupted = false;        ///< By SIGINT or SIGTERM; what was unfinished is lost.
  std::vector<uint64_t> under_way; ///< These seeds were: one that never ends is among them.
};

/// Every seed of the range once, `jobs` at a time. The error says why no process could be started. This process must
/// have no other thread.
tl::expected<jobs_end, std::string> run_jobs(const seed_range&, size_t jobs, const seed_runner&, const jobs_listener&);

} // namespace oncepay::cli
