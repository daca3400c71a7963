// The log's unit: input and events together, about one entity.
#pragma once

#include "schema/event.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <cstdint>
#include <vector>

namespace oncepay {

struct decision {
  instant at;           ///< When its input entered; never before the previous decision's.
  stream_name stream;   ///< The deciding stream.
  uint32_t version = 0; ///< This decision's number within its stream, from 1.
  instant due_before;   ///< The stream's due time until now; none: 0. Lets the `open` index be folded without state.
  instant due;          ///< From here on: when the entity must be woken again; none: 0.
  oncepay::input input;
  std::vector<event> events;
  bool operator==(const decision&) const = default;
};

/// A decision as the log holds it.
struct recorded_decision {
  uint64_t position = 0; ///< 1, 2, 3, … without gaps.
  oncepay::decision decision;
};

} // namespace oncepay
