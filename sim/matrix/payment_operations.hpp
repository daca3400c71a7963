// Payments and what is done with them: asked about, closed, called back, given back, told of.
#pragma once

#include "sim/matrix/deeds.hpp"

namespace oncepay::sim::matrix {

made pay(const cell&);
made pay_by_code(const cell&);
made enquire(const cell&);
made close(const cell&);
made reverse(const cell&);
made refund_all(const cell&);
made refund_part(const cell&);
made notice(const cell&);
made tell(const cell&);

/// The last order of this world meets the fault, as that operation of its bank.
made moved_as(const cell&, plan world, operation as);
/// The first order of this world is paid, and this wish to take it back meets the fault, as that operation.
made given_back(const cell&, plan world, planned_refund, operation as);
/// It isn't answered, and what meets the fault is the question what became of it.
made enquired(const cell&, plan world, operation about, uint32_t not_found_times);

} // namespace oncepay::sim::matrix
