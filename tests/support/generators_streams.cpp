// Whose decisions they are.
#include "tests/support/generators.hpp"

namespace oncepay::generate {

rc::Gen<stream_name> stream() {
  return rc::gen::exec([] {
    switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return stream_name::of_merchant(*merchant());
    case 1:
      return stream_name::of_channel(*channel());
    case 2:
      return stream_name::of_account("wallet/" + *word("abcdefghijklmnopqrstuvwxyz0123456789_-", 64));
    case 3:
      return stream_name::of_operations();
    case 4:
      return stream_name::of_refund(*merchant(), *order_number());
    case 5:
      return stream_name::of_method(*method());
    case 6:
      return stream_name::of_batch(*merchant(), *order_number());
    default:
      return stream_name::of_order(*merchant(), *order_number());
    }
  });
}

} // namespace oncepay::generate
