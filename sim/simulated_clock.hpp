// The wall clock of a simulated world: it stands still until the world moves it.
#pragma once

#include "schema/time.hpp"

namespace oncepay::sim {

class simulated_clock : public wall_clock {
public:
  /// 2026-01-01T00:00:00Z, so that histories read like histories.
  static constexpr instant epoch{1'767'225'600 * ns_per_s};

  instant now() override { return now_; }
  void not_before(instant t) override {
    if (now_ < t)
      now_ = t;
  }
  void advance_ns(int64_t ns) { now_.ns += ns; }

private:
  instant now_ = epoch;
};

} // namespace oncepay::sim
