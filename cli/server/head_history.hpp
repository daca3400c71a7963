// How long a follower of the log has been behind: the head's way through the last minutes, noted once a second. How
// many decisions it lacks doesn't tell: ten thousand may be a tenth of a second's or an hour's.
#pragma once

#include "schema/limits.hpp"

#include <cstdint>
#include <deque>

namespace oncepay::cli {

/// Times are of the steady clock.
class head_history {
public:
  void note(int64_t now_ns, uint64_t head) {
    if (!noted_.empty() && noted_.back().head >= head)
      return;
    noted_.push_back({now_ns, head});
    if (noted_.size() > limits::head_history_max)
      noted_.pop_front();
  }

  /// For how long, at least, there has been something beyond `position` in the log; nothing there: 0. Exact to a
  /// second.
  int64_t behind_ns(int64_t now_ns, uint64_t position) const {
    for (const place& p : noted_)
      if (p.head > position)
        return now_ns - p.at_ns;
    return 0;
  }

private:
  struct place {
    int64_t at_ns;
    uint64_t head;
  };
  std::deque<place> noted_; ///< Both grow.
};

} // namespace oncepay::cli
