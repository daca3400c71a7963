// What a load does with a server, and what it notices about the answers.
#include "cli/bench/load.hpp"

#include "tests/cli/scripted_server.hpp"

#include <map>
#include <set>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

std::string number_of(const command& c) {
  return std::get<pay_command>(c.body).order_no.str();
}

struct numbered_source : load_source {
  void fill(uint64_t n, command& c) override {
    c.body = pay_command{.merchant = merchant_id::trusted("m1"),
                         .order_no = order_no::trusted("A-" + std::to_string(n)),
                         .amount = {100, *parse_currency("CNY")},
                         .method = method_id::trusted("card"),
                         .payer = {},
                         .placed_at = {}};
  }
};

struct recording_load : load_listener {
  std::map<std::string, int> answers;
  std::vector<int64_t> latencies_ns;
  void answered(const command& asked, const reply& r, int64_t latency_ns) override {
    ++answers[number_of(asked)];
    latencies_ns.push_back(latency_ns);
    if (const auto* order = std::get_if<order_view>(&r.body))
      CHECK(order->order_no.str() == number_of(asked));
  }
};

struct load_run {
  tl::expected<load_result, std::string> result;
  recording_load seen;
};

load_run load_server(const scripted_server& server, load_plan plan) {
  plan.server = server.address();
  load_run run;
  numbered_source source;
  load_engine engine(plan, source, run.seen);
  run.result = engine.run();
  return run;
}

scripted_action paid(const command& c) {
  return {.replies = {order_reply(c, order_state::paid, "alpha")}, .hang_up = false, .raw = {}};
}

} // namespace

TEST_CASE("bench: every payment is sent once and finds its answer, over all connections") {
  scripted_server server([](const command& c, size_t) { return paid(c); });
  const auto run = load_server(server, {.connections = 3, .in_flight = 8, .commands = 500});
  REQUIRE(run.result.has_value());
  CHECK(run.result->sent == 500);
  CHECK(run.result->answered == 500);
  CHECK(run.result->unanswered + run.result->doubled + run.result->strays == 0);
  CHECK(run.result->broke.empty());
  CHECK(run.seen.answers.size() == 500);
  CHECK(server.connections() == 3);
  std::set<std::string> received;
  for (const auto& c : server.received())
    CHECK(received.insert(number_of(c)).second);
  CHECK(received.size() == 500);
}

TEST_CASE("bench: a closed loop keeps so many in flight and never one more") {
  constexpr size_t in_flight = 16;
  std::vector<command> held;
  size_t held_most = 0;
  // Answers only when that many are there, last come first: one fewer in flight, and this would never end.
  scripted_server server([&](const command& c, size_t) -> scripted_action {
    held.push_back(c);
    held_most = std::max(held_most, held.size());
    if (held.size() < in_flight)
      return {};
    scripted_action all;
    for (auto it = held.rbegin(); it != held.rend(); ++it)
      all.replies.push_back(order_reply(*it, order_state::paid, "alpha"));
    held.clear();
    return all;
  });
  const auto run = load_server(server, {.in_flight = in_flight, .commands = 10 * in_flight});
  REQUIRE(run.result.has_value());
  CHECK(run.seen.answers.size() == 10 * in_flight);
  CHECK(held_most == in_flight);
}

