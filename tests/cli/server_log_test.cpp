// What operators read: a flood of one kind drowns nothing else, nothing is swallowed, and a line stays a line.
#include "cli/server/server_log.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

uint32_t let_through(flood_gate& gate, topic about, uint32_t times) {
  uint32_t passed = 0;
  for (uint32_t i = 1; i <= times; ++i)
    passed += gate.let_through(severity::alarm, about, "number " + std::to_string(i)) ? 1 : 0;
  return passed;
}

} // namespace

TEST_CASE("A flood of one alarm becomes one line a second, with the last of them and their number") {
  flood_gate gate;
  CHECK(let_through(gate, topic::order, 1'000) == flood_gate::lines_per_second_max);
  auto said = gate.next_second();
  REQUIRE(said.size() == 1);
  CHECK(said[0].count == 1'000 - flood_gate::lines_per_second_max);
  CHECK(said[0].last_text == "number 1000");
  CHECK(let_through(gate, topic::order, 500) == 0); // it goes on
  said = gate.next_second();
  REQUIRE(said.size() == 1);
  CHECK(said[0].count == 500);
  CHECK(gate.messages(severity::alarm, topic::order) == 1'500);
  CHECK(gate.held() == 1'500 - flood_gate::lines_per_second_max);
}

TEST_CASE("A flood holds back nothing of another kind") {
  flood_gate gate;
  let_through(gate, topic::order, 1'000);
  CHECK(gate.let_through(severity::alarm, topic::view, "another topic"));
  CHECK(gate.let_through(severity::warning, topic::order, "another severity"));
}

TEST_CASE("When a flood is over, messages pass again") {
  flood_gate gate;
  let_through(gate, topic::order, 1'000);
  gate.next_second();
  CHECK(gate.next_second().empty());
  CHECK(gate.let_through(severity::alarm, topic::order, "the next"));
  CHECK(gate.next_second().empty());
}

TEST_CASE("A line for people says how much it matters, a held-back one how many there were") {
  CHECK(line_of(log_format::text, severity::alarm, topic::order, "order m/1: denied, then true", 1) ==
        "ALARM order m/1: denied, then true");
  CHECK(line_of(log_format::text, severity::warning, topic::view, "late", 12) ==
        "warning late (the last of 12 on this topic within a second)");
}

TEST_CASE("A line for programs is an object whatever a channel had to say") {
  const std::string quoted = "said \"no\"\n{\"level\":\"info\"} \xff";
  const std::string line = "{\"time\":\"\"," + line_of(log_format::json, severity::alarm, topic::order, quoted, 3);
  CHECK(line.find('\n') == std::string::npos);
  const auto fields = nlohmann::json::parse(line);
  CHECK(fields["level"] == "alarm");
  CHECK(fields["topic"] == "order");
  CHECK(fields["count"] == 3);
  CHECK(fields["text"] == "said \"no\"?{\"level\":\"info\"} \xef\xbf\xbd");
}

TEST_CASE("What a channel says can't begin a line of its own") {
  CHECK(line_of(log_format::text, severity::info, topic::order, "a\nALARM b\x1b[2J", 1) == "info a?ALARM b?[2J");
}
