// Stories in which a customer's wallet comes apart from what its orders say: the checker whose rule it is must say so.
#include "actors/domain/transfer_key.hpp"
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

const stream_name wallet_of_alice = stream_name::of_account("wallet/m1/alice");
const account_ref held_for_alice{account_kind::wallet, "m1/alice"};
const account_ref owed_by_alpha{account_kind::channel_receivable, "alpha"};

/// Whatever `alpha` is elsewhere, here wallets stand behind it: it is their accounts that decide.
pay_input from_alice(int64_t minor) {
  pay_input in = pay_for(minor);
  in.wallet = *wallet_id::parse("alice");
  return in;
}

void pays_from_alice(story& s, std::string_view number, int64_t minor) {
  pay_command c = command_for(number, minor);
  c.wallet = *wallet_id::parse("alice");
  s.send(c);
  s.tell(order_named(number), from_alice(minor));
}

claim_input taken_for(const story& s, std::string_view number) {
  const submit_effect what = s.submission(order_named(number), 1);
  return {transfer_key(operation::pay, what.attempt), what.amount, {}, alpha, what.submit_before};
}

void is_funded(story& s, int64_t minor) {
  pay_command c = command_for("T-1", minor);
  c.top_up = true;
  c.to_wallet = *wallet_id::parse("alice");
  s.send(c);
  pay_input in = pay_for(minor);
  in.top_up = true;
  in.to_wallet = c.to_wallet;
  s.tell(order_named("T-1"), in);
  s.reaches_bank(s.submission(order_named("T-1"), 1), pays());
  s.hears("T-1", says(1, succeeded, "OK"));
  s.tell(wallet_of_alice, credit_input{"order/m1/T-1", {minor, cny}});
  s.tell(order_named("T-1"), account_answer_input{account_deed::credit, 0, {}});
}

void is_refunded(story& s, std::string_view order, std::string_view name, int64_t minor) {
  const refund_input asked{*order_no::parse(order), *order_no::parse(name), {minor, cny}, ""};
  s.durable({s.now, stream_name::of_refund(m1, *order_no::parse(name)), 1, {}, {}, asked, {refund_claimed{}}});
  s.tell(order_named(order), asked);
  const order::refund& requested = s.history.find(order_named(order))->state.refunds.back();
  s.tell(
      wallet_of_alice,
      credit_input{
          transfer_key(operation::refund, requested.operation_id), {minor, cny}, {}, alpha, requested.submit_before});
  s.tell(order_named(order), refund_answer_input{requested.number, evidence::channel_reply, succeeded, "OK", ""});
}

} // namespace

