// Orders whose settled attempts and refunds are asked about again, for tests of both.
#pragma once

#include "tests/domain/order_world.hpp"

#include <string_view>

#include <doctest/doctest.h>

namespace oncepay::test {

inline constexpr uint32_t check_after_ms = 60'000;

/// Open, its attempt drawn to be asked about again, or not.
inline order_world drawn_order(bool drawn = true) {
  order_world w;
  pay_input in = pay();
  in.route.check_after_ms = drawn ? check_after_ms : 0;
  REQUIRE(w.tell(in).has_value());
  return w;
}

/// And paid.
inline order_world drawn_and_paid(bool drawn = true) {
  order_world w = drawn_order(drawn);
  REQUIRE(w.tell(paid(1)).has_value());
  return w;
}

/// The date has come, and the check begins.
inline order_world asked_again(order_world w) {
  w.now = plus_ms(w.now, check_after_ms);
  REQUIRE(order::overdue(w.state, w.now) == input(timer_input{}));
  REQUIRE(w.tell(timer_input{}).has_value());
  return w;
}

/// Of an answer to a check.
inline enquiry_facts facts_of_check(const order_world& w) {
  return {w.now, 120'000, 3'600'000, 24, true};
}

inline check_input by_operator(const channel_id& channel = {}) {
  return {channel, "lin", "payer disputes it"};
}

inline refund_input refund_of(int64_t amount_minor, std::string_view number = "R-1") {
  return {*order_no::parse("A-7"), *order_no::parse(number), {amount_minor, cny}, ""};
}

} // namespace oncepay::test
