// Coalesces "the head has moved": whoever follows the log is told once, and again only after it has followed. Each
// telling wakes a sleeping thread, and there are hundreds of commits a second.
#pragma once

#include <atomic>

namespace oncepay {

class head_bell {
public:
  /// True where the follower must be told.
  bool ring() { return !rung_.exchange(true); }
  /// The follower has followed, and looks at the head once more after this. An exchange, because what it sees then must
  /// not be older than this: a plain store could be overtaken by the look, and a head that moved in between would go
  /// unnoticed.
  void answer() { rung_.exchange(false); }

private:
  std::atomic<bool> rung_{false};
};

/// Of those who follow the log.
struct head_bells {
  head_bell folder;
  head_bell balances;
  head_bell trajectory;
};

} // namespace oncepay
