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
  /// `leisure` is asked before each rest: 1 where there is time enough, less the more work has piled up, 0 where none
  /// is left or somebody waits for it. A rest is so much shorter: work that hurries only once too much has piled up
  /// does so for half a second at a time, and everything else waits for it.
  explicit unhurried_work(std::function<double()> leisure);
  ~unhurried_work();
  unhurried_work(const unhurried_work&) = delete;
  unhurried_work& operator=(const unhurried_work&) = delete;

  int64_t rested_ns() const { return rested_ns_; } ///< As long as it really took.

private:
  friend void breathe();
  void rest_if_due();

  std::function<double()> leisure_;
  int64_t rested_at_ns_; ///< Of the processor time of this thread.
  int64_t rested_ns_ = 0;
};

/// To ask for a thread's processor time costs as much as a few pieces of work.
inline constexpr uint32_t pieces_per_look = 64;

/// Said between two pieces of long work, every few microseconds, and never under a lock that payments take. On a thread
/// that gives way it rests up to seven times as long as was worked, 14 ms at most; elsewhere it does nothing.
void breathe();

/// What is left to do of what may pile up, as leisure.
inline double leisure_at(uint64_t piled_up, uint64_t most) {
  return piled_up >= most ? 0 : 1 - static_cast<double>(piled_up) / static_cast<double>(most);
}

} // namespace oncepay
