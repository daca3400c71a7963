// A channel's health as routers see it (D1): of what it was asked within the last five minutes, how much stayed without
// a proven outcome. Declines are healthy answers; silence isn't.
#pragma once

#include "schema/terms.hpp"
#include "schema/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace oncepay {

class health_window {
public:
  static constexpr int64_t slot_ns = 10 * ns_per_s;
  static constexpr size_t slots = 30; ///< Five minutes.
  /// Fewer outcomes than this prove nothing, good or bad.
  static constexpr uint32_t outcomes_min = 20;
  /// From this share of unknown outcomes on the channel is unstable.
  static constexpr uint32_t unstable_ppm = 200'000;

  void note(instant now, reply_class outcome);
  bool unstable(instant now) const;

private:
  struct slot {
    int64_t number = -1; ///< Which ten seconds since 1970 it holds.
    uint32_t outcomes = 0;
    uint32_t unknown = 0;
  };
  std::array<slot, slots> ring_;
};

} // namespace oncepay
