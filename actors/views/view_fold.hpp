// How a view follows the log: pull what is new, fold it, write changes and checkpoint in one transaction (so each
// decision is folded exactly once), and start again where the log isn't the one the view was made from.
#pragma once

#include "schema/decision.hpp"
#include "schema/log_codec.hpp"
#include "store/event_log.hpp"
#include "store/view_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace oncepay {

/// A stream's number: the position of its first decision.
using stream_numbers = std::function<store_result<uint64_t>(const stream_name&)>;

/// What a view sees of a decision: where it stands and what it changed, not its input, which would have to be built for
/// each view only to be thrown away. Refers to what it is made from: it is passed on, not kept.
struct recorded_outcome {
  recorded_outcome(uint64_t at_position, const decision_outcome& made)
      : position(at_position), stream(made.header.stream), version(made.header.version), events(made.events) {}
  /// Implicit: whoever has read the whole decision for other reasons has read its outcome.
  recorded_outcome(const recorded_decision& made)
      : position(made.position), stream(made.decision.stream), version(made.decision.version),
        events(made.decision.events) {}

  uint64_t position; ///< 1, 2, 3, … without gaps.
  const stream_name& stream;
  uint32_t version; ///< Within the stream, from 1.
  std::span<const event> events;
};

/// What one view makes of decisions. Gathers between `fold` and `changes`.
class view_rules {
public:
  virtual ~view_rules() = default;
  virtual void fold(const recorded_outcome&) = 0;
  /// What was gathered, as changes against what `before` holds; forgets it.
  virtual store_result<std::vector<view_change>> changes(const view_store& before, const stream_numbers&) = 0;
};

struct fold_progress {
  uint64_t position = 0; ///< The view holds everything up to here.
  bool at_head = false;  ///< Nothing was left when it looked.
  bool rebuilt = false;  ///< The view didn't fit the log and was cleared.
};

/// As the log has it.
store_result<uint64_t> number_of(const event_log&, const stream_name&);

/// Folds at most `max` decisions. `agreed`: up to here an earlier call, of this very process, found that the view was
/// made from this log; 0: none did. Whether it was is told by the chain of all that is folded, up to a head's; once
/// that is known, what the process appends itself needn't be hashed again.
store_result<fold_progress> fold_view(const event_log&, view_store&, view_rules&, size_t max, uint64_t agreed = 0);

} // namespace oncepay
