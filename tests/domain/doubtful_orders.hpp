// What tests of enquiries and reversals share: an attempt in doubt, and what its channel says when it is asked.
#pragma once

#include "tests/domain/order_world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace oncepay::test {

inline order_world in_doubt() {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(timed_out(1)));
  return w;
}

inline const order::attempt& attempt_of(const order_world& w) {
  return w.state.attempts.front();
}

/// Asked when it was due, answered ten milliseconds later.
inline attempt_input answered(const order_world& w, reply_class outcome, std::string code = "CODE") {
  attempt_input in = answer(1, evidence::enquiry, outcome, std::move(code));
  in.enquiry = enquiry_facts{.asked_at = w.now, .enquiries_max = 4};
  return in;
}

inline void wait_until_due(order_world& w) {
  w.now = order::due(w.state);
}

inline int64_t next_in_ms(const order_world& w) {
  return (order::due(w.state).ns - w.now.ns) / ns_per_ms;
}

} // namespace oncepay::test
