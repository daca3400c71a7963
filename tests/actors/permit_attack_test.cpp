// Attacks on permits and switches: who may still submit, when, and how many at once.
#include "tests/actors/town.hpp"

#include <filesystem>
#include <unistd.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

switch_channel_command switch_off(std::string_view id) {
  return {*channel_id::parse(id), false, "ann", "the bank called"};
}

} // namespace

TEST_CASE("Loss prevented: the second operator to switch a channel off is told so, and a payment still goes there") {
  // Two operators press the button at once. Whichever answer comes first, whoever has it may rely on it: in every order
  // in which the actors may run, a payment sent after it must not reach the channel.
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    sim::world w(town({channel("alpha", 1), channel("beta", 2)}, seed));
    auto& ann = w.connect();
    auto& bob = w.connect();
    auto& shop = w.connect();
    const auto one = ann.send({0, 0, switch_off("alpha")});
    const auto two = bob.send({0, 0, switch_off("alpha")});
    REQUIRE(w.run_until([&] { return ann.reply_to(one) != nullptr || bob.reply_to(two) != nullptr; }));
    const auto paid = w.ask(shop, pay("A-1"));
    REQUIRE(paid.code == errc::ok);
    CHECK(order_in(paid).attempts[0].channel.str() == "beta");
    REQUIRE(w.run_until([&] { return ann.reply_to(one) != nullptr && bob.reply_to(two) != nullptr; }));
    CHECK(ann.reply_to(one)->duplicate != bob.reply_to(two)->duplicate);
    CHECK(ann.reply_to(one)->position > 0);
    CHECK(bob.reply_to(two)->position > 0);
  }
}

TEST_CASE("A merchant that two integrators open at once can be paid as soon as either is told that it is open") {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    sim::world w(town({channel("alpha")}, seed));
    auto& one = w.connect();
    auto& two = w.connect();
    const auto first = one.send({0, 0, open_merchant_command{merchant("new")}});
    const auto second = two.send({0, 0, open_merchant_command{merchant("new")}});
    REQUIRE(w.run_until([&] { return one.reply_to(first) != nullptr || two.reply_to(second) != nullptr; }));
    CHECK(w.ask(w.connect(), pay("A-1", 100, "new")).code == errc::ok);
  }
}

TEST_CASE("Loss prevented: a second restart forgets the requests that the bank still works on") {
  auto t = slow(channel("alpha"), 3'000);
  t.reply_within_ms = 20'000;
  t.concurrency_max = 1;
  t.queue_wait_ms_max = 100;
  sim::world w(town({t}));
  w.connect().send({0, 0, pay("A-1")});
  w.run_for(100);
  w.crash();
  w.run_for(500); // the restart puts the order in doubt; its permit stays out
  REQUIRE(w.ask(w.connect(), query("A-1")).code == errc::in_doubt);
  REQUIRE(w.ask(w.connect(), pay("A-2")).code == errc::channel_busy);
  w.crash();
  CHECK(w.recovered().known.leases.size() == 1);
  CHECK(w.ask(w.connect(), pay("A-3")).code == errc::channel_busy);
  w.run_for(30'000);
  CHECK(w.ask(w.connect(), pay("A-4")).code == errc::ok);
}

TEST_CASE("Loss prevented: an order that only waited for its turn is failed for good") {
  // It waits longer than it may be submitted. Granted then, its port could only refuse it; nothing must be written.
  auto t = slow(channel("alpha"), 900);
  t.concurrency_max = 1;
  t.submit_within_ms = 500;
  t.queue_wait_ms_max = 2'000;
  sim::world w(town({t}));
  auto& c = w.connect();
  const auto first = c.send({0, 0, pay("A-1")});
  w.run_for(50);
  const auto before = w.log().head().position;
  const auto second = c.send({0, 0, pay("A-2")});
  REQUIRE(w.run_until([&] { return c.reply_to(first) != nullptr && c.reply_to(second) != nullptr; }));
  CHECK(c.reply_to(first)->code == errc::ok);
  CHECK(c.reply_to(second)->code == errc::channel_busy);
  CHECK(w.log().head().position == before + 1);
  CHECK(w.ask(c, query("A-2")).code == errc::unknown_order);
  CHECK(w.ask(c, pay("A-2", 77)).code == errc::ok); // the permit came back, and the number stayed free
}

TEST_CASE("Loss prevented: a bank whose book is gone keeps the server from ever starting again") {
  namespace fs = std::filesystem;
  const fs::path shelf = fs::temp_directory_path() / ("oncepay-shelf-" + std::to_string(::getpid()));
  fs::create_directory(shelf);
  auto t = channel("alpha", 1);
  t.bank.book_file = (shelf / "alpha.book").string();
  sim::world w(town({t, channel("beta", 2)}));
  CHECK(order_in(w.ask(w.connect(), pay("A-1"))).attempts.size() == 1);
  fs::remove_all(shelf);
  // The log remembers the terms: the process must come up with them, or no corrected configuration can be applied.
  w.crash();
  CHECK(w.stopped_because().empty());
  REQUIRE_FALSE(w.alarms().empty());
  CHECK(w.alarms().back().find("alpha.book") != std::string::npos);
  // Nothing can be sent to such a bank, and its port can prove that: the payment goes on elsewhere.
  const reply r = w.ask(w.connect(), pay("A-2"));
  CHECK(r.code == errc::ok);
  REQUIRE(order_in(r).attempts.size() == 2);
  CHECK(order_in(r).attempts[0].last_evidence == evidence::never_left);
  CHECK(order_in(r).attempts[1].channel.str() == "beta");
  // The shelf is back: whatever is said about the channel next opens the book again.
  fs::create_directory(shelf);
  auto& ann = w.connect();
  CHECK(w.ask(ann, switch_off("alpha")).code == errc::ok);
  auto on = switch_off("alpha");
  on.on = true;
  CHECK(w.ask(ann, on).code == errc::ok);
  CHECK(order_in(w.ask(ann, pay("A-3"))).attempts[0].state == attempt_state::succeeded);
  fs::remove_all(shelf);
}
