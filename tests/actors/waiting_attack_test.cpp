// Attacks on what waits: everything that enters is answered, in time, and nobody can make the server hold more than its
// tickets allow.
#include "tests/actors/town.hpp"

#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"

#include <limits>

using namespace oncepay;
using namespace oncepay::test;

TEST_CASE("A query that comes while the order is being written doesn't wait for the bank") {
  auto t = slow(channel("alpha"), 30'000);
  t.reply_within_ms = 60'000;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    sim::world w(town({t}, seed));
    auto& c = w.connect();
    auto frames = encode_frame(command{1, 0, pay("A-1")});
    for (auto more : {encode_frame(command{2, 0, query("A-1")}), encode_frame(command{3, 0, pay("A-1", 11)})})
      frames.insert(frames.end(), more.begin(), more.end());
    c.send_bytes(frames); // one read, one message: the query is there before the commit
    w.run_for(1'000);
    REQUIRE(c.reply_to(2) != nullptr);
    CHECK(c.reply_to(2)->code == errc::processing);
    CHECK(c.reply_to(2)->position == w.log().head().position);
    REQUIRE(c.reply_to(3) != nullptr);
    CHECK(c.reply_to(3)->code == errc::order_conflict);
    CHECK(c.reply_to(1) == nullptr);
    REQUIRE(w.run_until([&] { return c.reply_to(1) != nullptr; }));
    CHECK(c.reply_to(1)->code == errc::ok);
  }
}

TEST_CASE("Loss prevented: who asks for what lies in the future holds the tickets of those who want to pay") {
  auto options = town({channel("alpha")});
  options.tickets_total = 3;
  sim::world w(options);
  auto& c = w.connect();
  CHECK(w.ask(c, pay("A-1")).code == errc::ok);
  auto with_steps = query("A-1");
  with_steps.with_trajectory = true;
  const uint64_t future = w.log().head().position + 1;
  for (int i = 0; i < 5; ++i) {
    c.send({0, future, with_steps});
    c.send({0, std::numeric_limits<uint64_t>::max(), query_balances_command{}});
  }
  w.run_for(10);
  REQUIRE(c.replies().size() == 11);
  for (size_t i = 1; i < 11; ++i)
    CHECK(c.replies()[i].code == errc::view_behind);
  CHECK(w.admitted().in_use() == 0);
  CHECK(w.ask(w.connect(), pay("A-2")).code == errc::ok);
  // What names no view's answer is taken whatever it names, as before.
  CHECK(w.ask(c, pay("A-3"), std::numeric_limits<uint64_t>::max()).code == errc::ok);
  CHECK(order_in(w.ask(c, with_steps, future)).trajectory.size() >= 6); // by now it is the past
}

TEST_CASE("Loss prevented: a connection that is closed takes the permit or ticket of its order with it") {
  auto options = town({slow(channel("alpha"), 500)});
  options.channels[0].concurrency_max = 1;
  options.tickets_total = 1;
  sim::world w(options);
  for (int i = 0; i < 5; ++i) {
    auto& c = w.connect();
    c.send({0, 0, pay("A-" + std::to_string(i))});
    w.run_for(50);
    c.send_bytes({std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}});
    w.run_for(1'000);
    CHECK(w.ask(w.connect(), query("A-" + std::to_string(i))).code == errc::ok);
  }
}
