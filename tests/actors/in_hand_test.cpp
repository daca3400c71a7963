// Who waits for a channel isn't in the server's hand: limiters and ports tell admission of everybody who waits at them,
// and of everybody who doesn't any more. A count that drifts would shut the door on those who may come in, or open it
// to those who only queue.
#include "tests/actors/town.hpp"

#include "actors/admission.hpp"
#include "schema/wire_codec.hpp"

using namespace oncepay;
using namespace oncepay::test;

namespace {

constexpr uint32_t in_hand_max = 3;

sim::world_options narrow(std::vector<channel_terms> channels) {
  auto options = town(std::move(channels));
  options.tickets_in_hand = in_hand_max;
  return options;
}

std::vector<std::byte> frames_of(size_t payments, const std::string& prefix) {
  std::vector<std::byte> frames;
  for (size_t i = 1; i <= payments; ++i) {
    const auto more = encode_frame(command{i, 0, pay(prefix + std::to_string(i))});
    frames.insert(frames.end(), more.begin(), more.end());
  }
  return frames;
}

/// Payments that come one after the other, each when nobody is in hand.
void let_in(sim::world& w, size_t payments) {
  auto& c = w.connect();
  for (size_t i = 1; i <= payments; ++i) {
    c.send({i, 0, pay("W-" + std::to_string(i))});
    REQUIRE(w.run_until([&] { return w.admitted().in_use() >= i && w.admitted().in_hand() == 0; }, 500));
  }
  CHECK(c.replies().empty());
  CHECK(w.admitted().in_use() == payments);
}

/// How many of ten are let in that come at once, in one read: exactly `in_hand_max`, where nobody is in hand and the
/// count of those at channels is right.
size_t let_in_at_once(sim::world& w, const std::string& prefix) {
  auto& c = w.connect();
  c.send_bytes(frames_of(10, prefix));
  w.run_for(20);
  size_t let_in = 10;
  for (const reply& r : c.replies())
    if (r.code == errc::busy)
      --let_in;
  return let_in;
}

bool all_quiet(const sim::world& w) {
  return w.admitted().in_use() == 0;
}

} // namespace

TEST_CASE("Payments at a slow bank are not in hand, and are once it has answered") {
  sim::world w(narrow({slow(channel("alpha"), 600)}));
  CHECK(let_in_at_once(w, "A-") == in_hand_max);
  REQUIRE(w.run_until([&] { return all_quiet(w); }));
  let_in(w, 12);
  CHECK(let_in_at_once(w, "B-") == in_hand_max);
  REQUIRE(w.run_until([&] { return all_quiet(w); }));
  CHECK(let_in_at_once(w, "C-") == in_hand_max);
}

TEST_CASE("Payments that wait for a permit are not in hand, whatever ends their wait") {
  auto alpha = slow(channel("alpha", 1), 600);
  alpha.concurrency_max = 1;
  SUBCASE("their turn") {}
  SUBCASE("its bound") {
    alpha.queue_wait_ms_max = 300;
  }
  SUBCASE("the bound on the queue") {
    alpha.queue_max = 7;
  }
  bool switched = false;
  SUBCASE("a switch") {
    switched = true;
  }
  sim::world w(narrow({alpha, slow(channel("beta", 2), 600)}));
  let_in(w, 12);
  if (switched) {
    const switch_channel_command off{*channel_id::parse("alpha"), false, "ann", "test"};
    CHECK(w.ask(w.connect(), off).code == errc::ok);
  }
  REQUIRE(w.run_until([&] { return w.admitted().in_hand() == 0; })); // on their way to the other channel
  CHECK(let_in_at_once(w, "A-") == in_hand_max);
  REQUIRE(w.run_until([&] { return all_quiet(w); }));
  CHECK(let_in_at_once(w, "B-") == in_hand_max);
}

TEST_CASE("A request that its bank still works on after the wait for it makes no room") {
  auto alpha = channel("alpha");
  SUBCASE("it answers late") {
    alpha = late(alpha);
  }
  SUBCASE("it never answers") {
    alpha = silent(alpha, true);
  }
  sim::world w(narrow({alpha}));
  let_in(w, 12);
  REQUIRE(w.run_until([&] { return all_quiet(w); })); // all are told that they are in doubt
  CHECK(let_in_at_once(w, "A-") == in_hand_max);
  w.run_for(2'000); // the late answers come
  CHECK(let_in_at_once(w, "B-") == in_hand_max);
}

TEST_CASE("A request that waits for a bank to be refused at its door is not in hand") {
  auto alpha = slow(channel("alpha", 1), 600);
  alpha.bank.capacity = 1;
  sim::world w(narrow({alpha}));
  let_in(w, 12);
  REQUIRE(w.run_until([&] { return all_quiet(w); }));
  CHECK(let_in_at_once(w, "A-") == in_hand_max);
}

TEST_CASE("Refunds at a slow bank are not in hand: who gives much money back shuts the door on nobody") {
  sim::world w(narrow({slow(channel("alpha"), 600)}));
  auto& c = w.connect();
  constexpr size_t refunds = 2 * in_hand_max;
  for (size_t i = 1; i <= refunds; ++i)
    REQUIRE(w.ask(c, pay("W-" + std::to_string(i))).code == errc::ok);
  for (size_t i = 1; i <= refunds; ++i) {
    const std::string n = std::to_string(i);
    c.send(
        {0, 0,
         refund_command{
             *merchant_id::parse("m1"), *order_no::parse("W-" + n), *order_no::parse("R-" + n), {100, cny}, "back"}});
    REQUIRE(w.run_until([&] { return w.admitted().in_use() >= i && w.admitted().in_hand() == 0; }, 500));
  }
  CHECK(let_in_at_once(w, "A-") == in_hand_max);
  REQUIRE(w.run_until([&] { return all_quiet(w); }));
  CHECK(let_in_at_once(w, "B-") == in_hand_max);
}

TEST_CASE("Who asks again for a payment that its bank still works on is not in hand") {
  sim::world w(narrow({slow(channel("alpha"), 600)}));
  for (size_t i = 1; i <= 2 * in_hand_max; ++i) {
    w.connect().send({0, 0, pay("W-1")});
    REQUIRE(w.run_until([&] { return w.admitted().in_use() >= i && w.admitted().in_hand() == 0; }, 500));
  }
  CHECK(let_in_at_once(w, "A-") == in_hand_max);
  REQUIRE(w.run_until([&] { return all_quiet(w); }));
  CHECK(let_in_at_once(w, "B-") == in_hand_max);
}

TEST_CASE("A port that refuses to send tells admission of nobody") {
  auto alpha = channel("alpha");
  alpha.submit_within_ms = 100;
  auto options = narrow({alpha});
  options.commit_takes_us = [] {
    return int64_t{300'000};
  };
  sim::world w(std::move(options));
  auto& c = w.connect();
  c.send({1, 0, pay("A-1")});
  REQUIRE(w.run_until([&] { return c.reply_to(1) != nullptr; }));
  CHECK(c.reply_to(1)->code == errc::payment_failed);
  REQUIRE(w.run_until([&] { return all_quiet(w); }));
  CHECK(let_in_at_once(w, "B-") == in_hand_max);
}
