// When who follows the log folds next.
#pragma once

#include "schema/limits.hpp"
#include "schema/time.hpp"

#include <algorithm>
#include <cstdint>

namespace oncepay {

/// From the beginning of one fold to the next one's; a clock that was set meanwhile makes it no longer.
inline int64_t left_of_fold_interval_ms(instant began, instant now) {
  return std::clamp<int64_t>(limits::fold_interval_ms - (now.ns - began.ns) / ns_per_ms, 0, limits::fold_interval_ms);
}

} // namespace oncepay
