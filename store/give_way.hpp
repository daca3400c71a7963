// For threads whose work may lag: they take the processors that payments leave, a piece at a time.
#pragma once

namespace oncepay {

/// The calling thread, from here on: at a lower priority, and with rests. A refusal of the priority changes nothing but
/// the order in which things are done.
void give_way();

/// Said between two pieces of long work, every few microseconds, and never under a lock that payments take. A thread
/// that gives way then rests now and then, seven times as long as it worked; any other does nothing. A priority isn't
/// enough: it counts on each processor by itself, and Linux was seen to leave such a thread a whole processor for a
/// tenth of a second, while all that payments need queued for the other one.
void breathe();

/// While it lives, and `hurries`, its thread doesn't rest: somebody waits for the work, or too much has piled up.
class without_rest {
public:
  explicit without_rest(bool hurries);
  ~without_rest();
  without_rest(const without_rest&) = delete;
  without_rest& operator=(const without_rest&) = delete;

private:
  bool before_;
};

} // namespace oncepay
