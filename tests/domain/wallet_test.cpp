// Wallets: what an account pays to a channel inside the house, what goes back, and what it says of both when asked.
#include "actors/domain/account.hpp"
#include "actors/domain/account_link.hpp"
#include "actors/domain/ledger.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/domain/routing.hpp"
#include "actors/domain/transfer_key.hpp"
#include "actors/domain/wallet.hpp"
#include "schema/limits.hpp"
#include "tests/domain/order_world.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <map>
#include <set>
#include <string>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const channel_id purse = *channel_id::parse("purse");
const wallet_id alice = *wallet_id::parse("alice");
const wallet_id bob = *wallet_id::parse("bob");
const instant deadline = plus_ms(noon, 5'000);

/// A wallet of m1's, told inputs at a time of the test's choice.
struct wallet_world {
  account::state state;
  std::vector<posting> postings;
  instant now = noon;

  explicit wallet_world(const wallet_id& id = alice)
      : state(account::initial(stream_name::of_account(path(account_of(m1, id))))) {}

  verdict_on_input tell(const input& in) {
    auto verdict = account::decide(state, now, in);
    if (verdict)
      for (const event& e : *verdict) {
        account::evolve(state, in, e);
        for (const posting& p : postings_of(e))
          postings.push_back(p);
      }
    return verdict;
  }

  void hold(int64_t minor) { REQUIRE(tell(credit_input{"before", {minor, cny}})); }
  int64_t available() const { return state.available(cny); }
  int64_t posted(const account_ref& account) const {
    int64_t sum = 0;
    for (const posting& p : postings)
      sum += p.account == account ? p.amount.minor : 0;
    return sum;
  }
};

claim_input payment(std::string_view id, int64_t minor, instant before = deadline) {
  return {"pay/" + std::string(id), {minor, cny}, {}, purse, before};
}

credit_input refund(std::string_view id, int64_t minor, instant before = deadline) {
  return {"refund/" + std::string(id), {minor, cny}, {}, purse, before};
}

pay_input pay_from(const wallet_id& wallet) {
  pay_input in = pay();
  in.wallet = wallet;
  in.route = route_to(purse);
  return in;
}

} // namespace

TEST_CASE("A wallet is its merchant's own: no other one reaches it by the same name") {
  const auto m2 = *merchant_id::parse("m2");
  CHECK(path(account_of(m1, alice)) == "wallet/m1/alice");
  CHECK(account_of(m1, alice) != account_of(m2, alice));
  CHECK(merchant_of(account_of(m1, alice)) == m1);
  CHECK(path(account_of(m1, {})) == "merchant/m1/available");
  CHECK(account::initial(stream_name::of_account("wallet/m1/alice")).account == account_of(m1, alice));
}

TEST_CASE("Wallets of one merchant lie in partitions of their own") {
  std::set<uint8_t> used;
  for (int i = 0; i < 64; ++i) {
    const auto id = *wallet_id::parse("w" + std::to_string(i));
    used.insert(stream_name::of_account(path(account_of(m1, id))).partition());
  }
  CHECK(used.size() > 40);
}

TEST_CASE("A payment is claimed and settled in one decision, and the channel owes what the wallet paid") {
  wallet_world w;
  w.hold(100);
  const auto verdict = w.tell(payment("1", 60));
  REQUIRE(verdict);
  CHECK(verdict->size() == 2);
  CHECK(w.available() == 40);
  CHECK(w.state.claims.empty());
  CHECK(w.posted({account_kind::channel_receivable, "purse"}) == -60);
  CHECK(account::goes_on_to(w.state, payment("1", 60)) == std::nullopt); // whoever sent it is answered
}

TEST_CASE("Loss prevented: two payments of 60 leave a wallet of 100") {
  wallet_world w;
  w.hold(100);
  REQUIRE(w.tell(payment("1", 60)));
  CHECK(w.tell(payment("2", 60)).error().code == errc::insufficient_funds);
  CHECK(w.available() == 40);
}

TEST_CASE("Loss prevented: a repeated request takes the money a second time") {
  wallet_world w;
  w.hold(100);
  REQUIRE(w.tell(payment("1", 60)));
  const auto again = w.tell(payment("1", 60));
  REQUIRE(again);
  CHECK(again->empty());
  w.now = plus_ms(deadline, 1); // known is known, however late
  CHECK(w.tell(payment("1", 60)).value().empty());
  CHECK(w.tell(payment("1", 30)).error().code == errc::claim_conflict);
  CHECK(w.available() == 40);
}

