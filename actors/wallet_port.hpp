// A channel port with no bank behind it: what is paid there, customers' wallets pay. A payment, a refund and an enquiry
// become questions to the wallet's account, under the id that the channel knows the operation by, so that the account
// removes duplicates as a bank would; its answer comes once what it decided is durable.
//
// It keeps every promise of a port: refuses what is past its `submit_before` ("never left", definite), answers each
// submission exactly once in time or says that it gave up waiting, passes late answers on, and returns permits. It asks
// for nothing twice. What a process that ended had asked for it doesn't know: the order is in doubt, and enquires.
// Questions to one account pass one way in their order, so an enquiry never overtakes the payment that it is about.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

namespace oncepay {

port_actor spawn_wallet_port(caf::actor_system&, context_ptr, system_ptr, const channel_terms&);

} // namespace oncepay
