#include "cli/server/system_clock.hpp"

#include <chrono>

namespace oncepay::cli {

instant system_clock::now() {
  using namespace std::chrono;
  const int64_t read = duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  int64_t latest = latest_ns_.load(std::memory_order_relaxed);
  while (latest < read)
    if (latest_ns_.compare_exchange_weak(latest, read, std::memory_order_relaxed))
      return {read};
  return {latest};
}

void system_clock::not_before(instant t) {
  int64_t latest = latest_ns_.load(std::memory_order_relaxed);
  while (latest < t.ns && !latest_ns_.compare_exchange_weak(latest, t.ns, std::memory_order_relaxed)) {
  }
}

} // namespace oncepay::cli
