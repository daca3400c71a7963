// Stories in which money goes out that shouldn't, or is left between an order and its merchant's account: the checker
// whose rule it is must say so.
#include "actors/domain/ledger.hpp"
#include "actors/domain/pay_out.hpp"
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

const stream_name available = stream_name::of_account("merchant/m1/available");
const account_ref of_m1{account_kind::merchant_available, "m1"};
const account_ref transit{account_kind::transit, {}};
constexpr int64_t claimed_minor = 10'060;

pay_out_input out(std::string_view number) {
  pay_out_input in;
  in.order_no = *order_no::parse(number);
  in.amount = {10'000, cny};
  in.method = card;
  in.payee_token = hash_parts_128({"bob"});
  in.route = route_to(alpha);
  return in;
}

claim_input claim(std::string_view number) {
  return {"order/m1/" + std::string(number),
          {claimed_minor, cny},
          order::likeness_of(out(number).payee_token, out(number).amount)};
}

account_answer_input told(account_deed deed) {
  account_answer_input in{deed, 0, {}};
  if (deed == account_deed::claim)
    in.route = route_to(alpha);
  return in;
}

void top_up(story& s, int64_t minor = 50'000) {
  pay_command c = command_for("T-1", minor);
  c.top_up = true;
  s.send(c);
  pay_input in = pay_for(minor);
  in.top_up = true;
  s.tell(order_named("T-1"), in);
  s.reaches_bank(s.submission(order_named("T-1"), 1), pays());
  s.hears("T-1", says(1, succeeded, "OK"));
  s.tell(available, credit_input{"order/m1/T-1", {minor, cny}});
  s.tell(order_named("T-1"), told(account_deed::credit));
}

void asks_for(story& s, std::string_view number) {
  s.send(pay_out_command{m1, *order_no::parse(number), out(number).amount, card, "bob", ""});
  s.tell(order_named(number), out(number));
}

/// Opened, claimed, and at its bank.
void pay_out(story& s, std::string_view number, const bank_deed& deed) {
  asks_for(s, number);
  s.tell(available, claim(number));
  s.tell(order_named(number), told(account_deed::claim));
  s.reaches_bank(s.submission(order_named(number), 1), deed);
}

} // namespace

