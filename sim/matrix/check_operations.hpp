// What is settled is asked about once more. What the bank says then is the truth, unless that is the fault.
#pragma once

#include "sim/matrix/deeds.hpp"

namespace oncepay::sim::matrix {

made check_payment(const cell&);
made check_pay_out(const cell&);
made check_refund(const cell&);

} // namespace oncepay::sim::matrix
