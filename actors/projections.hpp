// Projection actors: each follows the log at its own pace and answers from its view.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

balances_actor spawn_balances(caf::actor_system&, const context_ptr&);
trajectory_actor spawn_trajectory(caf::actor_system&, const context_ptr&);

} // namespace oncepay
