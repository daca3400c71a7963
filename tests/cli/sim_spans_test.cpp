#include "cli/sim/spans.hpp"

#include <doctest/doctest.h>

using namespace oncepay::cli;

TEST_CASE("a span of simulated time is a number and its unit, as in scenarios") {
  CHECK(parse_span_us("90s") == 90'000'000);
  CHECK(parse_span_us("15m") == 900'000'000);
  CHECK(parse_span_us("2h") == 7'200'000'000);
  CHECK(parse_span_us("1.5d") == 129'600'000'000);
}

TEST_CASE("what is no span, or ends before it began, is refused") {
  for (const auto* wrong : {"", "s", "m", "xm", "90", "0s", "-1s", "-15m", "90 s", "+1s", "1w", "soon"})
    CHECK_FALSE_MESSAGE(parse_span_us(wrong).has_value(), wrong);
  CHECK(parse_span_us("0s").error() == "'0s' isn't after the opening");
}

TEST_CASE("a range of seeds includes both ends") {
  const auto range = parse_seed_range("3..7");
  REQUIRE(range.has_value());
  CHECK(*range == seed_range{3, 7});
  CHECK(range->count() == 5);
  CHECK(parse_seed_range("7..7")->count() == 1);
  CHECK(parse_seed_range("18446744073709551615..18446744073709551615")->count() == 1);
}

TEST_CASE("what is no range of seeds is refused, and so are more than anybody wants") {
  for (const auto* wrong : {"", "..", "1..", "..2", "1", "1-2", "1...2", "a..b", "1..2..3", "-1..2"})
    CHECK_FALSE_MESSAGE(parse_seed_range(wrong).has_value(), wrong);
  CHECK(parse_seed_range("8..7").error() == "8 is above 7");
  CHECK(parse_seed_range("1..1000000").has_value());
  CHECK_FALSE(parse_seed_range("0..1000000").has_value());
  CHECK_FALSE(parse_seed_range("0..18446744073709551615").has_value());
}
