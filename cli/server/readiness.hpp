// Whether a server should be sent payments (`/readyz`): a load balancer asks, and so do people at night.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

struct follower_lag {
  std::string_view name; ///< "index", or a view's.
  uint64_t decisions = 0;
  int64_t behind_ns = 0;
};

struct readiness_facts {
  bool listening = false;
  bool stopping = false;
  bool restored = false;
  int64_t committing_ns = 0; ///< How long the commit under way has taken; none: 0.
  std::vector<follower_lag> followers;
};

struct unready_reason {
  std::string_view name; ///< Stable: "opening", "stopping", "restored", "commit", "lag".
  std::string text;      ///< One line: what it waits for, or what to do.
};

/// Empty: ready.
std::vector<unready_reason> reasons_against(const readiness_facts&);

inline constexpr int64_t pool_silent_ms_max = 60'000;

/// Whether the threads that serve clients hang, by how long they haven't come to what was asked of them: what a
/// supervisor should end the server for. Empty: they don't.
std::string hang_text(int64_t pool_silent_ms);

/// "ready", or a line for each reason.
std::string readiness_text(const std::vector<unready_reason>&);
/// {"ready": …, "reasons": [{"name", "text"}]}, one line.
std::string readiness_json(const std::vector<unready_reason>&);

} // namespace oncepay::cli
