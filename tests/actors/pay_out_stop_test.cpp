// Pay-outs that an operator stops while they are on their way (C12).
#include "tests/actors/town.hpp"

#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <algorithm>
#include <string>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const method_id by_transfer = *method_id::parse("bank-transfer");

channel_terms with_pay_outs(channel_terms t) {
  t.pay_out_methods = {by_transfer};
  return t;
}

pay_command topping_up(int64_t amount_minor, std::string_view merchant_name = "m1") {
  pay_command c = pay("T-1", amount_minor, merchant_name);
  c.top_up = true;
  return c;
}

pay_out_command out_of(std::string_view order, std::string_view merchant_name = "m1", std::string_view payee = "bob") {
  return {*merchant_id::parse(merchant_name),
          *order_no::parse(order),
          {10'000, cny},
          by_transfer,
          std::string(payee),
          "test"};
}

switch_pay_outs_command switched(bool on, std::string_view merchant = {}, std::string_view channel = {}) {
  return {on, merchant_id::trusted(std::string(merchant)), channel_id::trusted(std::string(channel)), "lin", "leak"};
}

size_t intents(sim::world& w) {
  size_t n = 0;
  REQUIRE(w.log().read_all(1, 1'000, [&](uint64_t, bytes_view stored) {
    auto d = decode_decision(stored);
    REQUIRE(d);
    for (const event& e : d->events)
      n += std::holds_alternative<attempt_intended>(e) ? 1 : 0;
    return true;
  }));
  return n;
}

} // namespace

