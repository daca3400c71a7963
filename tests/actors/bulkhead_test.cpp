// A channel that hangs holds up its own payments and nobody else's (D4): not the other channels' permits, queues, or
// the tickets that payments need to be let in at all. Counted in answers and simulated time, so that the same seed says
// the same on every machine.
#include "tests/actors/town.hpp"

#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"

#include <algorithm>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const method_id wallet = *method_id::parse("wallet");

/// Never answers; takes as many as its terms say.
channel_terms hanging(uint32_t concurrency, uint32_t queue) {
  auto t = silent(channel("alpha"), false);
  t.concurrency_max = concurrency;
  t.queue_max = queue;
  t.reply_within_ms = 30'000;
  return t;
}

channel_terms sound() {
  auto t = slow(channel("beta"), 50);
  t.methods = {wallet};
  t.concurrency_max = 20;
  t.queue_max = 20;
  return t;
}

struct served {
  size_t paid = 0;
  int64_t longest_ns = 0; ///< From a payment's sending to its answer.
};

/// A thousand payments by wallet, ten at a time, while others for the hanging channel keep coming.
served pay_beside(const channel_terms& other, size_t others_at_once, uint32_t tickets_total) {
  auto options = town({other, sound()});
  options.tickets_total = tickets_total;
  sim::world w(options);
  auto& shop = w.connect();
  auto& stuck = w.connect();
  served result;
  for (size_t round = 0; round < 100; ++round) {
    for (size_t i = 0; i < others_at_once; ++i)
      stuck.send({0, 0, pay("H-" + std::to_string(round) + "-" + std::to_string(i), 100, "m2")});
    w.run_for(1); // they are there before the others are
    const instant sent = w.clock().now();
    const size_t before = shop.replies().size();
    for (size_t i = 0; i < 10; ++i) {
      auto c = pay("W-" + std::to_string(round) + "-" + std::to_string(i));
      c.method = wallet;
      shop.send({0, 0, std::move(c)});
    }
    REQUIRE(w.run_until([&] { return shop.replies().size() == before + 10; }));
    result.longest_ns = std::max(result.longest_ns, w.clock().now().ns - sent.ns);
  }
  result.paid = static_cast<size_t>(
      std::count_if(shop.replies().begin(), shop.replies().end(), [](const reply& r) { return r.code == errc::ok; }));
  return result;
}

} // namespace

TEST_CASE("Loss prevented: a channel that hangs takes the rate of another one") {
  const served alone = pay_beside(hanging(100, 100), 0, 1'000);
  const served beside = pay_beside(hanging(100, 100), 20, 1'000);
  CHECK(alone.paid == 1'000);
  CHECK(beside.paid == alone.paid);
  CHECK(beside.longest_ns <= alone.longest_ns + 2 * ns_per_ms);
}

TEST_CASE("Loss prevented: a channel whose terms grant more than the server has tickets hangs, and all are told busy") {
  const served alone = pay_beside(hanging(50'000, 50'000), 0, 200);
  const served beside = pay_beside(hanging(50'000, 50'000), 20, 200);
  CHECK(alone.paid == 1'000);
  CHECK(beside.paid == alone.paid);
  CHECK(beside.longest_ns <= alone.longest_ns + 2 * ns_per_ms);
}

TEST_CASE("What a channel's share of the tickets doesn't take is told that the channel is busy, at once") {
  auto options = town({hanging(50'000, 50'000)});
  options.tickets_total = 100;
  sim::world w(options);
  auto& c = w.connect();
  for (int i = 0; i < 80; ++i) {
    c.send({0, 0, pay("H-" + std::to_string(i))});
    w.run_for(5);
  }
  w.run_for(100);
  REQUIRE(c.replies().size() == 30);
  for (const reply& r : c.replies())
    CHECK(r.code == errc::channel_busy);
}
