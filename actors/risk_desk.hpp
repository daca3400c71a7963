// Where payments are held against risk rules.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

/// Only where the context has rules.
risk_actor spawn_risk_desk(caf::actor_system&, context_ptr);

} // namespace oncepay