TEST_CASE("What the rules make of top-ups and pay-outs is nothing to complain about") {
  story s;
  top_up(s);
  pay_out(s, "P-1", pays());
  s.hears("P-1", says(1, succeeded, "OK"));
  s.tell(available, settle_input{"order/m1/P-1"});
  s.tell(order_named("P-1"), told(account_deed::settle));
  pay_out(s, "P-2", {false, {{1'000, failed_final, "NO_SUCH_ACCOUNT"}}});
  s.hears("P-2", says(1, failed_final, "NO_SUCH_ACCOUNT"));
  s.tell(available, release_input{"order/m1/P-2"});
  s.tell(order_named("P-2"), told(account_deed::release));
  pay_out(s, "P-3", is_silent(true));
  s.hears("P-3", timed_out(1));
  s.settle();
  CHECK(s.said_by("paid-out-once") == "");
  CHECK(s.said_by("books") == "");
  CHECK(s.said_by("white-list") == "");
  CHECK(s.said_by("settles") == "");
}

TEST_CASE("Loss prevented: a pay-out that is sent without its money being claimed is noticed") {
  story s;
  top_up(s);
  asks_for(s, "P-1");
  s.tell(order_named("P-1"), told(account_deed::claim));
  s.reaches_bank(s.submission(order_named("P-1"), 1), pays());
  expect(s, "paid-out-once", "received the pay-out order/m1/P-1 (100.00 CNY), and its money isn't claimed");
}

TEST_CASE("Loss prevented: a claim that its failed pay-out leaves behind is noticed") {
  story s;
  top_up(s);
  pay_out(s, "P-1", declines());
  s.hears("P-1", says(1, failed_final, "NO_SUCH_ACCOUNT"));
  s.settle();
  expect(s, "paid-out-once", "its claim of 100.60 CNY is left behind");
  expect(s, "settles", "its account hasn't done its release");
  expect(s, "books", "what lies in transit differs");
}

TEST_CASE("Loss prevented: a pay-out that fails because its channel doesn't know it is noticed") {
  story s;
  top_up(s);
  pay_out(s, "P-1", is_silent(true));
  s.hears("P-1", timed_out(1));
  s.passes_ms(700'000);
  attempt_input in{1, evidence::enquiry, not_found, "NOT_FOUND", {}, {}};
  in.enquiry = enquiry_facts{s.now};
  decision d = s.next(order_named("P-1"), in);
  d.events = {attempt_failed{1}, order_failed{500}};
  s.durable(std::move(d));
  expect(s, "paid-out-once", "fails the pay-out order/m1/P-1 (100.00 CNY) because its channel doesn't know it");
}

TEST_CASE("Loss prevented: an available balance below zero is noticed") {
  story s;
  top_up(s, 10'000);
  asks_for(s, "P-1");
  decision d = s.next(available, claim("P-1"));
  CHECK(d.events.empty());
  d.events = {account_claimed{ledger::transfer(of_m1, transit, {claimed_minor, cny}).value()}};
  s.durable(std::move(d));
  expect(s, "paid-out-once", "leaves merchant/m1/available below zero");
}

TEST_CASE("Loss prevented: a second pay-out while its like is in doubt is noticed") {
  story s;
  top_up(s);
  pay_out(s, "P-1", is_silent(true));
  s.hears("P-1", timed_out(1));
  asks_for(s, "P-2");
  decision d = s.next(available, claim("P-2"));
  CHECK(d.events.empty());
  d.events = {account_claimed{ledger::transfer(of_m1, transit, {claimed_minor, cny}).value()}};
  s.durable(std::move(d));
  s.tell(order_named("P-2"), told(account_deed::claim));
  s.reaches_bank(s.submission(order_named("P-2"), 1), pays());
  expect(s, "paid-out-once", "while its like order/m1/P-1 was open, in doubt");
}

TEST_CASE("Loss prevented: a top-up that is credited twice, or never, is noticed") {
  story s;
  top_up(s);
  SUBCASE("twice") {
    decision d = s.next(available, credit_input{"order/m1/T-1", {50'000, cny}});
    CHECK(d.events.empty());
    d.events = {account_credited{ledger::transfer(transit, of_m1, {50'000, cny}).value()}};
    s.durable(std::move(d));
    expect(s, "paid-out-once", "credits order/m1/T-1 a second time");
  }
  SUBCASE("never") {
    pay_input in = pay_for(5'000);
    in.top_up = true;
    s.tell(order_named("T-2"), in);
    s.reaches_bank(s.submission(order_named("T-2"), 1), pays());
    s.hears("T-2", says(1, succeeded, "OK"));
    s.settle();
    expect(s, "paid-out-once", "the top-up order/m1/T-2 (50.00 CNY) is paid, and isn't credited");
  }
}

TEST_CASE("Loss prevented: a pay-out that reaches its bank after its stop was acknowledged is noticed") {
  const switch_pay_outs_command all{false, {}, {}, "o", "r"};
  const switch_pay_outs_command of_merchant{false, m1, {}, "o", "r"};
  const switch_pay_outs_command by_channel{false, {}, alpha, "o", "r"};
  const switch_pay_outs_command by_other{false, {}, *channel_id::parse("beta"), "o", "r"};
  enum class operator_is { told, not_told_yet, told_and_lifts_it };
  for (const auto& stop : {all, of_merchant, by_channel, by_other})
    for (const operator_is how : {operator_is::told, operator_is::not_told_yet, operator_is::told_and_lifts_it}) {
      story s;
      top_up(s);
      asks_for(s, "P-1");
      s.tell(available, claim("P-1"));
      s.tell(order_named("P-1"), ::told(account_deed::claim));
      const auto request = s.send(stop);
      s.tell(stream_name::of_operations(), pay_out_switch_input{false, stop.merchant, stop.channel, "o", "r"});
      reply done;
      done.position = s.history.position();
      if (how != operator_is::not_told_yet)
        s.answer(request, done);
      if (how == operator_is::told_and_lifts_it)
        s.tell(stream_name::of_operations(), pay_out_switch_input{true, stop.merchant, stop.channel, "o", "r"});
      s.reaches_bank(s.submission(order_named("P-1"), 1), pays());
      if (how == operator_is::not_told_yet)
        s.answer(request, done);
      if (how == operator_is::told && stop != by_other)
        expect(s, "pay-outs-stay-stopped", "were stopped since");
      else
        CHECK(s.said_by("pay-outs-stay-stopped") == "");
    }
}

TEST_CASE("Loss prevented: a pay-out that waits although nobody stopped it is noticed") {
  story s;
  top_up(s);
  asks_for(s, "P-1");
  s.tell(available, claim("P-1"));
  decision d = s.next(order_named("P-1"), told(account_deed::claim));
  d.events = {pay_out_held{1, plus_ms(s.now, 5'000)}};
  s.durable(std::move(d));
  expect(s, "white-list", "holds it");
}
