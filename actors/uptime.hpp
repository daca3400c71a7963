// How long something took, for meters. The actor library's clock is the steady one in production and stands still in a
// simulator; what it says is never recorded.
#pragma once

#include <caf/actor_clock.hpp>

#include <chrono>
#include <cstdint>

namespace oncepay {

template <class Self>
int64_t uptime_ns(const Self* self) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(self->clock().now().time_since_epoch()).count();
}

} // namespace oncepay
