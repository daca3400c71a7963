// When an actor that says things at their times looks again. One tick is on its way for the next thing to say; what is
// earlier gets one of its own, and the later one then finds nothing to do.
#pragma once

#include "actors/messages.hpp"
#include "schema/limits.hpp"
#include "schema/time.hpp"

#include <algorithm>
#include <chrono>

namespace oncepay {

/// The earlier of two times that may be none: 0.
inline instant earlier_of(instant a, instant b) {
  return !a || (b && b < a) ? b : a;
}

class next_look {
public:
  /// Has `self` look again at `due`, and not before a tick's time has passed; none: 0.
  template <class Self>
  void in_time(Self self, instant now, instant due) {
    if (!due || (at_ && at_ <= due))
      return;
    at_ = due;
    const int64_t wait_ms = (due.ns - now.ns + ns_per_ms - 1) / ns_per_ms;
    self->delayed_send(self, std::chrono::milliseconds(std::max(wait_ms, limits::tick_ms)), tick{});
  }

  /// The tick is there.
  void has_come() { at_ = {}; }

private:
  instant at_; ///< A tick is on its way for it; none: 0.
};

} // namespace oncepay
