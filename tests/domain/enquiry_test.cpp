// In doubt is left by evidence alone (C1, C2): what enquiries prove, what they don't, and when a person's turn comes.
#include "actors/domain/attempt_rules.hpp"
#include "schema/limits.hpp"
#include "tests/domain/doubtful_orders.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

using namespace oncepay;
using namespace oncepay::test;

namespace {

attempt_input failed_question(const order_world& w) {
  attempt_input in = answered(w, reply_class::unknown, "QUERY_FAILED");
  in.source = evidence::enquiry_failed;
  return in;
}

} // namespace

TEST_CASE("A channel is asked about an attempt in doubt when it is due, not before, and by the attempt's own id") {
  order_world w = in_doubt();
  CHECK(order::requests_due(w.state, {order::due(w.state).ns - 1}).empty());
  const auto asked = order::requests_due(w.state, order::due(w.state));
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].enquiry);
  CHECK(asked[0].operation == operation::pay);
  CHECK(asked[0].id == attempt_of(w).id);
  CHECK(asked[0].channel == alpha);
  CHECK(asked[0].amount == w.state.amount);
  CHECK(asked[0].submit_before > order::due(w.state));
  CHECK(asked[0].reply_before > asked[0].submit_before);
}

TEST_CASE("An enquiry that proves the outcome settles the order") {
  order_world w = in_doubt();
  wait_until_due(w);
  SUBCASE("paid") {
    REQUIRE(w.tell(answered(w, reply_class::succeeded)));
    CHECK(w.state.status == order_state::paid);
    CHECK(ledger::balanced(w.postings()));
  }
  SUBCASE("failed, and never tried elsewhere, whatever the channel says about others") {
    REQUIRE(w.tell(answered(w, reply_class::failed_try_another)));
    CHECK(w.state.status == order_state::failed);
    CHECK(w.submissions() == 1);
  }
  CHECK(order::due(w.state) == instant{});
  CHECK(order::requests_due(w.state, plus_ms(w.now, 1'000'000)).empty());
}

TEST_CASE("Loss prevented: a question that failed is taken for a payment that failed") {
  order_world w = in_doubt();
  wait_until_due(w);
  REQUIRE(w.tell(failed_question(w)));
  CHECK(attempt_of(w).state == attempt_state::in_doubt);
  CHECK(order::standing(w.state) == errc::in_doubt);
  CHECK(attempt_of(w).enquiries == 1);
}

TEST_CASE("Loss prevented: \"not found\" is believed before the request can have arrived") {
  order_world w = in_doubt();
  const instant may_be_believed = plus_ms(attempt_of(w).submit_before, 120'000);
  w.now = {may_be_believed.ns - 1};
  REQUIRE(w.tell(answered(w, reply_class::not_found, "NOT_FOUND")));
  CHECK(attempt_of(w).state == attempt_state::in_doubt);
  CHECK(attempt_of(w).code == "NOT_FOUND");
  SUBCASE("it succeeded after all") {
    wait_until_due(w);
    REQUIRE(w.tell(answered(w, reply_class::succeeded)));
    CHECK(w.state.status == order_state::paid);
  }
  SUBCASE("asked later, it counts as failed, and somebody is told that requests get lost") {
    w.now = may_be_believed;
    w.effects.clear();
    REQUIRE(w.tell(answered(w, reply_class::not_found, "NOT_FOUND")));
    CHECK(w.state.status == order_state::failed);
    CHECK(w.submissions() == 0);
    REQUIRE(w.effects.size() == 1);
    CHECK(std::holds_alternative<alarm_effect>(w.effects[0]));
  }
}

TEST_CASE("\"Not found\" is asked again as soon as it may be believed, not after the whole interval") {
  order_world w = in_doubt();
  const instant may_be_believed = plus_ms(attempt_of(w).submit_before, 120'000);
  w.now = {may_be_believed.ns - 20 * ns_per_ms};
  REQUIRE(w.tell(answered(w, reply_class::not_found)));
  CHECK(order::due(w.state) == may_be_believed);
}

TEST_CASE("Enquiries that prove nothing come at growing intervals, up to the longest") {
  order_world w = in_doubt();
  std::vector<int64_t> intervals;
  for (int i = 0; i < 6; ++i) {
    wait_until_due(w);
    attempt_input in = answered(w, i % 2 == 0 ? reply_class::unknown : reply_class::payer_confirming);
    in.enquiry->enquiries_max = 24;
    in.enquiry->interval_ms_max = 1'000'000;
    REQUIRE(w.tell(in));
    intervals.push_back(next_in_ms(w));
  }
  CHECK(intervals == std::vector<int64_t>{240'000, 480'000, 960'000, 1'000'000, 1'000'000, 1'000'000});
}

TEST_CASE("Loss prevented: an order that nobody can clear up stays in doubt for ever and nobody knows") {
  order_world w = in_doubt();
  for (int i = 0; i < 4; ++i) {
    CHECK(attempt_of(w).state == attempt_state::in_doubt);
    wait_until_due(w);
    w.effects.clear();
    REQUIRE(w.tell(failed_question(w)));
  }
  CHECK(attempt_of(w).state == attempt_state::manual);
  CHECK(order::standing(w.state) == errc::in_doubt);
  CHECK(order::view(w.state).in_doubt);
  REQUIRE(w.effects.size() == 1);
  CHECK(std::holds_alternative<alarm_effect>(w.effects[0]));
  CHECK(next_in_ms(w) == limits::manual_again_ms);

  SUBCASE("its alarm is repeated once a day, when the channel is asked again") {
    wait_until_due(w);
    w.effects.clear();
    CHECK(order::requests_due(w.state, w.now).size() == 1);
    REQUIRE(w.tell(failed_question(w)));
    CHECK(attempt_of(w).state == attempt_state::manual);
    CHECK(w.effects.size() == 1);
    CHECK(next_in_ms(w) == limits::manual_again_ms);
  }
  SUBCASE("a late answer settles it") {
    REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded)));
    CHECK(w.state.status == order_state::paid);
  }
  SUBCASE("so does a notice") {
    REQUIRE(w.tell(told(w, reply_class::failed_final)));
    CHECK(w.state.status == order_state::failed);
    CHECK(w.submissions() == 0);
  }
  SUBCASE("a retry of the customer changes nothing") {
    const auto again = w.tell(pay());
    REQUIRE(again);
    CHECK(again->empty());
  }
}

TEST_CASE(
    "An answer to an enquiry that comes after the final result changes nothing, and a different one is recorded") {
  order_world w = in_doubt();
  REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded)));
  CHECK(w.tell(failed_question(w))->empty());
  CHECK(w.tell(answered(w, reply_class::unknown))->empty());
  CHECK(w.tell(answered(w, reply_class::succeeded))->empty());
  CHECK(w.tell(answered(w, reply_class::not_found))->empty()); // asked too early to say anything
  CHECK(w.state.contradictions == 0);
  REQUIRE(w.tell(answered(w, reply_class::failed_final)));
  CHECK(w.state.contradictions == 1);
  CHECK(w.state.status == order_state::paid);
}

