// All of a log, decision by decision, in short reads: a log is never held open while something else is done.
#pragma once

#include "schema/decision.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "store/event_log.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace oncepay::cli {

/// Calls `look(recorded_decision)` with every decision that the log held when this began; it ends early where that
/// returns false.
template <class Look>
store_result<void> walk_log(const event_log& log, Look look) {
  const uint64_t end = log.head().position + 1;
  bool goes_on = true;
  std::string undecodable;
  for (uint64_t next = 1; next < end && goes_on;) {
    const uint64_t begin = next;
    const auto read = log.read_all(begin, limits::read_batch_decisions, [&](uint64_t position, bytes_view stored) {
      next = position + 1;
      auto d = decode_decision(stored);
      if (!d) {
        undecodable = "position " + std::to_string(position) + " can't be read: " + d.error();
        return goes_on = false;
      }
      return goes_on = position < end && look(recorded_decision{position, std::move(*d)});
    });
    if (!read)
      return tl::unexpected(read.error());
    if (!undecodable.empty())
      return tl::unexpected(store_error{store_errc::damaged, undecodable});
    if (next == begin)
      return tl::unexpected(store_error{store_errc::damaged, "position " + std::to_string(begin) +
                                                                 " is missing from the log; see `oncepay log verify`"});
  }
  return {};
}

} // namespace oncepay::cli
