#include "cli/sim/duration.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay::cli;

TEST_CASE("a time is a number and its unit, to the microsecond") {
  CHECK(parse_duration_us("0s") == 0);
  CHECK(parse_duration_us("250us") == 250);
  CHECK(parse_duration_us("300ms") == 300'000);
  CHECK(parse_duration_us("3.5s") == 3'500'000);
  CHECK(parse_duration_us("3.000001s") == 3'000'001);
  CHECK(parse_duration_us("2m") == 120'000'000);
  CHECK(parse_duration_us("1.5h") == 5'400'000'000);
  CHECK(parse_duration_us("10d") == 864'000'000'000);
  CHECK(parse_duration_us("-5s") == -5'000'000);
}

TEST_CASE("times are written in the unit that reads best") {
  CHECK(span_text(0) == "0s");
  CHECK(span_text(250) == "250us");
  CHECK(span_text(1'500) == "1.5ms");
  CHECK(span_text(300'000) == "300ms");
  CHECK(span_text(3'500'000) == "3.5s");
  CHECK(span_text(90'000'000) == "90s");
  CHECK(span_text(120'000'000) == "2m");
  CHECK(span_text(5'400'000'000) == "90m");
  CHECK(span_text(-86'400'000'000) == "-1d");
}

TEST_CASE("every time that is written is read back the same") {
  CHECK(rc::check([] {
    const auto us = *rc::gen::inRange<int64_t>(-duration_us_max, duration_us_max + 1);
    const auto small = us % *rc::gen::element<int64_t>(1'000, 1'000'000, 3'600'000'000, duration_us_max);
    RC_ASSERT(parse_duration_us(span_text(us)) == us);
    RC_ASSERT(parse_duration_us(span_text(small)) == small);
  }));
}

TEST_CASE("a time is never guessed at: what isn't plainly one is refused") {
  for (const auto* text : {"", "s", "5", "5.s", ".5s", "5 s", " 5s", "5sec", "+5s", "--5s", "1e3s", "1.2.3s", "0.5us",
                           "0.0001ms", "1.1234567s", "3661d", "99999999999999999999d", "5s5s", "10:00:03"}) {
    CAPTURE(text);
    CHECK(!parse_duration_us(text));
  }
}
