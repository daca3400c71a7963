// Which events belong to which inputs, where the stream isn't an order's.
#pragma once

#include "schema/event.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

namespace oncepay::sim {

/// Events that an input of streams other than orders may cause.
bool belongs(stream_kind, const input&, const event&);

} // namespace oncepay::sim
