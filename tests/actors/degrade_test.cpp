// Merchants and methods that operators switch off while the server runs (D6).
#include "tests/actors/town.hpp"

using namespace oncepay;
using namespace oncepay::test;

namespace {

switch_command merchant_off(bool on = false) {
  return {switch_subject::merchant, "m1", on, "ann", "chargebacks"};
}
switch_command card_off(bool on = false) {
  return {switch_subject::method, "card", on, "ann", "the scheme is down"};
}

channel_terms with_wallet(channel_terms t) {
  t.methods.push_back(*method_id::parse("wallet"));
  return t;
}

pay_command by_wallet(std::string_view order) {
  auto c = pay(order);
  c.method = *method_id::parse("wallet");
  return c;
}

} // namespace

TEST_CASE("A merchant that is off opens nothing, its number stays free, others go on, and on again it pays") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, merchant_off()).code == errc::ok);
  const uint64_t before = w.log().head().position;
  const reply refused = w.ask(c, pay("A-1"));
  CHECK(refused.code == errc::switched_off);
  CHECK(advice_for(refused.code) == advice::retry);
  CHECK(w.log().head().position == before);
  CHECK(w.ask(c, pay("A-1", 100, "m2")).code == errc::ok);
  CHECK(w.ask(c, merchant_off()).duplicate);
  CHECK(w.ask(c, merchant_off(true)).code == errc::ok);
  CHECK(w.ask(c, pay("A-1", 5)).code == errc::ok);
}

TEST_CASE("A method that is off is off for everybody, and other methods go on") {
  sim::world w(town({with_wallet(channel("alpha"))}));
  auto& c = w.connect();
  CHECK(w.ask(c, card_off()).code == errc::ok);
  CHECK(w.ask(c, pay("A-1")).code == errc::switched_off);
  CHECK(w.ask(c, pay("A-1", 100, "m2")).code == errc::switched_off);
  CHECK(w.ask(c, by_wallet("A-2")).code == errc::ok);
  CHECK(w.ask(c, card_off(true)).code == errc::ok);
  CHECK(w.ask(c, pay("A-1")).code == errc::ok);
}

TEST_CASE("Loss prevented: a misspelt method is acknowledged off, and payments by the right one go on") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, switch_command{switch_subject::method, "crad", false, "ann", "typo"}).code == errc::unknown_method);
  CHECK(w.ask(c, switch_command{switch_subject::merchant, "m9", false, "ann", "typo"}).code == errc::unknown_merchant);
  CHECK(w.log().streams_of(stream_kind::method)->empty());
}

TEST_CASE("Loss prevented: a restart switches on what operators switched off, and operators aren't told") {
  auto options = town({with_wallet(channel("alpha"))});
  std::vector<std::string> said;
  options.say = [&](severity how, std::string_view text) {
    if (how == severity::warning)
      said.emplace_back(text);
  };
  sim::world w(options);
  CHECK(w.ask(w.connect(), merchant_off()).code == errc::ok);
  CHECK(w.ask(w.connect(), card_off()).code == errc::ok);
  w.crash();
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("merchant m1, method card") != std::string::npos);
  auto& c = w.connect();
  CHECK(w.ask(c, by_wallet("A-1")).code == errc::switched_off);
  CHECK(w.ask(c, pay("A-1", 100, "m2")).code == errc::switched_off);
  CHECK(w.ask(c, merchant_off()).duplicate);
  CHECK(w.ask(c, merchant_off(true)).code == errc::ok);
  CHECK(w.ask(c, by_wallet("A-1")).code == errc::ok);
}

TEST_CASE("What exists goes on while its merchant and method are off: answers, enquiries and refunds") {
  auto doubtful = with_wallet(channel("beta", 2));
  doubtful.methods = {*method_id::parse("wallet")};
  doubtful = silent(doubtful, true);
  doubtful.enquire_after_ms = 5'000;
  sim::world w(town({channel("alpha", 1), doubtful}));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  REQUIRE(w.ask(c, by_wallet("A-2")).code == errc::in_doubt);
  REQUIRE(w.ask(c, merchant_off()).code == errc::ok);
  REQUIRE(w.ask(c, card_off()).code == errc::ok);
  CHECK(w.ask(c, pay("A-1")).duplicate);
  CHECK(w.ask(c, pay("A-1", 5)).code == errc::order_conflict);
  const reply refunded = w.ask(
      c, refund_command{
             *merchant_id::parse("m1"), *order_no::parse("A-1"), *order_no::parse("R-1"), {10'000, cny}, "returned"});
  CHECK(refunded.code == errc::ok);
  w.run_for(30'000);
  CHECK(w.ask(c, query("A-2")).code == errc::ok); // its channel was asked
}

TEST_CASE("Loss prevented: an order of a merchant that is off is tried on another channel") {
  auto declines = declining(slow(channel("alpha", 1), 500));
  sim::world w(town({declines, channel("beta", 2)}));
  auto& c = w.connect();
  const auto id = c.send({0, 0, pay("A-1")});
  w.run_for(100);
  REQUIRE(w.ask(c, merchant_off()).code == errc::ok);
  REQUIRE(w.run_until([&] { return c.reply_to(id) != nullptr; }));
  CHECK(c.reply_to(id)->code == errc::payment_failed);
  CHECK(order_in(*c.reply_to(id)).attempts.size() == 1);
}

TEST_CASE("Loss prevented: who waits for a permit when its merchant is switched off is submitted all the same") {
  auto narrow = slow(channel("alpha"), 500);
  narrow.concurrency_max = 1;
  narrow.queue_wait_ms_max = 5'000;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    sim::world w(town({narrow}, seed));
    auto& c = w.connect();
    const auto first = c.send({0, 0, pay("A-1", 100, "m2")});
    w.run_for(20);
    const auto waits = c.send({0, 0, pay("B-1")});
    const auto other = c.send({0, 0, pay("C-1", 100, "m2")});
    w.run_for(20);
    REQUIRE(w.ask(c, merchant_off()).code == errc::ok);
    REQUIRE(w.run_until([&] { return c.reply_to(first) && c.reply_to(waits) && c.reply_to(other); }));
    CHECK(c.reply_to(first)->code == errc::ok);
    CHECK(c.reply_to(waits)->code == errc::switched_off);
    CHECK(c.reply_to(other)->code == errc::ok); // who stands behind it gets its turn
  }
}

TEST_CASE("Two operators switch a merchant off at once: whichever answer comes first may be relied on") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    sim::world w(town({channel("alpha")}, seed));
    auto& ann = w.connect();
    auto& bob = w.connect();
    const auto one = ann.send({0, 0, merchant_off()});
    const auto two = bob.send({0, 0, merchant_off()});
    REQUIRE(w.run_until([&] { return ann.reply_to(one) != nullptr || bob.reply_to(two) != nullptr; }));
    CHECK(w.ask(w.connect(), pay("A-1")).code == errc::switched_off);
  }
}
