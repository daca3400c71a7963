// Closing an order: at its merchant's wish, or because it has expired. A payment that is under way can't be called
// back; so nothing new is tried, the channel is asked to close what is in doubt there, and the order is closed on proof
// alone that nothing was paid. Where it was paid after all, it is paid.
#pragma once

#include "actors/domain/order.hpp"

#include <vector>

namespace oncepay::order {

verdict_on_input decide_close(const state&, const close_input&);
/// Expiry, a reversal, or a surplus whose channel is to be asked again: whichever is due.
verdict_on_input decide_timer(const state&, instant at);

/// True where what failed failed by our own conclusion, or what was called back was never seen by its channel, which so
/// gave nothing back: a success that comes later conflicts with that only, and goes back. What the channel itself said
/// contradicts a success, and a person has to look.
bool undone_by_our_word(const attempt&);

/// Nothing new is tried from its expiry on, also where its timer comes late.
bool has_expired(const state&, instant at);
/// What ends an order of which nothing was ever submitted.
std::vector<event> close_unsubmitted();

/// Asks the channel to close the live attempt, where the order is to be closed and waits for proof.
void add_closing_effects(const state& after, const event&, std::vector<effect>&);

/// The time of the order's own timer; none: 0.
instant timer_due(const state&);

} // namespace oncepay::order
