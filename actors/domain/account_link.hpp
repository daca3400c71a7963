// What an order asks of the account with a floor that it pays out from or tops up: the merchant's available balance, or
// a wallet that the merchant issued.
//
//   pay-out   opened: claim ─┬─ granted: an attempt ─┬─ paid: settle
//                            │     │                 └─ failed: release
//                            │     └─ pay-outs are stopped: held; asks for the same claim again later
//                            └─ refused: failed, nothing was claimed
//   top-up    paid: credit
//
// The order is the durable asker: what it asks follows from its own decision, under a key that is its name, and is
// asked again after a restart until the account's answer is recorded here. The account knows a repeat by the key, so a
// process that dies in between has one effect, and no claim outlives its order.
#pragma once

#include "actors/domain/order.hpp"

#include <optional>
#include <vector>

namespace oncepay::order {

verdict_on_input decide_account_answer(const state&, instant at, const account_answer_input&);
/// True where this answer leaves the way to an attempt free.
bool grants_claim(const state&, const account_answer_input&);

/// Called after the order's own state has followed the event; of payments never.
void evolve_account_link(state&, instant at, const input&, const event&);
/// What its account must be told now that `events` are durable.
void add_account_effects(const state& after, const std::vector<event>& events, std::vector<effect>&);

} // namespace oncepay::order
