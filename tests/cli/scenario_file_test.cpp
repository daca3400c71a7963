#include "cli/sim/scenario_file.hpp"
#include "sim/plan/profile.hpp"
#include "tests/cli/plans.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const std::string head = R"(name = "a story"
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
const std::string order = R"([[order]]
at = "3s"
order = "m1/A-1"
amount_minor = 14780
currency = "CNY"
method = "card"
)";

sim::plan parsed(const std::string& text) {
  const auto plan = parse_scenario(text, "s.toml");
  if (!plan)
    for (const auto& mistake : plan.error())
      MESSAGE(mistake);
  REQUIRE(plan);
  return *plan;
}

config_mistakes mistakes_in(const std::string& text) {
  const auto plan = parse_scenario(text, "s.toml");
  REQUIRE(!plan);
  return plan.error();
}

/// One text, so that a failed check shows it.
std::string joined(const config_mistakes& mistakes) {
  std::string text;
  for (const auto& mistake : mistakes)
    text += mistake + '\n';
  return text;
}

void refuses(const std::string& text, const std::string& mistake) {
  CHECK(joined(mistakes_in(text)) == mistake + "\n");
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

} // namespace

TEST_CASE("a scenario says everything a plan holds, and nothing else: what is written is read back the same") {
  CHECK(rc::check([] {
    const auto plan = *generate::scenario_plan();
    const auto text = write_scenario(plan, {"how it came about", "and what isn't known"});
    const auto again = parse_scenario(text, "s.toml");
    if (!again)
      RC_FAIL(again.error().front() + "\n" + text);
    RC_ASSERT(*again == plan);
  }));
}

TEST_CASE("whatever a profile plans can be written as a scenario: what is shrunk must be kept") {
  for (const auto& profile : sim::profiles())
    for (const uint64_t seed : {uint64_t{1}, uint64_t{2}, uint64_t{INT64_MAX}}) {
      CAPTURE(profile.name);
      CAPTURE(seed);
      const auto plan = sim::make_plan(profile.what, {.seed = seed, .orders = 200, .days = 1});
      CHECK(bool(parsed(write_scenario(plan)) == plan));
    }
}

