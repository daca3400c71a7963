// A channel port whose bank is in the process: the virtual bank. It keeps every promise of a port: refuses what is past
// its `submit_before` ("never left", definite), answers each submission exactly once in time or says that it gave up
// waiting, passes late answers on, and returns permits.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

/// `terms_are_new`: this process made them a decision; else the log remembered them.
port_actor spawn_virtual_bank_port(caf::actor_system&, context_ptr, system_ptr, const channel_terms&,
                                   bool terms_are_new);

} // namespace oncepay
