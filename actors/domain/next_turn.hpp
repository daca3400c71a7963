// Whose turn it is once something was decided, or refused.
#pragma once

#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <optional>

namespace oncepay {

struct next_turn {
  stream_name to;
  std::optional<input> what = {}; ///< What he is told; none: the same as whoever hands it on.
};

} // namespace oncepay