TEST_CASE("every block of a scenario is read with every one of its keys") {
  const auto plan = parsed(R"(name = "all of it"
seed = 7
clients = 3
tickets = 100
commit = { min = "200us", max = "1.5ms" }
link = { min = "0s", max = "2s" }
settle = "2m"

[lies]
repeat = "1%"
contradict = "2%"
deny = "3%"
unknown_code = "4%"
reply_after_timeout = "5%"

[[merchant]]
id = "m1"
fee = "0.6%"

[[channel]]
id = "alpha"
methods = ["card"]
currencies = ["CNY"]
cost = "0.2%"
[channel.bank]

[[order]]
at = "1h"
order = "m1/A/1"
amount_minor = 14780
currency = "CNY"
method = "card"
payer = "alice"
client = 2
tries = 3
retry_after = "250ms"
twice_at_once = true
other_amount_minor = 5
asks_afterwards = true

[[bank]]
order = "m1/A/1"
attempt = 1
money_moves = true
looked_at = false
answers = [
  { after = "2s", outcome = "failed_final", code = "NO" },
  { after = "300ms", outcome = "succeeded", code = "OK" },
]

[[expect]]
order = "m1/A/1"
state = "paid"
in_doubt = false
attempts = 1
channel = "alpha"
moved_times = 1
contradictions = 0
)");
  CHECK(plan.name == "all of it");
  CHECK(plan.seed == 7);
  CHECK(plan.clients == 3);
  CHECK(plan.tickets_total == 100);
  CHECK(plan.commit == sim::microseconds_between{200, 1'500});
  CHECK(plan.link == sim::microseconds_between{0, 2'000'000});
  CHECK(plan.settle_ms == 120'000);
  CHECK(plan.lies == sim::lies{10'000, 20'000, 30'000, 40'000, 50'000});
  CHECK(plan.merchants.size() == 1);
  CHECK(plan.channels.size() == 1);
  REQUIRE(plan.orders.size() == 1);
  const auto m1 = merchant_id::trusted("m1");
  const auto number = order_no::trusted("A/1");
  sim::planned_order o;
  o.at_us = 3'600'000'000;
  o.client = 2;
  o.pay = {m1, number, {14'780, *parse_currency("CNY")}, method_id::trusted("card"), "alice", {}};
  o.tries_max = 3;
  o.retry_after_ms = 250;
  o.twice_at_once = true;
  o.other_amount_minor = 5;
  o.asks_afterwards = true;
  CHECK(plan.orders[0] == o);
  const sim::bank_deed deed{
      true, {{300'000, reply_class::succeeded, "OK"}, {2'000'000, reply_class::failed_final, "NO"}}, false};
  CHECK(plan.deeds == std::vector<sim::planned_deed>{{m1, number, 1, deed}});
  CHECK(plan.expectations == std::vector<sim::expectation>{
                                 {m1, number, order_state::paid, false, {}, 1, channel_id::trusted("alpha"), 1, 0}});
}

TEST_CASE("disturbances come in the order of their times, and at one time in that of their lines") {
  const auto plan = parsed(head + R"(
[[switch]]
at = "4s"
channel = "alpha"
on = false
[[crash]]
at = "4s"
after_steps = 12
down = "2s"
[[switch]]
at = "4s"
channel = "alpha"
on = true
[[clock-jump]]
at = "1s"
by = "-1.5s"
[[failed-commit]]
at = "2s"
error = "full"
batch = "written"
[[full-disk]]
at = "3s"
for = "7s"
[[slow-commits]]
at = "5s"
commit = "6s"
for = "10ms"
[[cut-connection]]
at = "6s"
client = 1
in_mid_frame = true
[[outage]]
at = "7s"
channel = "alpha"
how = "hanging"
for = "1m"
)");
  const auto alpha = channel_id::trusted("alpha");
  const std::vector<sim::disturbance> expected{
      {1'000'000, sim::clock_jump{-1'500}},
      {2'000'000, sim::failed_commit{store_errc::full, batch_fate::written}},
      {3'000'000, sim::full_disk{7'000}},
      {4'000'000, sim::switch_channel{alpha, false}},
      {4'000'000, sim::crash{12, 2'000}},
      {4'000'000, sim::switch_channel{alpha, true}},
      {5'000'000, sim::slow_commits{6'000'000, 10}},
      {6'000'000, sim::cut_connection{1, true}},
      {7'000'000, sim::channel_outage{alpha, sim::outage_kind::hanging, 60'000}},
  };
  CHECK(plan.disturbances == expected);
}

TEST_CASE("all mistakes of a scenario are listed at once, each with its own line") {
  CHECK(joined(mistakes_in(R"(seed = -1
clients = 0
settel = "1s"
commit = { min = "2ms", max = "1ms" }
[lies]
deny = "101%"
[[order]]
at = "soon"
order = "m1"
amount_minor = 0
currency = "CNY"
method = "Card"
tries = 0
[[crash]]
down = "1.0005s"
[[failed-commit]]
at = "-1s"
error = "bad"
[[expect]]
order = "m1/A-1"
state = "payed"
)")) == joined(config_mistakes{
            "s.toml:1: name: missing: what the story is called",
            "s.toml:1: seed: must lie between 0 and 9223372036854775807",
            "s.toml:2: clients: must lie between 1 and 2000",
            "s.toml:3: settel: unknown key; did you mean 'settle'?",
            "s.toml:4: commit.min: above max",
            "s.toml:6: lies.deny: above 100%",
            "s.toml:8: order.at: 'soon' isn't a time such as \"3.5s\" or \"300ms\" (us, ms, s, m, h, d)",
            "s.toml:9: order.order: 'm1' isn't an order such as \"m1/A-7\": its merchant and its number",
            "s.toml:10: order.amount_minor: must lie between 1 and 1000000000000000",
            "s.toml:12: order.method: 'Card' isn't of the form [a-z0-9_.-]{1,24}",
            "s.toml:13: order.tries: must be at least 1",
            "s.toml:14: crash.at: missing: when it happens, after the opening",
            "s.toml:15: crash.down: must be whole milliseconds",
            "s.toml:17: failed-commit.at: must be at least 0s",
            "s.toml:18: failed-commit.error: 'bad' is none of 'io', 'full'",
            "s.toml:21: expect.state: 'payed' is none of 'none', 'open', 'paid', 'closing', 'closed', 'failed', "
            "'confirming'",
        }));
}

TEST_CASE("a story about somebody who isn't in it is refused: it would pass whatever happens") {
  const std::string all = head + order;
  auto stranger = order;
  stranger.replace(stranger.find("m1/"), 2, "m2");
  refuses(head + stranger, "s.toml:14: order.order: there is no merchant 'm2'");
  refuses(all + "client = 2\n", "s.toml:18: order.client: there are 2 clients, the last is 1");
  refuses(all + "[[expect]]\norder = \"m1/A-2\"\nstate = \"paid\"\n",
          "s.toml:19: expect.order: nobody sends order 'm1/A-2'");
  refuses(all + "[[expect]]\norder = \"m1/A-1\"\nchannel = \"beta\"\n",
          "s.toml:20: expect.channel: there is no channel 'beta'");
  refuses(all + "[[expect]]\norder = \"m1/A-1\"\n", "s.toml:18: expect: says nothing about the order");
  refuses(all + "[[bank]]\norder = \"m1/A-2\"\n", "s.toml:19: bank.order: nobody sends order 'm1/A-2'");
  refuses(all + "[[bank]]\norder = \"m1/A-1\"\nattempt = 2\n",
          "s.toml:20: bank.attempt: an order is tried once on each channel, and there are 1 of them");
  refuses(all + "[[switch]]\nat = \"1s\"\nchannel = \"beta\"\non = true\n",
          "s.toml:20: switch.channel: there is no channel 'beta'");
  refuses(all + "[[outage]]\nat = \"1s\"\nchannel = \"beta\"\n",
          "s.toml:20: outage.channel: there is no channel 'beta'");
  refuses(all + "[[cut-connection]]\nat = \"1s\"\nclient = 9\n",
          "s.toml:20: cut-connection.client: there are 2 clients, the last is 1");
}

TEST_CASE("what is said twice about one order is refused, for one of the two wouldn't hold") {
  const std::string all = head + order;
  const std::string deed = "[[bank]]\norder = \"m1/A-1\"\n";
  refuses(all + deed + deed, "s.toml:21: bank.order: attempt '1 of m1/A-1' stands already in line 19");
  const std::string expect = "[[expect]]\norder = \"m1/A-1\"\nattempts = 1\n";
  refuses(all + expect + expect, "s.toml:22: expect.order: order 'm1/A-1' stands already in line 19");
}

TEST_CASE("a seed that no TOML integer holds stands in quotes") {
  const auto with_seed = [](const std::string& seed) {
    return "seed = " + seed + "\n" + head;
  };
  CHECK(parsed(with_seed("\"18446744073709551615\"")).seed == UINT64_MAX);
  for (const auto* seed : {"\"18446744073709551616\"", "\"-1\"", "\"\"", "\"1 \"", "\"one\""})
    refuses(with_seed(seed), "s.toml:1: seed: must be a whole number of at most 64 bits, not a text");
}

TEST_CASE("two customers may send one order: that is a story") {
  CHECK(parsed(head + order + order).orders.size() == 2);
}

TEST_CASE("a scenario never writes a bank's book onto the disk") {
  refuses(head + "book = \"alpha.book\"\n",
          "s.toml:12: channel.bank.book: a simulated bank keeps its book in memory: leave it out");
}

TEST_CASE("a mistake in a merchant isn't told again at each of its orders") {
  auto broken = head;
  broken.replace(broken.find("id = \"m1\""), 9, "id = \"M1\"");
  refuses(broken + order, "s.toml:4: merchant.id: 'M1' isn't of the form [a-z0-9_-]{1,32}");
}

TEST_CASE("a scenario that can't be read is a mistake, not an empty story") {
  const auto missing = load_scenario("/nonexistent/s.toml");
  REQUIRE(!missing);
  CHECK(missing.error() == config_mistakes{"/nonexistent/s.toml:1: can't be read: No such file or directory"});
  const auto broken = mistakes_in("name = \"a\"\n[[order]\n");
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].starts_with("s.toml:2: "));
}

TEST_CASE("a damaged scenario is refused with lines, or still a whole one; it never breaks the reader") {
  const std::string good = head + order + "[[crash]]\nat = \"4s\"\n[[expect]]\norder = \"m1/A-1\"\nstate = \"paid\"\n";
  CHECK(rc::check([&] {
    auto text = good;
    const auto at = *rc::gen::inRange<size_t>(0, text.size());
    const auto removed = *rc::gen::inRange<size_t>(0, 20);
    const auto inserted = *rc::gen::container<std::string>(*rc::gen::inRange<size_t>(0, 4), rc::gen::arbitrary<char>());
    text.replace(at, removed, inserted);
    const auto plan = parse_scenario(text, "s.toml");
    if (plan) {
      const auto again = parse_scenario(write_scenario(*plan), "s.toml");
      RC_ASSERT(again.has_value());
      RC_ASSERT(*again == *plan);
      return;
    }
    RC_ASSERT(!plan.error().empty());
    for (const auto& mistake : plan.error())
      RC_ASSERT(mistake.starts_with("s.toml:"));
  }));
}

TEST_CASE("the documentation's example is a scenario, and its tables name every key there is") {
  const auto text = file_text(ONCEPAY_SOURCE_DIR "/tests/scenarios/README.md");
  const auto begin = text.find("```toml\n");
  REQUIRE(begin != std::string::npos);
  const auto end = text.find("```\n", begin + 1);
  REQUIRE(end != std::string::npos);
  const auto example = parsed(text.substr(begin + 8, end - begin - 8));
  CHECK(!example.expectations.empty());

  // A plan in which nothing has its default is written with every key.
  auto all = example;
  all.clients = 2;
  all.tickets_total = 1;
  all.commit.max_us = all.link.max_us = 2'000'000;
  all.settle_ms = 1;
  all.lies = {1, 1, 1, 1, 1};
  auto& o = all.orders[0];
  o.pay.payer = "p";
  o.client = 1;
  o.tries_max = 2;
  o.retry_after_ms = 1;
  o.twice_at_once = o.asks_afterwards = true;
  o.other_amount_minor = 1;
  const auto alpha = all.channels[0].channel;
  all.deeds = {{o.pay.merchant, o.pay.order_no, 1, {true, {{1, reply_class::unknown, "C"}}, false}}};
  all.expectations = {{o.pay.merchant, o.pay.order_no, order_state::paid, false, true, 1, alpha, 1, 0}};
  all.disturbances = {{1, sim::crash{1, 1}},
                      {1, sim::failed_commit{}},
                      {1, sim::full_disk{}},
                      {1, sim::slow_commits{}},
                      {1, sim::switch_channel{alpha}},
                      {1, sim::clock_jump{1}},
                      {1, sim::cut_connection{1, true}},
                      {1, sim::channel_outage{alpha}}};
  std::istringstream lines(write_scenario(all));
  bool in_terms = false; // Documented with the server's configuration.
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) {
      in_terms = line == "[[merchant]]" || line == "[[channel]]" || line == "[channel.bank]";
      CHECK_MESSAGE(text.find(line.substr(0, line.find(']'))) != std::string::npos, line);
    } else if (const auto key = line.substr(0, line.find(" = ")); !in_terms && key.size() < line.size()) {
      CHECK_MESSAGE((key.find('{') != std::string::npos || text.find("`" + key + "`") != std::string::npos), line);
    }
  }
}
