// The journal: many decisions, one durable commit, and only then their effects.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

/// Detached where the context says so: it spends its life in fdatasync.
journal_actor spawn_journal(caf::actor_system&, context_ptr, system_ptr);

/// Folds indexes every `limits::fold_interval_ms` while the head moves.
folder_actor spawn_folder(caf::actor_system&, context_ptr);

} // namespace oncepay