TEST_CASE("bench: a server that falls behind an open loop is seen to have kept everybody waiting who was due") {
  scripted_server server([](const command& c, size_t) { return paid(c); });
  // A payment every microsecond, one in flight: no server on a socket keeps that pace, so that each waits for all
  // before it. Measured from its sending, each would look as quick as the first.
  constexpr uint64_t payments = 100;
  const auto run = load_server(server, {.in_flight = 1, .commands = payments, .rate_per_s = 1'000'000});
  REQUIRE(run.result.has_value());
  REQUIRE(run.seen.latencies_ns.size() == payments);
  CHECK(run.seen.latencies_ns.back() == run.result->elapsed_ns - 1'000 * static_cast<int64_t>(payments - 1));
  CHECK(run.result->sent_late.count() == payments);

  const auto closed = load_server(server, {.in_flight = 1, .commands = payments});
  REQUIRE(closed.result.has_value());
  int64_t sum_ns = 0;
  for (const auto ns : closed.seen.latencies_ns)
    sum_ns += ns;
  CHECK(sum_ns <= closed.result->elapsed_ns);
  CHECK(closed.result->sent_late.count() == 0);
}

TEST_CASE("bench: an open loop for a time sends what its rate and that time make") {
  scripted_server server([](const command& c, size_t) { return paid(c); });
  const auto run =
      load_server(server, {.connections = 2, .in_flight = 64, .duration_ns = 20'000'000, .rate_per_s = 5'000});
  REQUIRE(run.result.has_value());
  CHECK(run.result->sent == 100);
  CHECK(run.seen.answers.size() == 100);
}

TEST_CASE("bench: a second answer to one payment is counted, and counts for no payment") {
  scripted_server server([](const command& c, size_t earlier) {
    auto action = paid(c);
    if (earlier % 10 == 3)
      action.replies.push_back(action.replies[0]);
    return action;
  });
  const auto run = load_server(server, {.in_flight = 4, .commands = 50});
  REQUIRE(run.result.has_value());
  CHECK(run.result->answered == 50);
  CHECK(run.result->doubled == 5);
  for (const auto& [number, answers] : run.seen.answers)
    CHECK(answers == 1);
}

TEST_CASE("bench: an answer to what was never asked is a stray") {
  scripted_server server([](const command& c, size_t earlier) {
    auto action = paid(c);
    auto stray = action.replies[0];
    if (earlier == 7)
      stray.request_id += uint64_t{1} << 40;
    else if (earlier == 9)
      stray.request_id = 0;
    if (stray.request_id != c.request_id)
      action.replies.insert(action.replies.begin(), stray);
    return action;
  });
  const auto run = load_server(server, {.in_flight = 2, .commands = 20});
  REQUIRE(run.result.has_value());
  CHECK(run.result->answered == 20);
  CHECK(run.result->strays == 2);
  CHECK(run.result->doubled == 0);
}

TEST_CASE("bench: a payment that is never answered is counted as lost, and the run ends") {
  scripted_server server([](const command& c, size_t) { return number_of(c) == "A-5" ? scripted_action{} : paid(c); });
  const auto run = load_server(server, {.in_flight = 2, .commands = 30, .reply_timeout_ms = 30});
  REQUIRE(run.result.has_value());
  CHECK(run.result->sent == 30);
  CHECK(run.result->answered == 29);
  CHECK(run.result->unanswered == 1);
  CHECK(run.result->broke == "nothing was answered for 30 ms");
}

TEST_CASE("bench: after a connection broke nothing more is sent, and what was on it is lost") {
  scripted_server server([](const command& c, size_t earlier) -> scripted_action {
    if (earlier < 10)
      return paid(c);
    return {.replies = {}, .hang_up = true, .raw = {}};
  });
  const auto run = load_server(server, {.in_flight = 1, .commands = 1'000});
  REQUIRE(run.result.has_value());
  CHECK(run.result->answered == 10);
  CHECK(run.result->sent == 11);
  CHECK(run.result->unanswered == 1);
  CHECK(run.result->broke.find("closed the connection") != std::string::npos);
}

TEST_CASE("bench: where nobody listens nothing is measured") {
  endpoint nobody;
  {
    scripted_server gone([](const command& c, size_t) { return paid(c); });
    nobody = gone.address();
  }
  numbered_source source;
  recording_load seen;
  load_engine engine({.server = nobody, .connections = 2, .commands = 5}, source, seen);
  const auto result = engine.run();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().find("can't connect to") != std::string::npos);
}
