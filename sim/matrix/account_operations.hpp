// What moves money of merchants' own: pay-outs, the top-ups that they are paid from, and what happens between an order
// and its merchant's account.
#pragma once

#include "sim/matrix/deeds.hpp"

namespace oncepay::sim::matrix {

made top_up(const cell&);
made pay_out(const cell&);
made enquire_of_pay_out(const cell&);
made pay_out_stopped(const cell&);
made claim(const cell&);
made settle(const cell&);
made credit(const cell&);

} // namespace oncepay::sim::matrix
