// For threads whose work may lag: they take the processors that payments leave, a piece at a time.
#pragma once

#include <cstdint>
#include <functional>

namespace oncepay {

/// The calling thread, from here on: at a lower priority, and with rests. A refusal of the priority changes nothing but
/// the order in which things are done.
void give_way();

/// Long work, for as long as it lives, of which a thread that gives way rests now and then. A priority isn't enough: it
/// counts on each processor by itself, and Linux was seen to leave such a thread a whole processor for a tenth of a
/// second while all that payments need queued for the other one. One at a time in a thread.
class unhurried_work {
public:
  /// `hurries` is asked before each rest: somebody waits for the work, or too much of it has piled up.
  explicit unhurried_work(std::function<bool()> hurries);
  ~unhurried_work();
  unhurried_work(const unhurried_work&) = delete;
  unhurried_work& operator=(const unhurried_work&) = delete;

  int64_t rested_ns() const { return rested_ns_; } ///< As long as it really took.

private:
  friend void breathe();
  void rest_if_due();

  std::function<bool()> hurries_;
  int64_t rested_at_ns_; ///< Of the processor time of this thread.
  int64_t rested_ns_ = 0;
};

/// Said between two pieces of long work, every few microseconds, and never under a lock that payments take. On a thread
/// that gives way it rests seven times as long as was worked, 14 ms at most; elsewhere it does nothing.
void breathe();

} // namespace oncepay
