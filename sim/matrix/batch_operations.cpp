#include "sim/matrix/batch_operations.hpp"

#include "sim/matrix/account_operations.hpp"
#include "sim/matrix/payment_operations.hpp"

#include <utility>

namespace oncepay::sim::matrix {

/// A kill meets the batch, not the bank that one of its lines reaches: that is 'pay-out'.
made pay_out_in_batch(const cell& c) {
  made s = moved_as(c, staged_batch(), operation::pay_out);
  if (!s)
    return s;
  if (c.restart != restart::none && c.fault != fault::none && c.fault != fault::silent && c.fault != fault::refuses)
    return tl::unexpected(reason("the kill is over before a bank hears of any line: 'none', 'refuses' and 'silent' "
                                 "have it, 'pay-out' those that come later"));
  s->strikes = moment::hand_out;
  return s;
}

made end_of_batch(const cell& c) {
  made s = with_account(c, staged_batch(), moment::handed_out);
  if (s)
    s->lines_open = 2;
  return s;
}

} // namespace oncepay::sim::matrix
