#include "tests/actors/town.hpp"

#include "schema/limits.hpp"

using namespace oncepay;
using namespace oncepay::test;

namespace {

switch_channel_command switch_to(std::string_view id, bool on) {
  return {*channel_id::parse(id), on, "ann", "maintenance"};
}

} // namespace

TEST_CASE("A channel that was answered off gets no further attempt, and serves again once it is on") {
  sim::world w(town({channel("alpha", 1), channel("beta", 2)}));
  auto& c = w.connect();
  CHECK(order_in(w.ask(c, pay("A-1"))).attempts[0].channel.str() == "alpha");
  CHECK(w.ask(c, switch_to("alpha", false)).code == errc::ok);
  for (int i = 0; i < 20; ++i)
    CHECK(order_in(w.ask(c, pay("B-" + std::to_string(i)))).attempts[0].channel.str() == "beta");
  CHECK(w.ask(c, switch_to("alpha", false)).duplicate);
  CHECK(w.ask(c, switch_to("alpha", true)).code == errc::ok);
  CHECK(order_in(w.ask(c, pay("A-2"))).attempts[0].channel.str() == "alpha");
  CHECK(w.ask(c, switch_to("nowhere", true)).code == errc::unknown_channel);
}

TEST_CASE("With every channel off a payment is refused, and its number stays free") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, switch_to("alpha", false)).code == errc::ok);
  CHECK(w.ask(c, pay("A-1")).code == errc::no_channel);
  CHECK(w.ask(c, switch_to("alpha", true)).code == errc::ok);
  CHECK(w.ask(c, pay("A-1", 5)).code == errc::ok);
}

TEST_CASE("A switch survives a restart, whatever the configuration says") {
  sim::world w(town({channel("alpha", 1), channel("beta", 2)}));
  CHECK(w.ask(w.connect(), switch_to("alpha", false)).code == errc::ok);
  w.crash();
  auto& c = w.connect();
  CHECK(order_in(w.ask(c, pay("A-1"))).attempts[0].channel.str() == "beta");
}

TEST_CASE("Terms are opened once by command, repeated without effect, and never changed by accident") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  auto gamma = channel("gamma", 1);
  CHECK(w.ask(c, open_channel_command{gamma}).code == errc::ok);
  CHECK(w.ask(c, open_channel_command{gamma}).duplicate);
  gamma.priority = 2;
  CHECK(w.ask(c, open_channel_command{gamma}).code == errc::terms_conflict);
  CHECK(order_in(w.ask(c, pay("A-1"))).attempts[0].channel.str() == "gamma");
}

TEST_CASE(
    "So many channels are opened and no more, however they are asked for; those that are open can be named again") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  for (size_t i = 0; i < 2 * limits::channels_max; ++i)
    c.send({0, 0, open_channel_command{channel("c" + std::to_string(i))}});
  REQUIRE(w.run_until([&] { return c.replies().size() == 2 * limits::channels_max; }));
  size_t opened = 0;
  for (const reply& r : c.replies()) {
    opened += r.code == errc::ok ? 1 : 0;
    CHECK((r.code == errc::ok || r.code == errc::invalid_field));
  }
  CHECK(opened == limits::channels_max - 1);
  CHECK(w.log().streams_of(stream_kind::channel)->size() == limits::channels_max);
  CHECK(w.ask(c, open_channel_command{channel("c0")}).duplicate);
  w.crash();
  CHECK(w.ask(w.connect(), open_channel_command{channel("one-more")}).code == errc::invalid_field);
}

