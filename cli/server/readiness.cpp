#include "cli/server/readiness.hpp"

#include "cli/json.hpp"
#include "schema/limits.hpp"
#include "schema/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

std::vector<unready_reason> reasons_against(const readiness_facts& f) {
  std::vector<unready_reason> reasons;
  if (f.stopping)
    reasons.push_back({"stopping", "the server is stopping: what is under way is finished, nothing new is taken"});
  else if (!f.listening)
    reasons.push_back({"opening", "the server isn't open yet: it recovers its state and applies its configuration"});
  if (f.restored)
    reasons.push_back({"restored", "the log came from a backup: queries only, until `oncepay log release`"});
  if (f.committing_ns >= limits::commit_stall_ms_max * ns_per_ms)
    reasons.push_back({"commit", fmt::format("a durable commit has been under way for {} s: look at the disk",
                                             f.committing_ns / ns_per_s)});
  for (const follower_lag& l : f.followers)
    if (l.decisions > 0 && l.behind_ns >= limits::follower_lag_ms_max * ns_per_ms)
      reasons.push_back({"lag", fmt::format("{} lies {} decisions and {} s behind the log", l.name, l.decisions,
                                            l.behind_ns / ns_per_s)});
  return reasons;
}

std::string hang_text(int64_t pool_silent_ms) {
  if (pool_silent_ms < pool_silent_ms_max)
    return "";
  return fmt::format("the threads that serve clients haven't answered for {} s: end this process, and start it again",
                     pool_silent_ms / 1'000);
}

std::string readiness_text(const std::vector<unready_reason>& reasons) {
  if (reasons.empty())
    return "ready\n";
  std::string lines;
  for (const unready_reason& r : reasons)
    lines += fmt::format("{}: {}\n", r.name, r.text);
  return lines;
}

std::string readiness_json(const std::vector<unready_reason>& reasons) {
  auto list = nlohmann::ordered_json::array();
  for (const unready_reason& r : reasons)
    list.push_back({{"name", r.name}, {"text", r.text}});
  return json_line({{"ready", reasons.empty()}, {"reasons", std::move(list)}});
}

} // namespace oncepay::cli
