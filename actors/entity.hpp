// The generic shell around a domain module.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

/// Spawns an entity that waits for its first stream: a `take_up`.
entity_actor spawn_entity(caf::actor_system&, context_ptr, system_ptr);

} // namespace oncepay
