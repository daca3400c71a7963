// What moves money of merchants' own: pay-outs, the top-ups that they are paid from, and what happens between an order
// and its merchant's account.
#pragma once

#include "sim/matrix/deeds.hpp"

namespace oncepay::sim::matrix {

inline constexpr reason credits_nothing = "a top-up that fails credits nothing";

made top_up(const cell&);
made pay_out(const cell&);
made enquire_of_pay_out(const cell&);
made pay_out_stopped(const cell&);
made claim(const cell&);
made settle(const cell&);
made credit(const cell&);

/// Nothing goes wrong at the bank of this world's order: it is its account that a kill meets.
made with_account(const cell&, plan world, moment strikes);
/// The last order of this world is a pay-out, and claims its money.
made claimed(const cell&, plan world);

} // namespace oncepay::sim::matrix
