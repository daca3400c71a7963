// Stories in which a payment is withheld by an agreement that doesn't stand, or a card is bound otherwise than the log
// says: the checker whose rule it is must say so.
#include "actors/domain/agreement.hpp"
#include "actors/virtual_bank.hpp"
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

pay_input binds_card_of(std::string_view) {
  pay_input in = pay_for(1);
  in.amount.minor = 0;
  in.route.fee_minor = 0;
  in.route.cost_minor = 0;
  in.card = {card_deed::bind, {1, {std::byte{1}}}, hash_parts_128({"token"})};
  return in;
}

attempt_input is_bound(const story& s, std::string_view number) {
  attempt_input in = says(1, succeeded, "OK");
  in.agreement = agreement_of(s.submission(order_named(number), 1).attempt);
  in.card_mask = "6222****1234";
  return in;
}

/// Bound at alpha, and at its bank.
void bind(story& s, std::string_view number) {
  s.send(bind_command{m1, *order_no::parse(number), cny, card, "token"});
  s.tell(order_named(number), binds_card_of(number));
  s.reaches_bank(s.submission(order_named(number), 1), pays());
  s.hears(number, is_bound(s, number));
}

pay_input wish(std::string_view number, std::string_view bound_by) {
  pay_input in = pay_for(10'000);
  in.agreement = {*order_no::parse(bound_by), *order_no::parse(number), {}, {}};
  return in;
}

pay_input granted(const story& s, std::string_view number, std::string_view bound_by) {
  pay_input in = wish(number, bound_by);
  const order::attempt& signing = s.history.find(order_named(bound_by))->state.attempts.at(0);
  in.agreement.channel = signing.channel;
  in.agreement.reference = signing.agreement;
  return in;
}

void asks_to_withhold(story& s, std::string_view number, std::string_view bound_by) {
  pay_command c = command_for(number, 10'000);
  c.agreement_order_no = *order_no::parse(bound_by);
  s.send(c);
}

void withhold(story& s, std::string_view number, std::string_view bound_by) {
  asks_to_withhold(s, number, bound_by);
  s.tell(order_named(bound_by), wish(number, bound_by));
  s.tell(order_named(number), granted(s, number, bound_by));
  s.reaches_bank(s.submission(order_named(number), 1), pays());
  s.hears(number, says(1, succeeded, "OK"));
}

refund_input unbinding(std::string_view number, std::string_view name) {
  return {*order_no::parse(number), *order_no::parse(name), {}, "", true};
}

/// Whatever the rules say to it.
refund_requested requests_unbinding(uint32_t number, std::string_view name) {
  refund_requested e;
  e.number = number;
  e.attempt_number = 1;
  e.operation_id = make_attempt_id("test", m1, *order_no::parse(name), 1);
  return e;
}

void accepts_unbinding(story& s, std::string_view number, std::string_view name) {
  s.durable({s.now,
             stream_name::of_refund(m1, *order_no::parse(name)),
             1,
             {},
             {},
             unbinding(number, name),
             {refund_claimed{}}});
  s.tell(order_named(number), unbinding(number, name));
}

channel_request_effect request_of(const story& s, std::string_view number) {
  const order::state& state = s.history.find(order_named(number))->state;
  const order::refund& r = state.refunds.back();
  const order::attempt& a = state.attempts.at(r.attempt_number - 1);
  channel_request_effect e;
  e.channel = a.channel;
  e.operation = operation::unbind_card;
  e.id = r.operation_id;
  e.original = a.id;
  e.attempt_number = a.number;
  e.refund_number = r.number;
  e.amount = {r.amount_minor, cny};
  e.submit_before = r.submit_before;
  return e;
}

void reaches_bank_to_unbind(story& s, std::string_view number, const bank_deed& deed) {
  const channel_request_effect what = request_of(s, number);
  s.banks.refund(s.now, what, deed);
  s.asks_bank(what, plus_ms(s.now, 1));
}

refund_answer_input unbound(bool done = true) {
  return {1, evidence::channel_reply, done ? succeeded : failed_final, "OK", ""};
}

} // namespace

TEST_CASE("What the rules make of cards is nothing to complain about") {
  story s;
  bind(s, "B-1");
  withhold(s, "W-1", "B-1");
  accepts_unbinding(s, "B-1", "U-1");
  reaches_bank_to_unbind(s, "B-1", pays());
  s.tell(order_named("B-1"), unbound());
  s.settle();
  for (const char* checker : {"agreements-kept", "refunded-once", "books", "white-list", "eligible", "idempotent",
                              "redecides", "agrees-with-banks", "heard", "settles"})
    CHECK_MESSAGE(s.said_by(checker) == "", checker);
}

TEST_CASE("Loss prevented: a payment that is withheld without a grant is noticed") {
  story s;
  bind(s, "B-1");
  asks_to_withhold(s, "W-1", "B-1");
  s.tell(order_named("W-1"), granted(s, "W-1", "B-1"));
  expect(s, "agreements-kept", "opens a payment by the agreement of order/m1/B-1, which never granted it");
}

TEST_CASE("Loss prevented: a payment that is withheld by another agreement than was signed is noticed") {
  story s;
  bind(s, "B-1");
  asks_to_withhold(s, "W-1", "B-1");
  s.tell(order_named("B-1"), wish("W-1", "B-1"));
  pay_input elsewhere = granted(s, "W-1", "B-1");
  elsewhere.agreement.reference = "somebody else's";
  s.tell(order_named("W-1"), elsewhere);
  expect(s, "agreements-kept", "opens a payment by an agreement that order/m1/B-1 didn't sign");
}

TEST_CASE("Loss prevented: a payment that is withheld where its agreement doesn't stand is noticed") {
  story s;
  bind(s, "B-1");
  asks_to_withhold(s, "W-1", "B-1");
  s.tell(order_named("B-1"), wish("W-1", "B-1"));
  pay_input elsewhere = granted(s, "W-1", "B-1");
  elsewhere.route = route_to(beta);
  s.tell(order_named("W-1"), elsewhere);
  expect(s, "eligible", ", on beta), where its agreement doesn't stand");
}

TEST_CASE("Loss prevented: a payment that its payer confirms, and is then withheld elsewhere, is noticed") {
  for (const channel_id& chosen : {alpha, beta}) {
    story s;
    bind(s, "B-1");
    asks_to_withhold(s, "W-1", "B-1");
    s.tell(order_named("B-1"), wish("W-1", "B-1"));
    pay_input stopped = granted(s, "W-1", "B-1");
    stopped.risk = {risk_outcome::step_up, "large", "v1", 60'000, 3};
    s.tell(order_named("W-1"), stopped);
    s.tell(order_named("W-1"), confirm_input{{10'000, cny}, {}, true, route_to(chosen)});
    if (chosen == alpha)
      CHECK(s.said_by("eligible") == "");
    else
      expect(s, "eligible", ", on beta), where its agreement doesn't stand");
  }
}

TEST_CASE("Loss prevented: a bank that is asked to withhold by another agreement is noticed") {
  story s;
  bind(s, "B-1");
  asks_to_withhold(s, "W-1", "B-1");
  s.tell(order_named("B-1"), wish("W-1", "B-1"));
  s.tell(order_named("W-1"), granted(s, "W-1", "B-1"));
  submit_effect what = s.submission(order_named("W-1"), 1);
  what.agreement = "somebody else's";
  s.reaches_bank(what, pays());
  expect(s, "agreements-kept", "was asked to withhold order/m1/W-1 by an agreement that it isn't about");
}

TEST_CASE("Loss prevented: a grant by a card that isn't bound yet is noticed") {
  story s;
  s.send(bind_command{m1, *order_no::parse("B-1"), cny, card, "token"});
  s.tell(order_named("B-1"), binds_card_of("B-1"));
  decision grant = s.next(order_named("B-1"), wish("W-1", "B-1"));
  grant.events = {withhold_granted{}};
  s.durable(grant);
  expect(s, "agreements-kept", "grants a payment, and its card isn't bound");
}

TEST_CASE("Loss prevented: one number by another agreement is a conflict, and who is told of the order is noticed") {
  story s;
  bind(s, "B-1");
  bind(s, "B-2");
  withhold(s, "W-1", "B-1");
  pay_command same = command_for("W-1", 10'000);
  same.agreement_order_no = *order_no::parse("B-1");
  s.answer(s.send(same), s.standing(order_named("W-1")));
  pay_command other = same;
  other.agreement_order_no = *order_no::parse("B-2");
  reply conflict;
  conflict.code = errc::order_conflict;
  s.answer(s.send(other), conflict);
  CHECK(s.said_by("idempotent") == "");
  s.answer(s.send(other), s.standing(order_named("W-1")));
  expect(s, "idempotent",
         "asked for a payment of 100.00 CNY by card by the agreement of B-2 under order/m1/W-1, which is about");
  s.answer(s.send(command_for("W-1", 10'000)), s.standing(order_named("W-1")));
  expect(s, "idempotent", "asked for a payment of 100.00 CNY by card under order/m1/W-1, which is about");
}

TEST_CASE("Loss prevented: a payment that opens by another agreement than its merchant named is noticed") {
  story s;
  bind(s, "B-1");
  bind(s, "B-2");
  asks_to_withhold(s, "W-1", "B-1");
  s.tell(order_named("B-2"), wish("W-1", "B-2"));
  s.tell(order_named("W-1"), granted(s, "W-1", "B-2"));
  expect(s, "idempotent", "with a payment of 100.00 CNY by card by the agreement of B-2, which nobody asked for");
}

TEST_CASE("Loss prevented: a bank that refuses to bind a card isn't heard, and that is noticed") {
  for (const reply_class word : {failed_final, succeeded}) {
    story s;
    s.send(bind_command{m1, *order_no::parse("B-1"), cny, card, "token"});
    s.tell(order_named("B-1"), binds_card_of("B-1"));
    // Neither names an agreement. Of a refusal there is none to name; "bound" without one proves nothing.
    s.reaches_bank(s.submission(order_named("B-1"), 1), {word == succeeded, {{1'000, word, "WORD", false}}});
    s.hears("B-1", timed_out(1));
    s.settle();
    if (word == succeeded)
      CHECK(s.said_by("heard") == "");
    else
      expect(s, "heard", "said WORD (failed_final) first, and the log says that the attempt is in_doubt");
  }
}

TEST_CASE("Loss prevented: a grant behind an accepted unbinding is noticed") {
  story s;
  bind(s, "B-1");
  decision grant = s.next(order_named("B-1"), wish("W-1", "B-1"));
  accepts_unbinding(s, "B-1", "U-1");
  grant.version = 5;
  s.durable(grant);
  expect(s, "agreements-kept", "grants a payment, and its card was unbound, or is being unbound");
}

TEST_CASE("An unbinding that definitely fails lets the agreement be used and ended again") {
  story s;
  bind(s, "B-1");
  accepts_unbinding(s, "B-1", "U-1");
  reaches_bank_to_unbind(s, "B-1", {false, {{1'000, failed_final, "NO"}}});
  s.tell(order_named("B-1"), unbound(false));
  withhold(s, "W-1", "B-1");
  accepts_unbinding(s, "B-1", "U-2");
  CHECK(s.said_by("agreements-kept") == "");
}

TEST_CASE("Loss prevented: a card that counts as unbound, and is bound at its bank, is noticed") {
  story s;
  bind(s, "B-1");
  accepts_unbinding(s, "B-1", "U-1");
  reaches_bank_to_unbind(s, "B-1", is_silent(false));
  s.tell(order_named("B-1"), unbound());
  s.settle();
  expect(s, "agreements-kept", "the card of order/m1/B-1 is unbound by the log, and its bank's agreement stands");
  expect(s, "refunded-once", "the log says that refund U-1");
}

TEST_CASE("Loss prevented: money that is withheld after its card was unbound is noticed") {
  story s;
  bind(s, "B-1");
  asks_to_withhold(s, "W-1", "B-1");
  s.tell(order_named("B-1"), wish("W-1", "B-1"));
  s.tell(order_named("W-1"), granted(s, "W-1", "B-1"));
  accepts_unbinding(s, "B-1", "U-1");
  reaches_bank_to_unbind(s, "B-1", pays());
  s.tell(order_named("B-1"), unbound());
  s.passes_ms(10);
  s.reaches_bank(s.submission(order_named("W-1"), 1), pays());
  s.hears("W-1", says(1, succeeded, "OK"));
  s.settle();
  expect(s, "agreements-kept", "that its card was unbound was confirmed at");
}

TEST_CASE("Loss prevented: a card that counts as bound without a name of its agreement is noticed") {
  story s;
  s.send(bind_command{m1, *order_no::parse("B-1"), cny, card, "token"});
  s.tell(order_named("B-1"), binds_card_of("B-1"));
  s.reaches_bank(s.submission(order_named("B-1"), 1), pays());
  decision named = s.next(order_named("B-1"), is_bound(s, "B-1"));
  std::get<attempt_input>(named.input).agreement.clear();
  s.durable(named);
  expect(s, "white-list", "moves attempt 1 from intended to succeeded");
}

TEST_CASE("Loss prevented: an unbinding that gives back money is noticed") {
  story s;
  bind(s, "B-1");
  decision d = s.next(order_named("B-1"), unbinding("B-1", "U-1"));
  std::get<refund_input>(d.input).amount = {500, cny};
  s.durable(d);
  expect(s, "refunded-once", "gives back 5.00 CNY where a card is unbound, which moves no money");
}

TEST_CASE("Loss prevented: an unbinding of what never bound a card, or a second one, is noticed") {
  story never;
  never.ends("A-1", says(1, succeeded, "OK"), never.opens("A-1", pays()));
  decision d = never.next(order_named("A-1"), unbinding("A-1", "U-1"));
  d.events = {requests_unbinding(1, "U-1")};
  never.durable(d);
  expect(never, "agreements-kept", "unbinds a card that it never bound");

  story twice;
  bind(twice, "B-1");
  accepts_unbinding(twice, "B-1", "U-1");
  decision again = twice.next(order_named("B-1"), unbinding("B-1", "U-2"));
  again.events = {requests_unbinding(2, "U-2")};
  twice.durable(again);
  expect(twice, "agreements-kept", "unbinds a card a second time");
}

TEST_CASE("Loss prevented: a card that counts as bound, and whose agreement its bank has ended, is noticed") {
  story s;
  bind(s, "B-1");
  channel_request_effect unasked;
  unasked.channel = alpha;
  unasked.operation = operation::unbind_card;
  unasked.id = make_attempt_id("test", m1, *order_no::parse("U-1"), 1);
  unasked.original = s.submission(order_named("B-1"), 1).attempt;
  unasked.amount = {0, cny};
  s.banks.refund(s.now, unasked, pays());
  s.settle();
  expect(s, "agreements-kept", "the card of order/m1/B-1 is bound by the log, and its bank's agreement doesn't stand");
}
