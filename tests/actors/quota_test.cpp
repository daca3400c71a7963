// Merchants' quotas: who floods is told to come again, and whoever keeps within bounds doesn't notice.
#include "tests/actors/town.hpp"

#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"

#include <algorithm>

using namespace oncepay;
using namespace oncepay::test;

namespace {

/// m1 with a quota, m2 without.
sim::world_options bounded(uint32_t per_s, uint32_t burst, uint32_t under_way, std::vector<channel_terms> channels) {
  auto options = town(std::move(channels));
  options.merchants[0].requests_per_s_max = per_s;
  options.merchants[0].requests_burst_max = burst;
  options.merchants[0].requests_under_way_max = under_way;
  return options;
}

size_t answered(const sim::client& c, errc code) {
  return static_cast<size_t>(
      std::count_if(c.replies().begin(), c.replies().end(), [&](const reply& r) { return r.code == code; }));
}

/// `count` payments of m1 over each of some connections, in one read each.
void flood(sim::world& w, size_t connections, size_t count, const std::string& prefix) {
  for (size_t n = 0; n < connections; ++n) {
    auto& c = w.connect();
    std::vector<std::byte> frames;
    for (size_t i = 1; i <= count; ++i) {
      const auto more = encode_frame(command{i, 0, pay(prefix + std::to_string(n) + "-" + std::to_string(i))});
      frames.insert(frames.end(), more.begin(), more.end());
    }
    c.send_bytes(frames);
  }
}

struct fate_of_m2 {
  size_t paid = 0;
  size_t busy = 0;
  instant done;
};

/// Twenty payments of m2 while m1 floods, fifty a second.
fate_of_m2 pay_beside_a_flood(const sim::world_options& options, bool floods) {
  sim::world w(options);
  auto& shop = w.connect();
  const instant began = w.clock().now();
  for (int i = 0; i < 20; ++i) {
    if (floods)
      flood(w, 4, 100, "F-" + std::to_string(i) + "-");
    shop.send({0, 0, pay("B-" + std::to_string(i), 10'000, "m2")});
    w.run_for(20);
  }
  REQUIRE(w.run_until([&] { return shop.replies().size() == 20; }));
  const instant ended = w.clock().now();
  return {answered(shop, errc::ok), answered(shop, errc::busy) + answered(shop, errc::channel_busy),
          instant{ended.ns - began.ns}};
}

} // namespace

TEST_CASE("Loss prevented: one merchant floods, and payments of another are told busy") {
  auto bank = slow(channel("alpha"), 200);
  bank.concurrency_max = 200;
  bank.queue_max = 100;
  auto without = bounded(0, 0, 0, {bank});
  auto with = bounded(0, 0, 100, {bank});
  without.tickets_total = with.tickets_total = 300;
  const fate_of_m2 alone = pay_beside_a_flood(with, false);
  const fate_of_m2 unguarded = pay_beside_a_flood(without, true);
  const fate_of_m2 guarded = pay_beside_a_flood(with, true);
  CHECK(alone.paid == 20);
  // The flood is one that matters: without a quota it takes the other's places.
  CHECK(unguarded.paid < 20);
  CHECK(unguarded.busy > 0);
  // With one the other is served as if it were alone, all of it, in the same simulated time.
  CHECK(guarded.paid == alone.paid);
  CHECK(guarded.busy == 0);
  CHECK(guarded.done.ns <= alone.done.ns + 20 * ns_per_ms);
}

TEST_CASE("A merchant beyond its rate is told when to come again; nothing was written, and its number is free") {
  sim::world w(bounded(10, 2, 0, {channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, pay("A-1")).code == errc::ok);
  CHECK(w.ask(c, pay("A-2")).code == errc::ok);
  const uint64_t before = w.log().head().position;
  const reply refused = w.ask(c, pay("A-3"));
  CHECK(refused.code == errc::quota_exceeded);
  CHECK(advice_for(refused.code) == advice::retry);
  CHECK(refused.retry_after_ms > 0);
  CHECK(refused.retry_after_ms <= 101);
  CHECK(w.log().head().position == before);
  w.run_for(refused.retry_after_ms);
  CHECK(w.ask(c, pay("A-3", 77)).code == errc::ok);
  CHECK(w.ask(c, pay("B-1", 100, "m2")).code == errc::ok); // has none
}

TEST_CASE("A quota holds over all connections of its merchant, and for all that it asks") {
  sim::world w(bounded(1, 3, 0, {channel("alpha")}));
  CHECK(w.ask(w.connect(), pay("A-1")).code == errc::ok);
  CHECK(w.ask(w.connect(), query("A-1")).code == errc::ok);
  CHECK(w.ask(w.connect(), close_command{*merchant_id::parse("m1"), *order_no::parse("A-1"), ""}).code ==
        errc::already_paid);
  CHECK(w.ask(w.connect(), query("A-1")).code == errc::quota_exceeded);
  // Whoever operates the server isn't the merchant.
  CHECK(w.ask(w.connect(), switch_channel_command{*channel_id::parse("alpha"), false, "ann", "test"}).code == errc::ok);
}

TEST_CASE("A place under way comes back with its answer, whatever the answer is, and with its connection") {
  auto bank = slow(channel("alpha"), 300);
  sim::world w(bounded(0, 0, 1, {bank}));
  auto& c = w.connect();
  for (int i = 0; i < 5; ++i) {
    const auto first = c.send({0, 0, pay("A-" + std::to_string(i))});
    const auto second = c.send({0, 0, pay("B-" + std::to_string(i))});
    REQUIRE(w.run_until([&] { return c.reply_to(first) != nullptr && c.reply_to(second) != nullptr; }));
    CHECK(c.reply_to(first)->code == errc::ok);
    CHECK(c.reply_to(second)->code == errc::quota_exceeded);
    CHECK(c.reply_to(second)->retry_after_ms == limits::quota_again_ms);
  }
  CHECK(w.ask(c, pay("A-0", 5)).code == errc::order_conflict);
  CHECK(w.ask(c, query("nothing")).code == errc::unknown_order);
  auto& gone = w.connect();
  gone.send({0, 0, pay("C-1")});
  w.run_for(50);
  w.disconnect(gone);
  w.run_for(1'000);
  CHECK(w.ask(c, query("C-1")).code == errc::ok);
}

TEST_CASE("Operators hear of a merchant beyond its quota once a minute, not at each refusal") {
  std::vector<std::string> said;
  auto options = bounded(1, 1, 0, {channel("alpha")});
  options.say = [&](severity how, std::string_view text) {
    if (how == severity::warning)
      said.emplace_back(text);
  };
  sim::world w(options);
  flood(w, 1, 50, "F-");
  w.run_for(1'000);
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("merchant m1") != std::string::npos);
  w.run_for(limits::quota_told_again_ms);
  flood(w, 1, 50, "G-");
  w.run_for(1'000);
  CHECK(said.size() == 2);
}

TEST_CASE("A command that says nothing of a quota opens the merchant that has one, and changes nothing of it") {
  sim::world w(bounded(1, 1, 0, {channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, open_merchant_command{merchant("m1")}).duplicate);
  auto other = merchant("m1");
  other.requests_per_s_max = 1'000;
  CHECK(w.ask(c, open_merchant_command{other}).code == errc::terms_conflict);
  w.crash();
  auto& again = w.connect();
  CHECK(w.ask(again, pay("A-1")).code == errc::ok);
  CHECK(w.ask(again, pay("A-2")).code == errc::quota_exceeded);
}
