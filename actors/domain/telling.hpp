// Merchants are told of their orders' results (B7): over HTTP, at growing intervals, until they acknowledge or tries
// are used up. Which results those are is decided in the very decision that makes them, so that no crash loses one;
// each try and what came of it is a decision too, and only an acknowledgement counts as told.
//
// Told are what a merchant acts upon and can rely on: paid, failed, closed; its refunds' success and failure. Not told
// are what is in doubt - no result, and the next answer may be either -, what was refused before an order existed, and
// what is our own affair: attempts, reversals (an order that ends by one is told as failed or closed), surpluses.
//
// Whether a merchant is told is fixed when its order is opened, from the terms in force then.
#pragma once

#include "actors/domain/order.hpp"

#include <vector>

namespace oncepay::order {

/// Behind each result among the events: that the merchant is to be told of it.
void add_results_to_tell(const state&, std::vector<event>&);

verdict_on_input decide_telling(const state&, instant at, const telling_input&);

/// True where the event was one of a telling.
bool evolve_telling(state&, instant at, const event&);
void add_telling_effects(const state& after, const event&, std::vector<effect>&);

/// The earliest that is later than `after`; none: 0.
instant telling_due(const state&, instant after = {});

} // namespace oncepay::order
