// The door for notices of channels: bounded as every door is, and the one who knows when a notice may be acknowledged.
#pragma once

#include "actors/context.hpp"

#include <caf/fwd.hpp>

namespace oncepay {

notice_desk_actor spawn_notice_desk(caf::actor_system&, context_ptr, system_ptr);

} // namespace oncepay
