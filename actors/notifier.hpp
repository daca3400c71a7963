// Who tells merchants of results: over HTTP, signed, bounded for each merchant and in all. Never says that a merchant
// was told unless it acknowledged; may tell a result again, and says so to nobody but the order.
#pragma once

#include "actors/context.hpp"

#include <caf/fwd.hpp>

namespace oncepay {

notifier_actor spawn_notifier(caf::actor_system&, context_ptr, system_ptr);

} // namespace oncepay
