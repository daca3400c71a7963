// Batches in scenarios.
#include "cli/sim/scenario_file.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const std::string head_of_batches = R"(name = "a story"
clients = 2
[[merchant]]
id = "m1"
fee = "0.6%"
[[channel]]
id = "alpha"
methods = ["card"]
currencies = ["CNY"]
cost = "0.2%"
[channel.bank]
)";

sim::plan parsed_batches(const std::string& text) {
  const auto plan = parse_scenario(head_of_batches + text, "s.toml");
  if (!plan)
    for (const auto& mistake : plan.error())
      MESSAGE(mistake);
  REQUIRE(plan);
  return *plan;
}

/// For this one mistake.
void refuses_batch(const std::string& text, const std::string& mistake) {
  const auto plan = parse_scenario(head_of_batches + text, "s.toml");
  REQUIRE(!plan);
  REQUIRE(plan.error().size() == 1);
  CHECK(plan.error().front() == mistake);
}

} // namespace

TEST_CASE("a batch is read with every one of its keys, and its lines are orders that others may name") {
  const auto plan = parsed_batches(R"(
[[batch]]
at = "3s"
batch = "m1/B-1"
currency = "CNY"
method = "bank-transfer"
total_minor = 299
client = 1
tries = 3
retry_after = "250ms"
lines = [
  { number = "L-1", amount_minor = 100, payee = "bob" },
  { number = "L-2", amount_minor = 200, payee = "carol" },
]
wishes = [
  { after = "1s", what = "line-alone-otherwise", client = 1, line = 1 },
  { after = "2s", what = "query" },
]
[[batch]]
at = "1s"
batch = "m1/B-0"
currency = "CNY"
method = "bank-transfer"
lines = [{ number = "L-3", amount_minor = 7, payee = "bob" }]
[[bank]]
order = "m1/L-2"
money_moves = true
[[expect]]
order = "m1/L-3"
state = "paid"
)");
  REQUIRE(plan.batches.size() == 2);
  CHECK(plan.batches[0].batch.total_minor == 7);
  const auto number = [](std::string_view text) {
    return order_no::trusted(text);
  };
  sim::planned_batch b;
  b.at_us = 3'000'000;
  b.client = 1;
  b.batch = {merchant_id::trusted("m1"),
             number("B-1"),
             method_id::trusted("bank-transfer"),
             *parse_currency("CNY"),
             299,
             "",
             {{number("L-1"), 100, "bob"}, {number("L-2"), 200, "carol"}}};
  b.tries_max = 3;
  b.retry_after_ms = 250;
  b.steps = {{1'000, sim::batch_wish::line_alone_otherwise, 1, 1}, {2'000, sim::batch_wish::query, 0, 0}};
  CHECK(plan.batches[1] == b);
}

TEST_CASE("a batch that nobody could send is a mistake of the file") {
  const std::string batch = R"([[batch]]
at = "3s"
batch = "m1/B-1"
currency = "CNY"
method = "bank-transfer"
)";
  refuses_batch(batch, "s.toml:12: batch: a batch has 1 to 200 lines");
  refuses_batch(batch + R"(lines = [{ number = "L-1", amount_minor = 100, payee = "" }])",
                "s.toml:17: batch.lines.payee: empty");
  refuses_batch(batch + R"(lines = [{ number = "L-1", amount_minor = 100, payee = "bob" }]
wishes = [{ after = "1s", what = "line-alone", line = 1 }])",
                "s.toml:18: batch.wishes.line: the batch has 1 lines, counted from 0");
  refuses_batch(batch + R"(lines = [{ number = "L-1", amount_minor = 100, payee = "bob" }]
[[expect]]
order = "m1/L-2"
state = "paid")",
                "s.toml:19: expect.order: nobody sends order 'm1/L-2'");
}