TEST_CASE("What the rules make of wallets is nothing to complain about") {
  story s;
  is_funded(s, 50'000);
  pays_from_alice(s, "A-1", 10'000);
  s.tell(wallet_of_alice, taken_for(s, "A-1"));
  s.hears("A-1", says(1, succeeded, "OK"));
  pays_from_alice(s, "A-2", 60'000);
  s.hears("A-2", says(1, failed_final, "INSUFFICIENT_FUNDS"));
  pays_from_alice(s, "A-3", 5'000);
  s.hears("A-3", timed_out(1)); // in doubt, taken or not
  s.settle();
  CHECK(s.said_by("wallets-hold") == "");
  CHECK(s.said_by("paid-out-once") == "");
}

TEST_CASE("Loss prevented: money that left a wallet for an order that failed is noticed") {
  story s;
  is_funded(s, 50'000);
  pays_from_alice(s, "A-1", 10'000);
  s.tell(wallet_of_alice, taken_for(s, "A-1"));
  s.hears("A-1", says(1, failed_final, "NOT_PAID"));
  s.settle();
  expect(s, "wallets-hold", "the wallet m1/alice holds 400.00 CNY; its orders say 500.00 CNY");
}

TEST_CASE("Loss prevented: an order that is paid while its wallet never paid is noticed") {
  story s;
  is_funded(s, 50'000);
  pays_from_alice(s, "A-1", 10'000);
  s.hears("A-1", says(1, succeeded, "OK"));
  s.settle();
  expect(s, "wallets-hold", "the wallet m1/alice holds 500.00 CNY; its orders say 400.00 CNY");
}

TEST_CASE("Loss prevented: a wallet that pays for one attempt twice, or more than it holds, is noticed") {
  story s;
  is_funded(s, 15'000);
  pays_from_alice(s, "A-1", 10'000);
  const claim_input taken = taken_for(s, "A-1");
  for (int i = 0; i < 2; ++i) {
    decision d = s.next(wallet_of_alice, taken);
    d.events = {account_claimed{{{held_for_alice, taken.amount}, {owed_by_alpha, {-taken.amount.minor, cny}}}},
                claim_settled{}};
    s.durable(d);
  }
  expect(s, "wallets-hold", "leaves wallet/m1/alice below zero");
  expect(s, "wallets-hold", "a second time");
}

TEST_CASE("Loss prevented: a top-up that goes to somebody else is noticed") {
  story s;
  is_funded(s, 15'000);
  pay_command c = command_for("T-2", 5'000);
  c.top_up = true;
  c.to_wallet = *wallet_id::parse("alice");
  s.send(c);
  pay_input in = pay_for(5'000);
  in.top_up = true;
  in.to_wallet = c.to_wallet;
  s.tell(order_named("T-2"), in);
  s.reaches_bank(s.submission(order_named("T-2"), 1), pays());
  s.hears("T-2", says(1, succeeded, "OK"));
  s.tell(stream_name::of_account("merchant/m1/available"), credit_input{"order/m1/T-2", {5'000, cny}});
  s.tell(order_named("T-2"), account_answer_input{account_deed::credit, 0, {}});
  s.settle();
  expect(s, "wallets-hold", "the wallet m1/alice holds 150.00 CNY; its orders say 200.00 CNY");
}

TEST_CASE("Loss prevented: a wallet that denies what it paid, or what it got back, is noticed") {
  story s;
  is_funded(s, 50'000);
  pays_from_alice(s, "A-1", 10'000);
  s.tell(wallet_of_alice, taken_for(s, "A-1"));
  s.hears("A-1", says(1, succeeded, "OK"));
  is_refunded(s, "A-1", "R-1", 4'000);
  CHECK(s.said_by("wallets-hold") == "");
  s.tell(order_named("A-1"), refund_answer_input{1, evidence::channel_reply, failed_final, "NO", ""});
  expect(s, "wallets-hold", "position 16: the wallet that pays order/m1/A-1 contradicts what it said before");
  s.tell(order_named("A-1"), says(1, failed_final, "NO"));
  expect(s, "wallets-hold", "position 17: the wallet that pays order/m1/A-1 contradicts what it said before");
}

TEST_CASE("Loss prevented: a wallet's account that pays another channel than the one that asked is noticed") {
  story s;
  is_funded(s, 50'000);
  pays_from_alice(s, "A-1", 10'000);
  const claim_input taken = taken_for(s, "A-1");
  decision d = s.next(wallet_of_alice, taken);
  d.events = {account_claimed{{{held_for_alice, taken.amount},
                               {{account_kind::channel_receivable, "beta"}, {-taken.amount.minor, cny}}}},
              claim_settled{}};
  s.durable(d);
  expect(s, "books", "of account/wallet/m1/alice posts to channel/beta/receivable, which didn't ask for it");
}

TEST_CASE("Loss prevented: a wallet's account that is given money by a channel that didn't ask it to is noticed") {
  for (const bool by_an_order : {false, true}) {
    story s;
    const credit_input back{"refund/R-1", {4'000, cny}, {}, by_an_order ? channel_id() : beta, {}};
    decision d = s.next(wallet_of_alice, back);
    d.events = {account_credited{{{held_for_alice, {-back.amount.minor, cny}}, {owed_by_alpha, back.amount}}}};
    s.durable(d);
    expect(s, "books", "of account/wallet/m1/alice posts to channel/alpha/receivable, which didn't ask for it");
  }
}
