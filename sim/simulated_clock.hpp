// The clocks of a simulated world: both stand still until the world moves them, and the wall clock can be set.
#pragma once

#include "schema/slewed_time.hpp"

namespace oncepay::sim {

class simulated_clock : public wall_clock {
public:
  /// 2026-01-01T00:00:00Z, so that histories read like histories.
  static constexpr instant epoch{1'767'225'600 * ns_per_s};

  instant now() override { return recorded_.read({epoch.ns + steady_ns_ + set_by_ns_}, steady_ns_); }
  void not_before(instant t) override { recorded_.not_before(t); }

  /// Time that has really passed since the world began, whatever the wall clock was set to.
  int64_t steady_ns() const { return steady_ns_; }
  void advance_ns(int64_t ns) { steady_ns_ += ns; }
  /// Sets the wall clock forwards or back.
  void jump_ms(int64_t ms) { set_by_ns_ += ms * ns_per_ms; }
  /// The next process's clock: it knows nothing of what an earlier one handed out.
  void restart() { recorded_ = {}; }

private:
  int64_t steady_ns_ = 0;
  int64_t set_by_ns_ = 0;
  slewed_time recorded_;
};

} // namespace oncepay::sim
