// Wallets from the wire to their accounts and back: paying from them, refunds to them, top-ups, pay-outs and transfers,
// exactly once through crashes.
#include "tests/actors/town.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const method_id by_wallet = *method_id::parse("wallet");
const method_id by_transfer = *method_id::parse("bank-transfer");

/// The wallets' channel; what a crash leaves in doubt is asked about soon.
channel_terms purse() {
  channel_terms t;
  t.channel = *channel_id::parse("purse");
  t.display_name = "Wallets";
  t.methods = {by_wallet};
  t.currencies = {cny};
  t.in_house = house_tool::wallet;
  t.reply_within_ms = 1'000;
  t.enquire_after_ms = 5'000;
  t.enquire_interval_ms_max = 5'000;
  t.not_found_after_ms = 6'000;
  return t;
}

channel_terms bank_that_pays_out() {
  channel_terms t = channel("alpha");
  t.pay_out_methods = {by_transfer};
  return t;
}

sim::world_options house(uint64_t seed = 1) {
  return town({bank_that_pays_out(), purse()}, seed);
}

wallet_id wallet(std::string_view id) {
  return *wallet_id::parse(id);
}

pay_command pay_from(std::string_view order, std::string_view from, int64_t minor) {
  pay_command c = pay(order, minor);
  c.method = by_wallet;
  c.payer.clear();
  c.wallet = wallet(from);
  return c;
}

pay_command top_up(std::string_view order, std::string_view to, int64_t minor) {
  pay_command c = pay(order, minor);
  c.top_up = true;
  c.to_wallet = wallet(to);
  return c;
}

pay_command transfer(std::string_view order, std::string_view from, std::string_view to, int64_t minor) {
  pay_command c = pay_from(order, from, minor);
  c.top_up = true;
  c.to_wallet = wallet(to);
  return c;
}

pay_out_command withdraw(std::string_view order, std::string_view from, int64_t minor, std::string_view payee = "bob") {
  return {*merchant_id::parse("m1"),
          *order_no::parse(order),
          {minor, cny},
          by_transfer,
          std::string(payee),
          "",
          wallet(from)};
}

refund_command refund(std::string_view order, std::string_view number, int64_t minor) {
  return {*merchant_id::parse("m1"), *order_no::parse(order), *order_no::parse(number), {minor, cny}, ""};
}

int64_t held(sim::world& w, sim::client& c, std::string_view id) {
  const std::string account = "wallet/m1/" + std::string(id);
  return -balance_of(balances(w, c, account), account);
}

/// Nothing is under way: all postings sum to zero, and nobody owes anybody what wallets paid.
void check_books(sim::world& w, sim::client& c) {
  const auto all = balances(w, c);
  CHECK(sum_of(all) == 0);
  CHECK(balance_of(all, "channel/purse/receivable") == 0);
  CHECK(balance_of(all, "transit") == 0);
}

} // namespace

