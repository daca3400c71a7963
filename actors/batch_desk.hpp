// Who hands the lines of batches to their orders. Each line is proposed to its order as a single pay-out is, so that
// every rule of pay-outs holds for it; what comes of it is the order's. Keeps nothing that outlives it: a batch whose
// lines weren't all handed out when the process ended asks again, and its orders know what they have seen.
#pragma once

#include "actors/context.hpp"

#include <caf/fwd.hpp>

namespace oncepay {

batch_desk_actor spawn_batch_desk(caf::actor_system&, context_ptr, system_ptr);

} // namespace oncepay
