#include "cli/config/percent.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <fmt/format.h>

using namespace oncepay::cli;

TEST_CASE("a percentage is read to the part per million, without rounding") {
  CHECK(parse_percent("0%") == 0u);
  CHECK(parse_percent("0.60%") == 6'000u);
  CHECK(parse_percent("0.6%") == 6'000u);
  CHECK(parse_percent("0.0001%") == 1u);
  CHECK(parse_percent("100%") == 1'000'000u);
  CHECK(parse_percent("12.3456%") == 123'456u);
  CHECK(parse_percent("999.9999%") == 9'999'999u);
}

TEST_CASE("every part per million is written and read back") {
  CHECK(rc::check([] {
    const auto ppm = *rc::gen::inRange(0u, 10'000'000u);
    const auto text = fmt::format("{}.{:04}%", ppm / 10'000, ppm % 10'000);
    RC_ASSERT(parse_percent(text) == ppm);
  }));
}

TEST_CASE("a fee is never guessed at: what isn't plainly a percentage is refused") {
  for (const auto* text :
       {"",    "%",   "0.6", "6000", ".5%",      "5.%",      "1..2%", "1.2.3%", "-1%",  "+1%", "1e2%",
        " 1%", "1 %", "1%%", "0,6%", "0.60001%", "0.00000%", "1000%", "0001%",  "0x1%", "½%"}) {
    CAPTURE(text);
    CHECK(!parse_percent(text));
  }
}
