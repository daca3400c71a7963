// The newest commits, which are durable in the write-ahead file and not in LMDB yet. Whoever reads asks here first and
// LMDB afterwards: a commit leaves only once LMDB has it. Internal to this floor.
#pragma once

#include "store/commit_frame.hpp"

#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace oncepay {

class pending_commits {
public:
  struct part {
    uint64_t first = UINT64_MAX;    ///< The first decision that is here at all; LMDB has all before it.
    std::vector<frame_ptr> commits; ///< Those with decisions that were asked for, in order.
  };
  part within(uint64_t from, uint64_t to) const;
  std::vector<frame_ptr> all() const;
  /// The newest commit's that ends at or before `position`, where it is here.
  std::optional<log_head> head_at_or_before(uint64_t position) const;

  void push(frame_ptr);
  void drop_oldest(size_t count);
  void replace(std::vector<frame_ptr>);

private:
  mutable std::mutex mutex_;
  std::deque<frame_ptr> commits_;
};

} // namespace oncepay
