#include "actors/pressure.hpp"

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

constexpr int64_t too_long_ns = 2 * limits::pressure_queued_ms_max * ns_per_ms;

instant at_ms(int64_t ms) {
  return plus_ms(instant{1}, ms);
}

} // namespace

TEST_CASE("A server in which even the luckiest command waits too long lets nobody in, for a while") {
  pressure p;
  p.note(at_ms(0), 0); // opens the first window
  for (int64_t ms = 1; ms <= limits::pressure_window_ms; ++ms)
    p.note(at_ms(ms), too_long_ns);
  CHECK(p.too_high(at_ms(limits::pressure_window_ms + 1)));
  CHECK_FALSE(p.too_high(at_ms(3 * limits::pressure_window_ms)));
}

TEST_CASE("A burst, in which somebody waits long and somebody doesn't, is no overload") {
  pressure p;
  for (int64_t ms = 0; ms < 4 * limits::pressure_window_ms; ++ms) {
    p.note(at_ms(ms), ms % 10 == 0 ? 1'000 : too_long_ns);
    CHECK_FALSE(p.too_high(at_ms(ms)));
  }
}

TEST_CASE("A server that nothing was noted of lets everybody in") {
  CHECK_FALSE(pressure().too_high(at_ms(0)));
  CHECK_FALSE(pressure().too_high(at_ms(1'000'000)));
}
