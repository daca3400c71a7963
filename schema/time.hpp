// Recorded time. The steady clock of the actor library schedules and is never recorded; what is recorded comes from
// the one injected `wall_clock`, stamped once where an input enters.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay {

/// Nanoseconds since 1970-01-01T00:00:00Z. 0 means "no time".
struct instant {
  int64_t ns = 0;
  auto operator<=>(const instant&) const = default;
  explicit operator bool() const { return ns != 0; }
};

inline constexpr int64_t ns_per_us = 1'000;
inline constexpr int64_t ns_per_ms = 1'000'000;
inline constexpr int64_t ns_per_s = 1'000'000'000;

inline instant plus_ms(instant t, int64_t ms) {
  return {t.ns + ms * ns_per_ms};
}

/// The process's only source of recorded time. Implementations are thread-safe, and never run behind an instant they
/// were told of, so that a clock set back can't date a decision before the one it follows.
class wall_clock {
public:
  virtual ~wall_clock() = default;
  virtual instant now() = 0;
  /// From here on `now()` is at least `t` (the log's last time, at start).
  virtual void not_before(instant t) = 0;
};

/// "2026-11-20T13:40:43.123Z", always UTC, to the millisecond.
std::string to_string(instant);

/// Reads "2026-11-20T13:40:43Z" (fraction optional, UTC only) or a whole number of seconds since 1970.
tl::expected<instant, std::string> parse_instant(std::string_view);

} // namespace oncepay
