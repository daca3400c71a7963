// Streams to live entities.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

/// Which of the directories keeps a stream.
size_t index_of_directory(const stream_name&);

/// Spawns directory number `index` of `limits::directories`. Its first `tick` begins the sweep over everything the log
/// holds open, so that what a restart interrupted is looked at.
directory_actor spawn_directory(caf::actor_system&, context_ptr, system_ptr, size_t index);

} // namespace oncepay