TEST_CASE("A wallet is topped up, paid from, refunded to and paid out of, and its channel owes nothing afterwards") {
  sim::world w(house());
  sim::client& c = w.connect();
  const reply up = w.ask(c, top_up("T-1", "alice", 50'000));
  CHECK(up.code == errc::ok);
  CHECK(order_in(up).to_wallet == wallet("alice"));
  CHECK(held(w, c, "alice") == 50'000);

  const reply paid = w.ask(c, pay_from("A-1", "alice", 10'000));
  CHECK(paid.code == errc::ok);
  CHECK(order_in(paid).from_wallet == wallet("alice"));
  CHECK(order_in(paid).attempts[0].channel == purse().channel);
  CHECK(held(w, c, "alice") == 40'000);
  CHECK(balance_of(balances(w, c, "merchant/m1/"), "merchant/m1/pending") == -(10'000 - 60));
  check_books(w, c);

  CHECK(w.ask(c, refund("A-1", "R-1", 4'000)).code == errc::ok);
  CHECK(w.ask(c, refund("A-1", "R-1", 4'000)).duplicate);
  CHECK(held(w, c, "alice") == 44'000);
  CHECK(w.ask(c, refund("A-1", "R-2", 6'001)).code == errc::refund_too_large);
  check_books(w, c);

  const reply out = w.ask(c, withdraw("P-1", "alice", 20'000));
  CHECK(out.code == errc::ok);
  CHECK(order_in(out).from_wallet == wallet("alice"));
  CHECK(held(w, c, "alice") == 44'000 - 20'120);
  CHECK(balance_of(balances(w, c, "merchant/m1/"), "merchant/m1/available") == 0);
  check_books(w, c);
  CHECK(w.alarms().empty());
}

TEST_CASE("What a wallet doesn't hold it doesn't pay, and the order has failed for good") {
  sim::world w(house());
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
  for (const std::string_view from : {"alice", "nobody"}) {
    const std::string order = "A-" + std::string(from);
    const reply r = w.ask(c, pay_from(order, from, 101));
    CHECK(r.code == errc::payment_failed);
    REQUIRE(order_in(r).attempts.size() == 1);
    CHECK(order_in(r).attempts[0].code == "INSUFFICIENT_FUNDS");
    CHECK(w.ask(c, pay_from(order, from, 101)).code == errc::payment_failed);
  }
  CHECK(w.ask(c, withdraw("P-1", "alice", 100)).code == errc::insufficient_funds); // with our fee
  CHECK(w.ask(c, query("P-1")).code == errc::unknown_order);
  CHECK(held(w, c, "alice") == 100);
  check_books(w, c);
}

TEST_CASE("Loss prevented: a merchant spends what another merchant's customer holds") {
  sim::world w(house());
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
  pay_command other = pay_from("A-1", "alice", 50);
  other.merchant = *merchant_id::parse("m2");
  CHECK(w.ask(c, other).code == errc::payment_failed);
  CHECK(held(w, c, "alice") == 100);
}

TEST_CASE("Loss prevented: a wallet's payment goes to a bank, or a card's to the wallets") {
  channel_terms also = channel("beta");
  also.methods = {by_wallet}; // a bank that calls a method of its own the same
  sim::world w(town({bank_that_pays_out(), also, purse()}));
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
  CHECK(order_in(w.ask(c, pay_from("A-1", "alice", 60))).attempts[0].channel == purse().channel);
  pay_command of_card = pay("A-2");
  of_card.method = by_wallet;
  CHECK(order_in(w.ask(c, of_card)).attempts[0].channel == also.channel);
  pay_command wrong = pay_from("A-3", "alice", 10);
  wrong.method = card;
  CHECK(w.ask(c, wrong).code == errc::no_channel);
  CHECK(held(w, c, "alice") == 40);
}

TEST_CASE("Loss prevented: two payments of 60 that race leave a wallet of 100") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    sim::world w(house(seed));
    sim::client& c = w.connect();
    REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
    const std::array sent{c.send({0, 0, pay_from("A-1", "alice", 60)}), c.send({0, 0, pay_from("A-2", "alice", 60)})};
    REQUIRE(w.run_until([&] { return c.reply_to(sent[0]) != nullptr && c.reply_to(sent[1]) != nullptr; }));
    const auto paid =
        std::count_if(sent.begin(), sent.end(), [&](uint64_t id) { return c.reply_to(id)->code == errc::ok; });
    CHECK(paid == 1);
    CHECK(held(w, c, "alice") == 40);
    check_books(w, c);
  }
}

TEST_CASE("Many payments at once from one wallet are all made, one after another") {
  sim::world w(house());
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 1'000)).code == errc::ok);
  std::vector<uint64_t> sent; // more than wait for one entity from outside
  for (int i = 0; i < 90; ++i)
    sent.push_back(c.send({0, 0, pay_from("A-" + std::to_string(i), "alice", 10)}));
  REQUIRE(w.run_until(
      [&] { return std::all_of(sent.begin(), sent.end(), [&](uint64_t id) { return c.reply_to(id) != nullptr; }); }));
  for (const uint64_t id : sent)
    CHECK(c.reply_to(id)->code == errc::ok);
  CHECK(held(w, c, "alice") == 100);
  check_books(w, c);
}

TEST_CASE("Loss prevented: an order sent twice takes a wallet's money twice") {
  sim::world w(house());
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
  const auto first = c.send({0, 0, pay_from("A-1", "alice", 30)});
  const auto second = c.send({0, 0, pay_from("A-1", "alice", 30)});
  REQUIRE(w.run_until([&] { return c.reply_to(first) != nullptr && c.reply_to(second) != nullptr; }));
  CHECK(c.reply_to(first)->code == errc::ok);
  CHECK(c.reply_to(second)->code == errc::ok);
  CHECK(w.ask(c, pay_from("A-1", "bob", 30)).code == errc::order_conflict);
  CHECK(held(w, c, "alice") == 70);
  check_books(w, c);
}

TEST_CASE("A transfer moves money between wallets of different partitions, once, and to itself never") {
  sim::world w(house());
  sim::client& c = w.connect();
  REQUIRE(stream_name::of_account("wallet/m1/alice").partition() !=
          stream_name::of_account("wallet/m1/bob").partition());
  REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
  const reply r = w.ask(c, transfer("X-1", "alice", "bob", 70));
  CHECK(r.code == errc::ok);
  CHECK(order_in(r).from_wallet == wallet("alice"));
  CHECK(order_in(r).to_wallet == wallet("bob"));
  CHECK(w.ask(c, transfer("X-1", "alice", "bob", 70)).duplicate);
  CHECK(w.ask(c, transfer("X-1", "alice", "carol", 70)).code == errc::order_conflict);
  CHECK(w.ask(c, transfer("X-2", "alice", "bob", 31)).code == errc::payment_failed);
  CHECK(w.ask(c, transfer("X-3", "alice", "alice", 1)).code == errc::same_wallet);
  CHECK(w.ask(c, query("X-3")).code == errc::unknown_order);
  CHECK(held(w, c, "alice") == 30);
  CHECK(held(w, c, "bob") == 70);
  check_books(w, c);
}

TEST_CASE("Opposite transfers at once don't wait for each other") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    sim::world w(house(seed));
    sim::client& c = w.connect();
    REQUIRE(w.ask(c, top_up("T-1", "alice", 1'000)).code == errc::ok);
    REQUIRE(w.ask(c, top_up("T-2", "bob", 1'000)).code == errc::ok);
    std::vector<uint64_t> sent;
    for (int i = 0; i < 20; ++i) {
      sent.push_back(c.send({0, 0, transfer("X-" + std::to_string(i), "alice", "bob", 10 + i)}));
      sent.push_back(c.send({0, 0, transfer("Y-" + std::to_string(i), "bob", "alice", 10)}));
    }
    REQUIRE(w.run_until(
        [&] { return std::all_of(sent.begin(), sent.end(), [&](auto id) { return c.reply_to(id) != nullptr; }); },
        5'000));
    for (const uint64_t id : sent)
      CHECK(c.reply_to(id)->code == errc::ok);
    CHECK(held(w, c, "alice") == 1'000 - 190);
    CHECK(held(w, c, "bob") == 1'000 + 190);
    check_books(w, c);
  }
}

TEST_CASE("Loss prevented: the process dies while a wallet pays, is refunded to or transfers, wherever") {
  // Between any two turns of an actor: before the account decides, between its decision and the port's answer, and
  // before the order knows. Each has one effect or none, and the order says which.
  for (const bool asks_again : {true, false}) {
    for (uint64_t after = 1; after <= 160; after += 4) {
      CAPTURE(after);
      CAPTURE(asks_again);
      sim::world w(house(after));
      sim::client& c = w.connect();
      REQUIRE(w.ask(c, top_up("T-1", "alice", 1'000)).code == errc::ok);
      REQUIRE(w.ask(c, pay_from("A-1", "alice", 100)).code == errc::ok);
      const auto send_all = [](sim::client& to) {
        to.send({0, 0, pay_from("A-2", "alice", 200)});
        to.send({0, 0, transfer("X-1", "alice", "bob", 300)});
        to.send({0, 0, refund("A-1", "R-1", 40)});
      };
      send_all(c);
      const uint64_t until = w.steps() + after;
      w.run_until([&] { return w.steps() >= until; });
      w.crash();
      if (asks_again)
        send_all(w.connect());
      w.run_for(60'000);
      sim::client& later = w.connect();
      const errc paid = w.ask(later, query("A-2")).code;
      const errc moved = w.ask(later, query("X-1")).code;
      for (const errc code : {paid, moved})
        CHECK((code == errc::ok || code == errc::payment_failed || (code == errc::unknown_order && !asks_again)));
      const order_view refunded = order_in(w.ask(later, query("A-1")));
      const bool back = refunded.refunded_minor == 40;
      CHECK((refunded.refunded_minor == 0 || back));
      CHECK(held(w, later, "alice") ==
            900 - (paid == errc::ok ? 200 : 0) - (moved == errc::ok ? 300 : 0) + (back ? 40 : 0));
      CHECK(held(w, later, "bob") == (moved == errc::ok ? 300 : 0));
      check_books(w, later);
    }
  }
}

TEST_CASE(
    "Loss prevented: the process dies between the account's decision and the port's answer, and the money is gone") {
  // The account's decision is durable, and nothing that follows from it.
  sim::world w(house());
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
  const uint64_t head = w.log().head().position;
  c.send({0, 0, pay_from("A-1", "alice", 60)});
  REQUIRE(w.run_until([&] { return w.log().head().position == head + 2; })); // the intent, and what the wallet paid
  w.crash();
  sim::client& later = w.connect();
  w.run_for(100);
  CHECK(w.ask(later, query("A-1")).code == errc::in_doubt);
  CHECK(held(w, later, "alice") == 40);
  REQUIRE(w.run_until([&] { return w.ask(later, query("A-1")).code == errc::ok; }));
  CHECK(order_in(w.ask(later, query("A-1"))).attempts.size() == 1);
  CHECK(held(w, later, "alice") == 40);
  check_books(w, later);
}

TEST_CASE("A payment that its wallet never heard of fails once that is sure, and takes nothing") {
  sim::world w(house());
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
  const uint64_t head = w.log().head().position;
  c.send({0, 0, pay_from("A-1", "alice", 60)});
  REQUIRE(w.run_until([&] { return w.log().head().position == head + 1; })); // the intent alone
  w.crash();
  sim::client& later = w.connect();
  REQUIRE(w.run_until([&] { return w.ask(later, query("A-1")).code == errc::payment_failed; }));
  CHECK(order_in(w.ask(later, query("A-1"))).attempts[0].code == "NOT_MADE");
  CHECK(held(w, later, "alice") == 100);
  check_books(w, later);
  CHECK(w.alarms().empty()); // nobody need find out what a wallet knows
}

TEST_CASE("Closing a payment that is in doubt at a wallet finds out whether it was paid") {
  for (const uint64_t decisions : {1, 2}) {
    CAPTURE(decisions);
    sim::world w(house());
    sim::client& c = w.connect();
    REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
    const uint64_t head = w.log().head().position;
    c.send({0, 0, pay_from("A-1", "alice", 60)});
    REQUIRE(w.run_until([&] { return w.log().head().position == head + decisions; }));
    w.crash();
    sim::client& later = w.connect();
    w.run_for(100);
    later.send({0, 0, close_command{*merchant_id::parse("m1"), *order_no::parse("A-1"), ""}});
    w.run_for(20'000);
    CHECK(w.ask(later, query("A-1")).code == (decisions == 1 ? errc::order_closed : errc::ok));
    CHECK(held(w, later, "alice") == (decisions == 1 ? 100 : 40));
    check_books(w, later);
  }
}

TEST_CASE("Pay-outs from wallets are held to the rules of pay-outs, each wallet's by itself") {
  channel_terms out = silent(channel("omega", 20), true);
  out.methods.clear();
  out.pay_out_methods = {by_transfer};
  sim::world w(town({channel("alpha"), out, purse()}));
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 50'000)).code == errc::ok);
  REQUIRE(w.ask(c, top_up("T-2", "bob", 50'000)).code == errc::ok);
  CHECK(w.ask(c, withdraw("P-1", "alice", 1'000, "carol")).code == errc::in_doubt);
  CHECK(w.ask(c, withdraw("P-2", "alice", 1'000, "carol")).code == errc::like_pay_out_open);
  CHECK(w.ask(c, withdraw("P-3", "bob", 1'000, "carol")).code == errc::in_doubt); // another customer's own money
  CHECK(held(w, c, "alice") == 50'000 - 1'006);
  CHECK(w.ask(c, switch_pay_outs_command{false, {}, {}, "lin", "stop"}).code == errc::ok);
  CHECK(w.ask(c, withdraw("P-4", "alice", 2'000, "carol")).code == errc::pay_outs_stopped);
  CHECK(held(w, c, "alice") == 50'000 - 1'006);
}

TEST_CASE("A wallets' channel that is off pays nothing, and still gives answers") {
  sim::world w(house());
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", "alice", 100)).code == errc::ok);
  REQUIRE(w.ask(c, pay_from("A-1", "alice", 60)).code == errc::ok);
  REQUIRE(w.ask(c, switch_channel_command{purse().channel, false, "lin", "test"}).code == errc::ok);
  CHECK(w.ask(c, pay_from("A-2", "alice", 10)).code == errc::no_channel);
  CHECK(w.ask(c, pay_from("A-1", "alice", 60)).code == errc::ok);
  CHECK(w.ask(c, check_order_command{*merchant_id::parse("m1"), *order_no::parse("A-1"), {}, "lin", "test"}).code ==
        errc::ok);
  CHECK(held(w, c, "alice") == 40);
}
