// Which pay-outs an operator has stopped (C12): all, some merchants', or what goes out by some channels. One entity,
// the operations, decides about all of it, so that one look says what goes out. Whoever may submit learns of it before
// "off" is acknowledged: the router, so that nothing new is begun, and each port, the last door before a bank, so that
// nothing which had been let through earlier is sent.
//
// What was accepted isn't lost by it: it keeps its claim, and goes out once pay-outs go on (see pay_out.hpp).
#pragma once

#include "actors/domain/effect.hpp"
#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <vector>

namespace oncepay::pay_out_switch {

using state = pay_out_stops;

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
void evolve(state&, const input&, const event&);
std::vector<effect> effects(const state& after, const std::vector<event>&);

} // namespace oncepay::pay_out_switch
