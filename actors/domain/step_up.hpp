// Payments that their payers must confirm first, because a risk rule wants it (B5): accepted, durable, and nothing of
// them is submitted until a proof has come. Proofs are made by whoever has the payer confirm, with a key that it shares
// with the server; where a proof enters it is compared, and the decision sees whether it was one.
//
//   order   none ─ confirming ─┬─ open     confirmed: its first attempt is intended in that very decision
//                              ├─ failed   not confirmed in time, or too many wrong confirmations
//                              └─ closed   at its merchant's wish, or because it has expired: nothing was submitted
#pragma once

#include "actors/domain/order.hpp"

#include <optional>
#include <vector>

namespace oncepay::order {

/// A payment that isn't to be submitted, or not yet: none for what passes.
std::optional<std::vector<event>> stopped_by_risk(instant at, const pay_input&);

/// It waits for a confirmation, and this is one: then a channel is to be chosen first.
bool is_confirmation(const state&, const confirm_input&);
verdict_on_input decide_confirmation(const state&, instant at, const confirm_input&, attempt_intended first_attempt);

/// When its payer's time is over; none: 0.
instant step_up_due(const state&);
std::vector<event> end_step_up();

bool evolve_step_up(state&, instant at, const input&, const event&);

} // namespace oncepay::order