TEST_CASE("Loss prevented: a wallet pays after everybody has taken the payment for failed") {
  wallet_world w;
  w.hold(100);
  w.now = plus_ms(deadline, 1);
  CHECK(w.tell(payment("1", 60)).error().code == errc::already_expired);
  CHECK(w.tell(refund("1", 60)).error().code == errc::already_expired);
  CHECK(w.available() == 100);
  w.now = deadline;
  CHECK(w.tell(payment("1", 60)));
}

TEST_CASE("A refund reaches the wallet once, and frees what the channel owes") {
  wallet_world w;
  w.hold(100);
  REQUIRE(w.tell(payment("1", 60)));
  REQUIRE(w.tell(refund("r1", 25)));
  CHECK(w.tell(refund("r1", 25)).value().empty());
  CHECK(w.tell(refund("r1", 26)).error().code == errc::claim_conflict);
  CHECK(w.available() == 65);
  CHECK(w.posted({account_kind::channel_receivable, "purse"}) == -35);
}

TEST_CASE("A wallet says what became of a payment that it is asked about") {
  wallet_world w;
  w.hold(100);
  REQUIRE(w.tell(payment("1", 60)));
  CHECK(account::standing_of_transfer(w.state, "pay/1", deadline) == errc::ok);
  CHECK(account::standing_of_transfer(w.state, "pay/2", deadline) == errc::unknown_order);
}

