#include "actors/domain/account.hpp"
#include "actors/domain/ledger.hpp"
#include "schema/decision.hpp"
#include "schema/limits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;

namespace {

const currency cny = *parse_currency("CNY");
const stream_name alice = stream_name::of_account("wallet/alice");

struct account_world {
  account::state state = account::initial(alice);
  std::vector<posting> postings;
  std::vector<decision> decisions;

  verdict_on_input tell(const input& in) {
    auto verdict = account::decide(state, {}, in);
    if (!verdict)
      return verdict;
    for (const event& e : *verdict) {
      account::evolve(state, in, e);
      for (const posting& p : postings_of(e))
        postings.push_back(p);
    }
    decisions.push_back({{}, alice, 0, {}, {}, in, *verdict});
    return verdict;
  }
};

rc::Gen<input> any_input() {
  auto key = rc::gen::element<std::string>("k1", "k2", "k3", "k4");
  auto amount = rc::gen::map(rc::gen::inRange<int64_t>(-5, 100), [](int64_t minor) { return money{minor, cny}; });
  return rc::gen::oneOf(rc::gen::map(rc::gen::pair(key, amount),
                                     [](auto p) {
                                       return input{credit_input{p.first, p.second}};
                                     }),
                        rc::gen::map(rc::gen::pair(key, amount),
                                     [](auto p) {
                                       return input{claim_input{p.first, p.second}};
                                     }),
                        rc::gen::map(key, [](std::string k) { return input{release_input{std::move(k)}}; }));
}

} // namespace

TEST_CASE("Loss prevented: a wallet pays more than it holds") {
  account_world w;
  REQUIRE(w.tell(credit_input{"top-up-1", {100, cny}}));
  REQUIRE(w.tell(claim_input{"order-1", {60, cny}}));
  CHECK(w.tell(claim_input{"order-2", {60, cny}}).error().code == errc::insufficient_funds);
  CHECK(w.state.available(cny) == 40);
}

TEST_CASE("Loss prevented: an asker that crashed asks again and money leaves twice") {
  account_world w;
  REQUIRE(w.tell(credit_input{"top-up-1", {100, cny}}));
  REQUIRE(w.tell(claim_input{"order-1", {60, cny}}));
  auto again = w.tell(claim_input{"order-1", {60, cny}});
  REQUIRE(again);
  CHECK(again->empty());
  CHECK(w.state.available(cny) == 40);
  CHECK(w.tell(claim_input{"order-1", {61, cny}}).error().code == errc::claim_conflict);
  REQUIRE(w.tell(credit_input{"top-up-1", {100, cny}}));
  CHECK(w.state.available(cny) == 40);
}

TEST_CASE("Loss prevented: a top-up whose answer was lost is credited again, once many others came in between") {
  account_world w;
  const credit_input first{"order/m1/T-0", {100, cny}, {1'000}};
  REQUIRE(w.tell(first));
  for (size_t i = 1; i <= limits::ended_transfers_kept; ++i)
    REQUIRE(w.tell(credit_input{"order/m1/T-" + std::to_string(i), {1, cny}, {1'000 + static_cast<int64_t>(i)}}));
  const int64_t before = w.state.available(cny);
  // It is forgotten by now, and who asks first asks later: so this one may be a repeat, and is.
  CHECK(w.tell(first).error().code == errc::claim_conflict);
  CHECK(w.state.available(cny) == before);
  CHECK(w.tell(credit_input{"order/m1/new", {5, cny}, {1'000'000}}));
  CHECK(w.state.available(cny) == before + 5);
}

TEST_CASE("A released claim comes back once") {
  account_world w;
  REQUIRE(w.tell(credit_input{"top-up-1", {100, cny}}));
  REQUIRE(w.tell(claim_input{"order-1", {60, cny}}));
  REQUIRE(w.tell(release_input{"order-1"}));
  REQUIRE(w.tell(release_input{"order-1"}));
  CHECK(w.state.available(cny) == 100);
  CHECK_FALSE(w.tell(release_input{"order-2"}));
}

TEST_CASE("Balance and detail can't come apart, nor a balance go below zero, after any history") {
  CHECK(rc::check("account", [] {
    account_world w;
    for (const input& in : *rc::gen::container<std::vector<input>>(any_input())) {
      w.tell(in);
      RC_ASSERT(w.state.available(cny) >= 0);
      RC_ASSERT(ledger::balanced(w.postings));
      int64_t posted = 0;
      for (const posting& p : w.postings)
        posted -= p.account == w.state.account ? p.amount.minor : 0;
      RC_ASSERT(posted == w.state.available(cny));
    }
    auto replayed = account::initial(alice);
    for (const decision& d : w.decisions)
      for (const event& e : d.events)
        account::evolve(replayed, d.input, e);
    RC_ASSERT(replayed == w.state);
  }));
}