TEST_CASE("So many merchants are opened and no more, before a restart and after it; those that are open are known") {
  auto options = town({channel("alpha")}); // with two merchants
  options.merchants_max = 5;
  sim::world w(options);
  auto& c = w.connect();
  for (size_t i = 0; i < 10; ++i)
    c.send({0, 0, open_merchant_command{merchant("n" + std::to_string(i))}});
  REQUIRE(w.run_until([&] { return c.replies().size() == 10; }));
  size_t opened = 0;
  for (const reply& r : c.replies()) {
    opened += r.code == errc::ok ? 1 : 0;
    CHECK((r.code == errc::ok || r.code == errc::invalid_field));
  }
  CHECK(opened == 3);
  CHECK(w.log().streams_of(stream_kind::merchant)->size() == 5);
  CHECK(w.ask(c, open_merchant_command{merchant("m1")}).duplicate);
  CHECK(w.ask(c, open_merchant_command{merchant("one-more")}).code == errc::invalid_field);
  w.crash();
  auto& again = w.connect();
  CHECK(w.ask(again, open_merchant_command{merchant("one-more")}).code == errc::invalid_field);
  CHECK(w.ask(again, open_merchant_command{merchant("m1")}).duplicate);
}

TEST_CASE("The channel's full queue is answered channel_busy, and what waited too long too") {
  auto t = slow(channel("alpha"), 5'000);
  t.reply_within_ms = 10'000;
  t.concurrency_max = 1;
  t.queue_max = 1;
  t.queue_wait_ms_max = 1'000;
  sim::world w(town({t}));
  auto& c = w.connect();
  const auto first = c.send({0, 0, pay("A-1")});
  const auto waits = c.send({0, 0, pay("A-2")});
  const auto refused = c.send({0, 0, pay("A-3")});
  REQUIRE(w.run_until([&] { return c.reply_to(first) && c.reply_to(waits) && c.reply_to(refused); }));
  int paid = 0;
  std::vector<std::string> busy;
  for (auto id : {first, waits, refused}) {
    paid += c.reply_to(id)->code == errc::ok ? 1 : 0;
    if (c.reply_to(id)->code == errc::channel_busy)
      busy.push_back("A-" + std::to_string(id));
  }
  CHECK(paid == 1);
  REQUIRE(busy.size() == 2);
  // Nothing was written for them: the same number may be sent again, with any content.
  CHECK(w.ask(c, pay(busy[0], 77)).code == errc::ok);
}

TEST_CASE("A full channel's overflow goes to the next one, and the choice says why") {
  auto full = slow(channel("alpha", 1), 500);
  full.concurrency_max = 1;
  full.queue_max = 0;
  sim::world w(town({full, channel("beta", 2)}));
  auto& c = w.connect();
  const auto one = c.send({0, 0, pay("A-1")});
  const auto two = c.send({0, 0, pay("A-2")});
  REQUIRE(w.run_until([&] { return c.reply_to(one) && c.reply_to(two); }));
  int on_beta = 0;
  for (auto id : {one, two})
    on_beta += order_in(*c.reply_to(id)).attempts[0].channel.str() == "beta" ? 1 : 0;
  CHECK(on_beta == 1);
}

TEST_CASE("A bank never sees more parallel requests than it granted us") {
  auto t = slow(channel("alpha"), 20);
  t.concurrency_max = 7;
  t.bank.capacity = 7; // an eighth would be answered SLOW_DOWN
  sim::world w(town({t}));
  auto& c = w.connect();
  for (int i = 0; i < 200; ++i)
    c.send({0, 0, pay("A-" + std::to_string(i))});
  REQUIRE(w.run_until([&] { return c.replies().size() == 200; }));
  for (const reply& r : c.replies())
    CHECK(r.code == errc::ok);
}

TEST_CASE("A channel that stays silent is ranked behind the stable one until its window forgets") {
  auto quiet = silent(channel("alpha", 1), false);
  sim::world w(town({quiet, channel("beta", 2)}));
  auto& c = w.connect();
  for (int i = 0; i < 30; ++i)
    c.send({0, 0, pay("A-" + std::to_string(i))});
  REQUIRE(w.run_until([&] { return c.replies().size() == 30; }));
  CHECK(order_in(w.ask(c, pay("B-1"))).attempts[0].channel.str() == "beta");
  w.run_for(310'000);
  CHECK(w.ask(c, pay("B-2")).code == errc::in_doubt);
}
