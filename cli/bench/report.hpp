// What a load showed: of the payments, of the server's process, of its log.
#pragma once

#include "cli/bench/load.hpp"
#include "cli/bench/log_size.hpp"
#include "cli/bench/mix.hpp"
#include "cli/bench/server_process.hpp"
#include "cli/submit/report.hpp"

#include <map>
#include <optional>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

struct bench_report {
  load_plan plan;
  mix_plan mix;
  load_result load;

  std::map<outcome, uint64_t> outcomes;
  uint64_t accepted = 0;
  uint64_t busy = 0;              ///< "Busy" and "channel busy": nothing was written.
  uint64_t refused = 0;           ///< Otherwise: no such payment can be measured here.
  uint64_t duplicates = 0;        ///< Of the accepted: orders that existed already.
  uint64_t other_order = 0;       ///< Answers that speak of another order than was asked about.
  latency_histogram latency;      ///< Of the accepted.
  latency_histogram busy_latency; ///< Of what was told busy.

  std::optional<pid_t> server;
  std::optional<process_usage> server_used; ///< During the load.
  process_usage generator_used;             ///< By ourselves.
  uint64_t anonymous_bytes_max = 0;         ///< The server's, looked at now and then.
  std::optional<log_size> logged;           ///< During the load.

  void count(const command& asked, const reply&, int64_t latency_ns);

  /// Every payment sent got exactly one answer, about itself; none was refused for another reason than "busy".
  bool is_sound() const;
  double accepted_per_s() const;
};

std::string_view name(mix_shape);

std::string report_text(const bench_report&);
nlohmann::ordered_json report_json(const bench_report&);

} // namespace oncepay::cli
