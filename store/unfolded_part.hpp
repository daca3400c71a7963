// What the index doesn't know yet: the decisions after its checkpoint. A writer keeps them in memory (index_tail), a
// reader of another process looks through the log (log_scan). Asked before the index, so that what is folded in between
// is seen twice rather than never. Internal to this floor.
#pragma once

#include "schema/stream.hpp"
#include "store/event_log.hpp"

#include <utility>
#include <vector>

namespace oncepay {

struct unfolded_stream {
  uint64_t number = 0;  ///< 0: only the index can know.
  uint32_t version = 0; ///< The newest; 0: only the index can know, for nothing of the stream is unfolded.
  /// Of the newest versions, in order: the last one is `version`'s.
  std::vector<uint64_t> positions;
};

/// What an unfolded decision says about one entry of the `open` index.
struct due_change {
  due_entry entry;
  uint64_t position = 0; ///< An index folded up to here or further knows better.
  bool present = false;
};

class unfolded_part {
public:
  virtual ~unfolded_part() = default;

  /// Positions may begin later than `from_version`'s; never later than the first unfolded one's from it on.
  virtual store_result<unfolded_stream> find(const stream_name&, uint32_t from_version) const = 0;

  /// Opened streams of a kind with their numbers, in order.
  virtual store_result<std::vector<std::pair<uint64_t, stream_name>>> opened(stream_kind) const = 0;

  /// The newest statement about each entry in `(after, until]`, in order; as many as the first `present_max` entries
  /// that are present need.
  virtual store_result<std::vector<due_change>> due_changes(const due_entry& after, instant until,
                                                            size_t present_max) const = 0;
};

} // namespace oncepay
