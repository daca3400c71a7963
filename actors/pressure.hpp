// Whether the server keeps up. Tickets bound how much is in the house; they can't bound how long it takes, because most
// of them may rightly wait for slow banks. What tells overload is how long commands queue for *us*: where even the
// luckiest of a whole window waited too long, the queue is a standing one, and whoever comes now is told `busy` instead
// of being let in to wait behind it. (A burst drains, and has lucky ones. The idea is CoDel's: Nichols and Jacobson,
// "Controlling Queue Delay", 2012.)
#pragma once

#include "schema/limits.hpp"
#include "schema/time.hpp"

#include <atomic>
#include <cstdint>
#include <limits>

namespace oncepay {

/// Thread-safe. Notes that race at a window's edge may fall into either; nothing else depends on it.
class pressure {
public:
  /// A command reached its entity, so long after it had entered.
  void note(instant now, int64_t queued_ns) {
    int64_t luckiest = luckiest_ns_.load(std::memory_order_relaxed);
    while (queued_ns < luckiest &&
           !luckiest_ns_.compare_exchange_weak(luckiest, queued_ns, std::memory_order_relaxed)) {
    }
    int64_t end = window_end_ns_.load(std::memory_order_relaxed);
    if (now.ns < end || !window_end_ns_.compare_exchange_strong(end, now.ns + limits::pressure_window_ms * ns_per_ms,
                                                                std::memory_order_relaxed))
      return;
    // A mean wouldn't do: a few who waited very long, behind a burst, would speak for all.
    luckiest = luckiest_ns_.exchange(nobody, std::memory_order_relaxed);
    if (luckiest != nobody && luckiest > limits::pressure_queued_ms_max * ns_per_ms)
      refuse_until_ns_.store(now.ns + limits::pressure_window_ms * ns_per_ms, std::memory_order_relaxed);
  }

  /// True where nobody may be let in for now.
  bool too_high(instant now) const { return now.ns < refuse_until_ns_.load(std::memory_order_relaxed); }

private:
  static constexpr int64_t nobody = std::numeric_limits<int64_t>::max();

  std::atomic<int64_t> window_end_ns_{0};
  std::atomic<int64_t> luckiest_ns_{nobody}; ///< Of this window.
  std::atomic<int64_t> refuse_until_ns_{0};
};

} // namespace oncepay
