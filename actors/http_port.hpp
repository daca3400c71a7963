// A channel port whose channel is outside, spoken to over HTTP in a dialect. What left and has no genuine answer is
// unknown; only what provably never left, or what the channel itself documents as failed, has failed.
//
// It keeps every promise of a port: refuses what is past its `submit_before` ("never left", definite), answers each
// submission exactly once in time or says that it gave up waiting, passes late answers on where they prove something,
// and returns permits. It never sends anything twice.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

port_actor spawn_http_port(caf::actor_system&, context_ptr, system_ptr, const channel_terms&);

} // namespace oncepay
