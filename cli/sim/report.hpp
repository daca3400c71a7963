// What `oncepay sim` says at the end: a table of what happened, and for whoever must repair it each broken rule with
// all that is needed to see it again.
#pragma once

#include "cli/sim/request.hpp"
#include "cli/sim/totals.hpp"

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

struct sim_report {
  sim_totals totals;
  int64_t elapsed_ns = 0;
  bool interrupted = false;
  std::vector<uint64_t> under_way; ///< Seeds, when it was.
};

/// A simpler run that breaks a rule too.
struct sim_smallest {
  std::string scenario; ///< TOML.
  uint64_t seed = 0;    ///< Whose run was shrunk.
  uint64_t orders = 0;
  uint64_t disturbances = 0;
  uint64_t runs = 0;        ///< It took to find it.
  bool ended_early = false; ///< There may be a smaller one.
  sim::run_violation violation;
};

/// Violations of so many seeds are shown in full; the rest are counted, and their seeds named.
inline constexpr size_t sim_seeds_shown_max = 3;

/// Tables and violations; ends with a newline.
std::string sim_report_text(const sim_report&, const sim_request&);
nlohmann::ordered_json sim_report_json(const sim_report&, const sim_request&);

std::string sim_smallest_text(const sim_smallest&, const sim_request&);
nlohmann::ordered_json sim_smallest_json(const sim_smallest&);

/// "7 3fa9…": a line for each seed. A run that crashed has "crashed" instead.
std::string sim_hash_lines(const sim_totals&);

/// A line for each seed that broke a rule: its first sentence and the command that reproduces it.
std::string sim_violation_lines(const sim_report&, const sim_request&);

exit_code sim_exit_code(const sim_report&);

} // namespace oncepay::cli
