// Reversal of payments by code (H2, H3): the payer stands at the till and shows a code, so his payment may not end in
// "nobody knows". While the channel says that he types a password it is asked again and again; what isn't decided in
// time is called back: the channel closes it unpaid, or gives the money back.
//
//   in doubt ── not decided in time ── reversing ─┬─ reversed   the channel confirms it: nothing moved, or moved back
//                                          ╷      └─ manual     it refuses, or repeats are used up
//                                          └─ repeated while it puts it off or doesn't answer; a repeat does no more
//
// What is heard before the reversal is durable decides the payment as ever. From then on a success doesn't pay the
// order any more, since its money may be on its way back: it is kept in suspense until the reversal is confirmed. Only
// then has the order failed; before, it is in doubt.
#pragma once

#include "actors/domain/attempt_rules.hpp"
#include "actors/domain/order.hpp"

#include <optional>
#include <vector>

namespace oncepay::order {

/// The payer showed a code, and the channel's terms have such payments reversed.
bool is_reversible(const attempt&);

/// When the channel is asked about it first, and then after how many enquiries how much later: a payer who waits at the
/// till is asked about within seconds (H2), others with the patience of the channel's terms.
int64_t enquiry_interval_ms(const attempt&, uint32_t count, const enquiry_facts&);

/// When the attempt in doubt is to be reversed; none: 0. A payer who is typing has all of the time that the channel's
/// terms give him. Silence and what proves nothing don't: but for the first half the channel may be at work on it, and
/// mustn't be asked to undo what it does (WeChat Pay: not before 15 s).
instant reversal_due(const state&);

/// Begins to reverse the live attempt.
std::vector<event> begin_reversal(const state&, instant at, const attempt&);

/// What a channel's answer to a reversal means, by its rule in the white list.
verdict_on_input decide_reversal_answer(const state&, instant at, const attempt&, const attempt_input&,
                                        const attempt_rule&);

/// A success of what is being reversed: what the channel took belongs to nobody here until it has moved back.
verdict_on_input set_success_aside(const state&, const attempt&);

/// True where the event was one of a reversal.
bool evolve_reversal(state&, const input&, const event&);
void add_reversal_effects(const state& after, const event&, std::vector<effect>&);

/// The reversal that its channel is to be asked for by now.
std::optional<channel_request_effect> reversal_request_due(const state&, instant now);

} // namespace oncepay::order