TEST_CASE("Loss prevented: what a wallet has forgotten it calls unpaid, and it is paid again") {
  wallet_world w;
  w.hold(100'000);
  REQUIRE(w.tell(payment("first", 60)));
  for (size_t i = 0; i <= limits::ended_transfers_kept; ++i) {
    const instant before = plus_ms(deadline, static_cast<int64_t>(i) + 1);
    REQUIRE(w.tell(payment(std::to_string(i), 1, before)));
  }
  const int64_t left = w.available();
  CHECK(account::standing_of_transfer(w.state, "pay/first", deadline) == errc::in_doubt);
  CHECK(w.tell(payment("first", 60)).error().code == errc::claim_conflict);
  CHECK(w.available() == left);
  // What is newer than all that was forgotten can't be among it.
  CHECK(account::standing_of_transfer(w.state, "pay/new", plus_ms(deadline, 1'000'000)) == errc::unknown_order);
  // Nor are top-ups by orders mistaken for what channels ask.
  CHECK(w.tell(credit_input{"order/m1/T-1", {5, cny}, noon}));
}

TEST_CASE("Only a channel inside the house takes a wallet's payment, and it takes no other") {
  channel_terms bank, house;
  bank.channel = alpha;
  house.channel = purse;
  bank.methods = house.methods = {*method_id::parse("card")};
  bank.currencies = house.currencies = {cny};
  house.in_house = house_tool::wallet;
  const merchant_terms terms{m1, "", 0, 0, false};
  // Whichever of the two would be the first in turn.
  for (const uint32_t house_priority : {1U, 1'000U}) {
    house.priority = house_priority;
    const channel_snapshot both[] = {{bank, true}, {house, true}};
    const channel_snapshot* const channels[] = {&both[0], &both[1]};
    for (const auto& wallet : {wallet_id{}, alice}) {
      CAPTURE(house_priority);
      auto question = order::inquire(order::initial(order_stream, "test"), pay_from(wallet));
      REQUIRE(question);
      CHECK(choose_channel(*question, &terms, channels, {}, 1).chosen == (wallet.empty() ? alpha : purse));
    }
  }
}

TEST_CASE("Loss prevented: an order asked for again from another wallet is taken for the same one") {
  order_world w;
  REQUIRE(w.tell(pay_from(alice)));
  CHECK(w.tell(pay_from(alice)).value().empty());
  CHECK(w.tell(pay_from(bob)).error().code == errc::order_conflict);
  CHECK(w.tell(pay()).error().code == errc::order_conflict);
}

TEST_CASE("Fingerprints without a wallet are what they were before there were wallets") {
  CHECK(order::fingerprint_of(pay()) ==
        hash_parts_128({"order/1", "10000", "156", "card", std::string(sizeof(hash128), '\0')}));
  pay_input to_alice = pay_from(bob), to_bob = pay_from(alice);
  to_alice.top_up = to_bob.top_up = true;
  to_alice.to_wallet = alice;
  to_bob.to_wallet = bob;
  CHECK(order::fingerprint_of(to_alice) != order::fingerprint_of(to_bob));
}

TEST_CASE("An order tells its port which wallet pays, also when it enquires and refunds") {
  order_world w;
  REQUIRE(w.tell(pay_from(alice)));
  const auto* sent = std::get_if<submit_effect>(&w.effects.back());
  REQUIRE(sent != nullptr);
  CHECK(sent->wallet == alice);
  REQUIRE(w.tell(timed_out(1)));
  const auto due = order::requests_due(w.state, plus_ms(w.now, 200'000));
  REQUIRE(due.size() == 1);
  CHECK(due[0].wallet == alice);
  REQUIRE(w.tell(paid(1)));
  REQUIRE(w.tell(refund_input{*order_no::parse("A-7"), *order_no::parse("R-1"), {10'000, cny}, ""}));
  const auto* back = std::get_if<channel_request_effect>(&w.effects.back());
  REQUIRE(back != nullptr);
  CHECK(back->wallet == alice);
}

TEST_CASE("A wallet without the money fails the payment for good: no other channel has it") {
  order_world w;
  REQUIRE(w.tell(pay_from(alice)));
  REQUIRE(w.tell(answer(1, evidence::channel_reply, reply_class::failed_final, "INSUFFICIENT_FUNDS")));
  CHECK(w.state.status == order_state::failed);
  CHECK(order::view(w.state).attempts[0].code == "INSUFFICIENT_FUNDS");
}

TEST_CASE("A top-up with a wallet is credited there, and a pay-out from a wallet is claimed there") {
  order_world up;
  pay_input in = pay();
  in.top_up = true;
  in.to_wallet = alice;
  REQUIRE(up.tell(in));
  REQUIRE(up.tell(paid(1)));
  REQUIRE(order::account_request(up.state));
  CHECK(order::account_request(up.state)->account == stream_name::of_account("wallet/m1/alice"));

  order_world out;
  pay_out_input what;
  what.order_no = *order_no::parse("A-7");
  what.amount = {10'000, cny};
  what.method = *method_id::parse("bank-transfer");
  what.from_wallet = alice;
  CHECK(order::claims(out.state, what) == stream_name::of_account("wallet/m1/alice"));
  REQUIRE(out.tell(what));
  const auto ask = order::account_request(out.state);
  REQUIRE(ask);
  CHECK(ask->account == stream_name::of_account("wallet/m1/alice"));
  CHECK(order::inquire(out.state, account_answer_input{account_deed::claim, 0, {}})->from_wallet == false);

  wallet_world w;
  w.hold(20'000);
  CHECK(account::goes_on_to(w.state, what)->to == order_stream);
  REQUIRE(w.tell(ask->what));
  CHECK(w.available() == 20'000 - 10'060);
  CHECK(account::goes_on_to(w.state, ask->what)->to == order_stream);
}

TEST_CASE("No wallet goes below zero and all postings sum to zero, whatever happens to two wallets") {
  CHECK(rc::check("wallets", [] {
    wallet_world wallets[] = {wallet_world(alice), wallet_world(bob)};
    std::map<std::string, int64_t> taken[2], given[2];
    const auto steps = *rc::gen::container<std::vector<std::array<int, 4>>>(rc::gen::map(
        rc::gen::tuple(rc::gen::inRange(0, 2), rc::gen::inRange(0, 5), rc::gen::inRange(1, 5), rc::gen::inRange(1, 90)),
        [](const auto& t) {
          return std::array{std::get<0>(t), std::get<1>(t), std::get<2>(t), std::get<3>(t)};
        }));
    for (const auto& [which, what, key, minor] : steps) {
      wallet_world& w = wallets[which];
      const std::string id = std::to_string(key);
      if (what == 0)
        w.tell(credit_input{"order/m1/T-" + id, {minor, cny}, noon});
      else if (what == 1)
        w.tell(claim_input{"order/m1/P-" + id, {minor, cny}, {}});
      else if (what == 2)
        w.tell(release_input{"order/m1/P-" + id});
      else if (what == 3 && w.tell(payment(id, minor)))
        taken[which].insert({id, minor});
      else if (what == 4 && w.tell(refund(id, minor)))
        given[which].insert({id, minor});
      RC_ASSERT(w.available() >= 0);
      RC_ASSERT(ledger::balanced(w.postings));
      int64_t between = 0; // once for each key, whatever was said of it again
      for (const auto& [k, amount] : taken[which])
        between += amount;
      for (const auto& [k, amount] : given[which])
        between -= amount;
      RC_ASSERT(w.posted({account_kind::channel_receivable, "purse"}) == -between);
    }
  }));
}