TEST_CASE("A stop refuses what it covers, writes nothing for it, outlives the process, and is lifted") {
  sim::world w(town({with_pay_outs(channel("alpha", 10)), with_pay_outs(channel("beta", 20))}));
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, topping_up(100'000)).code == errc::ok);
  REQUIRE(w.ask(c, topping_up(100'000, "m2")).code == errc::ok);
  CHECK(w.ask(c, switched(false, "m1")).code == errc::ok);
  CHECK(w.ask(c, switched(false, "m1")).duplicate);
  CHECK(w.ask(c, switched(false, "m-1")).code == errc::unknown_merchant);
  CHECK(w.ask(c, switched(false, {}, "alfa")).code == errc::unknown_channel);
  const uint64_t head = w.log().head().position;
  CHECK(w.ask(c, out_of("P-1")).code == errc::pay_outs_stopped);
  CHECK(w.ask(c, query("P-1")).code == errc::unknown_order);
  CHECK(w.log().head().position == head);
  CHECK(w.ask(c, pay("A-1")).code == errc::ok); // payments don't stop
  CHECK(w.ask(c, out_of("P-1", "m2")).code == errc::ok);
  w.crash();
  sim::client& later = w.connect();
  CHECK(w.ask(later, out_of("P-1")).code == errc::pay_outs_stopped);
  CHECK(w.ask(later, switched(true, "m1")).code == errc::ok);
  CHECK(w.ask(later, out_of("P-1")).code == errc::ok);
  // By channel: the other one serves.
  CHECK(w.ask(later, switched(false, {}, "alpha")).code == errc::ok);
  CHECK(order_in(w.ask(later, out_of("P-2", "m1", "carol"))).attempts.at(0).channel.str() == "beta");
  CHECK(w.ask(later, switched(false)).code == errc::ok);
  CHECK(w.ask(later, out_of("P-2", "m2", "carol")).code == errc::pay_outs_stopped);
}

TEST_CASE("Loss prevented: a pay-out that was on its way leaves after its stop was acknowledged, or fails by it") {
  // Stopped after each of the first steps of a pay-out: whatever hadn't reached the bank by the acknowledgement waits.
  size_t held = 0, gone = 0;
  for (uint64_t steps = 1; steps <= 90; steps += 3) {
    CAPTURE(steps);
    sim::world w(town({with_pay_outs(slow(channel("alpha"), 400))}, steps));
    sim::client& c = w.connect();
    REQUIRE(w.ask(c, topping_up(50'000)).code == errc::ok);
    const uint64_t before = intents(w);
    const uint64_t out = c.send({0, 0, out_of("P-1")});
    const uint64_t until = w.steps() + steps;
    w.run_until([&] { return w.steps() >= until; });
    REQUIRE(w.ask(c, switched(false)).code == errc::ok);
    const reply then = w.ask(c, query("P-1"));
    w.run_for(30'000);
    const reply now = w.ask(c, query("P-1"));
    if (now.code == errc::unknown_order) {
      CHECK(c.reply_to(out)->code == errc::pay_outs_stopped);
      CHECK(intents(w) == before);
      continue;
    }
    if (now.code == errc::ok) {
      ++gone;
      continue;
    }
    ++held;
    CHECK(now.code == errc::processing);
    CHECK(order_in(now).state == order_state::open);
    CHECK(c.reply_to(out)->code == errc::processing); // nobody is kept waiting for hours
    // Killed and started again it waits all the same, and goes out once it may.
    w.crash();
    w.run_for(30'000);
    sim::client& later = w.connect();
    CHECK(w.ask(later, query("P-1")).code == errc::processing);
    REQUIRE(w.ask(later, switched(true)).code == errc::ok);
    w.run_for(limits::pay_out_held_ms_max + 10'000);
    CHECK(w.ask(later, query("P-1")).code == errc::ok);
    CHECK(balance_of(balances(w, later, "transit"), "transit") == 0);
    CHECK(balance_of(balances(w, later, "merchant/m1/"), "merchant/m1/available") == -(50'000 - 10'060));
  }
  CHECK(held > 0);
  CHECK(gone > 0);
}

TEST_CASE(
    "Loss prevented: a pay-out held by a stalled disk is forgotten, because what is due after it was woken first") {
  size_t held = 0;
  for (uint64_t steps = 1; steps <= 40; steps += 4)
    for (const int64_t earlier_ms : {100, 400, 700}) {
      CAPTURE(steps);
      CAPTURE(earlier_ms);
      int64_t commit_us = 1'000;
      channel_terms in_vain = silent(channel("beta", 5), false);
      in_vain.submit_within_ms = 1'000;
      in_vain.reply_within_ms = 15'000;
      auto options = town({with_pay_outs(channel("alpha", 10)), in_vain}, steps);
      options.commit_takes_us = [&] {
        return commit_us;
      };
      sim::world w(options);
      sim::client& c = w.connect();
      REQUIRE(w.ask(c, switch_channel_command{in_vain.channel, false, "lin", "maintenance"}).code == errc::ok);
      REQUIRE(w.ask(c, topping_up(50'000)).code == errc::ok);
      REQUIRE(w.ask(c, switch_channel_command{in_vain.channel, true, "lin", "done"}).code == errc::ok);
      c.send({0, 0, pay("A-1")}); // nobody answers, which is due after seventeen seconds
      w.run_for(earlier_ms);
      c.send({0, 0, out_of("P-1")});
      const uint64_t until = w.steps() + steps;
      w.run_until([&] { return w.steps() >= until; });
      c.send({0, 0, switched(false)});
      // It is held, asks again after five seconds, and is held once more: for ten, which pass before that is durable.
      w.run_for(5'500);
      commit_us = 12'500'000;
      w.run_for(14'000);
      commit_us = 1'000;
      w.run_for(5'000);
      if (w.ask(c, query("P-1")).code != errc::processing)
        continue;
      ++held;
      REQUIRE(w.ask(c, switched(true)).code == errc::ok);
      w.run_for(limits::pay_out_held_ms_max + 10'000);
      // It went out; or its first attempt, for which the disk was too late, was the only one that could be made.
      CHECK(w.ask(c, query("P-1")).code != errc::processing);
    }
  CHECK(held > 0);
}
