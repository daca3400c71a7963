// Recorded time from a wall clock that people and machines set: it never goes back, and it never stands still.
//
// A clock set back must not date a decision before the one it follows. Standing still until time has caught up would
// keep that promise, but freeze every deadline: a machine that was a day ahead and is set right would wait a day for
// each time-out. So recorded time goes on at half speed until the wall clock has caught up, as time services slew a
// clock. Deadlines take twice as long meanwhile; none is lost.
#pragma once

#include "schema/time.hpp"

#include <algorithm>

namespace oncepay {

class slewed_time {
public:
  /// The recorded time at a reading of both clocks. `steady_ns` never decreases.
  instant read(instant wall, int64_t steady_ns) {
    if (!read_before_)
      steady_ns_ = steady_ns;
    read_before_ = true;
    const int64_t since = std::max<int64_t>(0, steady_ns - steady_ns_);
    latest_ = std::max(wall, instant{latest_.ns + since / 2});
    steady_ns_ = steady_ns;
    return latest_;
  }

  /// From here on `read` gives at least `t`.
  void not_before(instant t) { latest_ = std::max(latest_, t); }

private:
  instant latest_;
  int64_t steady_ns_ = 0; ///< Of the last reading.
  bool read_before_ = false;
};

} // namespace oncepay
