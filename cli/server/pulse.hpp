// Whether other threads still come to what they are asked, and how long each question waits: one at a time, so that
// none pile up where they hang.
#pragma once

#include "actors/meters.hpp"
#include "schema/time.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace oncepay::cli {

/// Of one thread, but for what it hands out.
class pulse {
public:
  using time = std::chrono::steady_clock::time_point;

  using waits = histogram<commit_bounds_us>;

  /// Asked every so often.
  explicit pulse(std::chrono::milliseconds every) : every_us_(std::chrono::microseconds(every).count()) {}

  /// What the others are to run, with the time when they do; empty while the last question is open. May outlive this.
  std::function<void(time)> ask(time now) {
    if (answers_->last.load() != asked_)
      return {};
    asked_at_ = now;
    return [answers = answers_, number = ++asked_, now, every_us = every_us_](time answered) {
      // Questions that weren't asked for this one would have waited, too: left out, a hang would count as one of many.
      int64_t waited_us = ns_between(now, answered) / ns_per_us;
      do
        answers->waited_us.add(waited_us);
      while ((waited_us -= every_us) > 0);
      answers->last.store(number);
    };
  }

  /// For how long a question has been open.
  int64_t silent_ms(time now) const {
    return answers_->last.load() == asked_ ? 0 : ns_between(asked_at_, now) / ns_per_ms;
  }

  /// How long each question waited for its answer, or would have; the open one left out.
  const waits& waited_us() const { return answers_->waited_us; }

private:
  struct answers {
    std::atomic<uint64_t> last = 0;
    waits waited_us;
  };

  static int64_t ns_between(time from, time to) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
  }

  const int64_t every_us_;
  const std::shared_ptr<answers> answers_ = std::make_shared<answers>();
  uint64_t asked_ = 0;
  time asked_at_;
};

} // namespace oncepay::cli
