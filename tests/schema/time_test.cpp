#include "schema/slewed_time.hpp"
#include "schema/time.hpp"
#include "tests/support/generators.hpp"

#include <doctest/doctest.h>

using namespace oncepay;

TEST_CASE("times are written in UTC to the millisecond") {
  CHECK(to_string(instant{1'763'646'043'123'999'999}) == "2025-11-20T13:40:43.123Z");
  CHECK(to_string(instant{}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_string(instant{-1}) == "1969-12-31T23:59:59.999Z");
  CHECK(to_string(instant{INT64_MAX}) == "2262-04-11T23:47:16.854Z");
  CHECK(to_string(instant{951'782'400 * ns_per_s}) == "2000-02-29T00:00:00.000Z");
}

TEST_CASE("times are read with or without a fraction, or as seconds") {
  CHECK(parse_instant("2025-11-20T13:40:43Z").value().ns == 1'763'646'043 * ns_per_s);
  CHECK(parse_instant("2025-11-20T13:40:43.5Z").value().ns == 1'763'646'043 * ns_per_s + 500 * ns_per_ms);
  CHECK(parse_instant("2025-11-20T13:40:43.123456789Z").value().ns == 1'763'646'043'123'456'789);
  CHECK(parse_instant("1763646043").value().ns == 1'763'646'043 * ns_per_s);
  CHECK(parse_instant("2000-02-29T23:59:59Z").has_value());
}

TEST_CASE("what isn't a time in UTC is refused, and the refusal repeats it") {
  for (std::string_view text : {"",
                                " ",
                                "2025-11-20",
                                "2025-11-20T13:40:43",
                                "2025-11-20 13:40:43Z",
                                "2025-11-20T13:40:43+08:00",
                                "2025-13-01T00:00:00Z",
                                "2025-02-29T00:00:00Z",
                                "2025-02-30T00:00:00Z",
                                "2025-00-10T00:00:00Z",
                                "2025-11-20T24:00:00Z",
                                "2025-11-20T23:60:00Z",
                                "2025-11-20T23:59:60Z",
                                "2025-11-20T23:59:59.Z",
                                "2025-11-20T23:59:59.1234567890Z",
                                "2025-11-20T23:59:59,5Z",
                                "1969-12-31T23:59:59Z",
                                "2262-01-01T00:00:00Z",
                                "99999999999999999999",
                                "9223372036854775807",
                                "-5",
                                "1.5",
                                "0",
                                "1970-01-01T00:00:00Z",
                                "now"}) {
    auto result = parse_instant(text);
    REQUIRE_MESSAGE(!result.has_value(), text);
    CHECK(result.error().find(text) != std::string::npos);
  }
}

TEST_CASE("what is printed reads back as the same millisecond") {
  CHECK(rc::check("parse after print", [] {
    instant t{*rc::gen::inRange<int64_t>(ns_per_ms, int64_t{9'000'000'000} * ns_per_s)};
    RC_ASSERT(parse_instant(to_string(t)).value().ns == t.ns / ns_per_ms * ns_per_ms);
  }));
}

TEST_CASE("Recorded time follows the wall clock while that goes forwards") {
  slewed_time t;
  const int64_t up_ns = 1'000'000 * ns_per_s; // a machine that has been up for days
  CHECK(t.read({100 * ns_per_s}, up_ns).ns == 100 * ns_per_s);
  CHECK(t.read({101 * ns_per_s}, up_ns + ns_per_s).ns == 101 * ns_per_s);
  CHECK(t.read({9'000 * ns_per_s}, up_ns + 2 * ns_per_s).ns == 9'000 * ns_per_s);
}

TEST_CASE("Loss prevented: a clock that is set back stops every deadline until time has caught up") {
  slewed_time t;
  const int64_t up_ns = 1'000'000 * ns_per_s;
  t.not_before({1'000 * ns_per_s}); // the log's last time, an hour ahead of what the clock says now
  auto read_after_s = [&](int64_t s) {
    return t.read({(100 + s) * ns_per_s}, up_ns + s * ns_per_s).ns / ns_per_s;
  };
  CHECK(read_after_s(0) == 1'000);
  CHECK(read_after_s(2) == 1'001);
  CHECK(read_after_s(200) == 1'100);
  CHECK(read_after_s(1'798) == 1'899);
  CHECK(read_after_s(1'810) == 1'910); // caught up
  CHECK(read_after_s(1'811) == 1'911);
}

TEST_CASE("Recorded time never goes back, whatever the wall clock does") {
  CHECK(rc::check("monotone", [](std::vector<int32_t> walls) {
    slewed_time t;
    instant before;
    int64_t steady_ns = 5;
    for (const int32_t wall : walls) {
      const instant now = t.read({int64_t{wall} * ns_per_s}, steady_ns += 1'000);
      RC_ASSERT(now >= before);
      before = now;
    }
  }));
}
