#include "cli/server/system_clock.hpp"

#include <chrono>

namespace oncepay::cli {

namespace {

template <class Clock>
int64_t ns_of() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

} // namespace

instant system_clock::now() {
  const std::scoped_lock lock(mutex_);
  return time_.read({ns_of<std::chrono::system_clock>()}, ns_of<std::chrono::steady_clock>());
}

void system_clock::not_before(instant t) {
  const std::scoped_lock lock(mutex_);
  time_.not_before(t);
}

} // namespace oncepay::cli
