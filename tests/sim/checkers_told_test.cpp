// Stories in which a merchant isn't told of results as it should be, each in one way.
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

const stream_name a1 = order_named("A-1");

pay_input told_payment() {
  pay_input in = pay_for(10'000);
  in.route.tells_merchant = true;
  return in;
}

void opens(story& s) {
  s.m1_asks_to_be_told();
  s.tell(a1, told_payment());
  s.reaches_bank(s.submission(a1, 1), pays());
}

void is_paid(story& s) {
  opens(s);
  s.hears("A-1", says(1, succeeded, "OK"));
}

telling_input acknowledged() {
  return {1, 1, telling_fate::acknowledged, ""};
}

} // namespace

TEST_CASE("a merchant that is told, and told again where its answer was lost, is no violation") {
  story s;
  is_paid(s);
  const telling_effect told = s.tellings(a1).at(0);
  s.merchant_hears(told, false);
  s.tell(a1, telling_input{1, 1, telling_fate::no_answer, "NO_REPLY"});
  s.passes_ms(15'000);
  s.merchant_hears(s.tellings(a1).at(0), true);
  s.tell(a1, acknowledged());
  s.settle();
  CHECK(s.said_by("merchants-told").empty());
}

TEST_CASE("a result that nobody is going to tell is noticed when it is decided") {
  story s;
  opens(s);
  decision d = s.next(a1, says(1, succeeded, "OK"));
  d.events.pop_back();
  s.durable(std::move(d));
  expect(s, "merchants-told", "doesn't hold that its merchant is to be told");
}

TEST_CASE("a merchant that never acknowledged doesn't count as told") {
  story s;
  is_paid(s);
  s.tell(a1, acknowledged());
  expect(s, "merchants-told", "it never acknowledged");
}

TEST_CASE("a merchant isn't told again what it acknowledged") {
  story s;
  is_paid(s);
  const telling_effect told = s.tellings(a1).at(0);
  s.merchant_hears(told, true);
  s.tell(a1, acknowledged());
  s.merchant_hears(told, true);
  expect(s, "merchants-told", "though it had acknowledged it");
}

TEST_CASE("a merchant is told nothing else than how its order stands") {
  story s;
  is_paid(s);
  const telling_effect told = s.tellings(a1).at(0);
  SUBCASE("another result") {
    telling_effect other = told;
    other.result = told_result::failed;
    s.merchant_hears(other, true);
    expect(s, "merchants-told", "is told failed of");
  }
  SUBCASE("another amount") {
    telling_effect other = told;
    other.amount.minor = 1;
    s.merchant_hears(other, true);
    expect(s, "merchants-told", "another amount");
  }
  SUBCASE("what isn't durable") {
    telling_effect other = told;
    other.number = 2;
    s.merchant_hears(other, true);
    expect(s, "merchants-told", "nothing durable says so");
  }
  SUBCASE("under another id") {
    s.merchant_hears(told, false);
    telling_effect other = told;
    other.id = make_telling_id("test", m1, told.order_no, 7, "paid");
    s.merchant_hears(other, true);
    expect(s, "merchants-told", "under another id");
  }
  SUBCASE("by somebody else") {
    s.merchant_hears(told, true, {"another key", {}, {}});
    expect(s, "merchants-told", "isn't signed with its key");
  }
}

TEST_CASE("a merchant whom nobody tells is noticed in the end") {
  story s;
  is_paid(s);
  s.settle();
  expect(s, "merchants-told", "and nobody will");
}
