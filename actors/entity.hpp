// The generic shell around a domain module.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

/// Spawns the entity of a stream. `fresh`: the log holds no decision of it, so there is nothing to rehydrate; otherwise
/// it rehydrates itself and tells its directory `entity_ready`.
entity_actor spawn_entity(caf::actor_system&, context_ptr, system_ptr, const stream_name&, bool fresh);

} // namespace oncepay