TEST_CASE("The white list in the README is the white list of the code, for every state, evidence and outcome") {
  using key = std::tuple<std::string, std::string, std::string>;
  std::map<key, std::string> documented;
  std::ifstream readme(std::string(ONCEPAY_SOURCE_DIR) + "/README.md");
  std::vector<std::string> outcomes;
  for (std::string line; std::getline(readme, line);) {
    std::istringstream cells(line);
    std::vector<std::string> row;
    std::string cell;
    std::getline(cells, cell, '|');
    while (std::getline(cells, cell, '|')) {
      cell.erase(0, cell.find_first_not_of(" `"));
      cell.erase(cell.find_last_not_of(" `") + 1);
      row.push_back(cell);
    }
    if (row.size() > 2 && row[0] == "state" && row[1] == "evidence")
      outcomes = row;
    else if (outcomes.empty() || row.size() != outcomes.size())
      outcomes.clear();
    else if (row[0].find("--") == std::string::npos)
      for (size_t i = 2; i < row.size(); ++i)
        documented[{row[0], row[1], outcomes[i]}] = row[i];
  }
  size_t compared = 0;
  for (int s = 0; s <= 255; ++s)
    for (int e = 1; e <= 255; ++e)
      for (int o = 1; o <= 255; ++o) {
        const auto state = static_cast<attempt_state>(s);
        const auto source = static_cast<evidence>(e);
        const auto outcome = static_cast<reply_class>(o);
        if (name(state).empty() || name(source).empty())
          break;
        if (name(outcome).empty())
          break;
        const attempt_rule* rule = find_attempt_rule(state, source, outcome);
        std::string expected = "refused";
        if (rule != nullptr)
          switch (rule->then) {
          case consequence::move:
            expected = name(rule->to);
            break;
          case consequence::ask_again:
            expected = "ask again";
            break;
          case consequence::nothing_new:
            expected = "nothing";
            break;
          case consequence::set_aside:
            expected = "suspense";
            break;
          case consequence::contradiction:
            expected = "contradiction";
            break;
          }
        const auto it =
            documented.find({std::string(name(state)), std::string(name(source)), std::string(name(outcome))});
        // A combination without a row is refused.
        const std::string is = it == documented.end() ? "refused" : it->second == "-" ? "refused" : it->second;
        CHECK_MESSAGE(is == expected, name(state), " ", name(source), " ", name(outcome));
        ++compared;
      }
  CHECK(compared == 9 * 12 * 6);
  CHECK(documented.size() > 200);
}
