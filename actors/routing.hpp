// Router, limiter and the registry that keeps one limiter and one port a channel.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

router_actor spawn_router(caf::actor_system&, context_ptr);

limiter_actor spawn_limiter(caf::actor_system&, context_ptr, router_actor, submission_sink port,
                            channel_request_sink beside, const publish_channel_effect& terms,
                            const std::vector<lease>& out_at_start);

registry_actor spawn_registry(caf::actor_system&, context_ptr, system_ptr);

} // namespace oncepay
