// Whether other threads still come to what they are asked: one question at a time, so that none pile up where they
// hang.
#pragma once

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

  /// What the others are to run; empty while the last question is open. May outlive this.
  std::function<void()> ask(time now) {
    if (answered_->load() != asked_)
      return {};
    asked_at_ = now;
    return [answered = answered_, number = ++asked_] {
      answered->store(number);
    };
  }

  /// For how long a question has been open.
  int64_t silent_ms(time now) const {
    if (answered_->load() == asked_)
      return 0;
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - asked_at_).count();
  }

private:
  const std::shared_ptr<std::atomic<uint64_t>> answered_ = std::make_shared<std::atomic<uint64_t>>(0);
  uint64_t asked_ = 0;
  time asked_at_;
};

} // namespace oncepay::cli
