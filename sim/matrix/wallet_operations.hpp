// What customers' wallets take part in: they are topped up, pay, get back, transfer and pay out.
#pragma once

#include "sim/matrix/deeds.hpp"

namespace oncepay::sim::matrix {

made top_up_of_wallet(const cell&);
made credit_of_wallet(const cell&);
made pay_from_wallet(const cell&);
made refund_to_wallet(const cell&);
made transfer(const cell&);
made credit_of_transfer(const cell&);
made withdraw(const cell&);
made claim_from_wallet(const cell&);
made settle_with_wallet(const cell&);

} // namespace oncepay::sim::matrix
