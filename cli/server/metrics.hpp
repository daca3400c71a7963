// The meters as Prometheus text: names, units and labels, given when somebody asks. Names are stable; the README lists
// them all, and a test compares. Merchants and orders are never labels: their number has no bound, and whoever reads
// metrics isn't always one who may know them.
#pragma once

#include "actors/context.hpp"
#include "cli/server/flood_gate.hpp"
#include "cli/server/process_facts.hpp"
#include "cli/server/readiness.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

/// What is known when somebody asks.
struct metrics_sources {
  const oncepay::meters& meters;
  const admission& admitted;
  const flood_gate& messages;
  const histogram<commit_bounds_us>& pool_waited_us;
  uint64_t log_position = 0;
  uint64_t log_bytes = 0;
  std::vector<follower_lag> followers;
  bool ready = false;
  std::string version;
  double started_at_s = 0; ///< Since 1970.
  process_facts process;
};

/// What the text is, as HTTP tells it.
inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_text(const metrics_sources&);

} // namespace oncepay::cli
