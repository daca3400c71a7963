// Stories in which money is lost, each in one way: the checker whose rule it is must say so, with what an engineer
// needs.
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

const stream_name a1 = order_named("A-1");

attempt_input towards(attempt_input in, const channel_id& next) {
  in.route = route_to(next);
  return in;
}

/// The second attempt of an order, whatever the rules say to it.
attempt_intended second_attempt(const story& s) {
  return {2, make_attempt_id("test", m1, *order_no::parse("A-1"), 2), plus_ms(s.now, 5'000), plus_ms(s.now, 15'000)};
}

} // namespace

// --- submitted once ---------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: a bank that sees an attempt before its intent is durable is noticed") {
  story s;
  s.reaches_bank({alpha, make_attempt_id("test", m1, *order_no::parse("A-1"), 1), 1, {10'000, cny}, card, s.now, s.now},
                 pays());
  expect(s, "submitted-once", "(100.00 CNY), and no durable decision intends it; the log's head was at 4");
}

TEST_CASE("Loss prevented: an attempt that is submitted a second time is noticed") {
  story s;
  s.opens("A-1", pays());
  s.reaches_bank(s.submission(a1, 1), pays());
  expect(s, "submitted-once", "received attempt 1 (");
  expect(s, "submitted-once", ", on alpha) of order/m1/A-1 (100.00 CNY) a second time");
}

TEST_CASE("Loss prevented: an attempt that a process after a crash submits is noticed") {
  story s;
  s.tell(a1, pay_for(10'000));
  s.crash();
  s.reaches_bank(s.submission(a1, 1), pays());
  expect(s, "submitted-once", "from a process that didn't intend it");
}

TEST_CASE("Loss prevented: a submission after the deadline is noticed, one in time isn't") {
  story s;
  s.tell(a1, pay_for(10'000));
  s.tell(order_named("A-2"), pay_for(10'000));
  s.passes_ms(5'000);
  s.reaches_bank(s.submission(order_named("A-2"), 1), pays());
  CHECK(s.said_by("submitted-once") == "");
  s.passes_ms(1);
  s.reaches_bank(s.submission(a1, 1), pays());
  expect(s, "submitted-once", "at 2026-01-01T12:00:05.001Z, after its deadline of 2026-01-01T12:00:05.000Z");
}

TEST_CASE("Loss prevented: a second channel that is tried after a doubt is noticed") {
  story s;
  s.opens("A-1", is_silent(true));
  s.tell(a1, timed_out(1));
  decision rerouted = s.next(a1, towards(says(1, failed_try_another), beta));
  rerouted.events = {attempt_failed{1}, second_attempt(s)};
  s.durable(std::move(rerouted));
  s.reaches_bank(s.submission(a1, 2), pays());
  expect(s, "submitted-once", "although attempt 1 (");
  expect(s, "submitted-once", "had been in doubt");
}

TEST_CASE("Loss prevented: a second channel that is tried beside the first is noticed") {
  story s;
  s.opens("A-1", is_silent(true));
  decision rerouted = s.next(a1, towards(timed_out(1), beta));
  rerouted.events = {second_attempt(s)};
  s.durable(std::move(rerouted));
  s.reaches_bank(s.submission(a1, 2), pays());
  expect(s, "submitted-once", "the bank of beta received attempt 2");
  expect(s, "submitted-once", ", on alpha) was intended");
}

TEST_CASE("Loss prevented: an attempt that reaches its bank with another amount is noticed") {
  story s;
  s.tell(a1, pay_for(10'000));
  submit_effect wrong = s.submission(a1, 1);
  wrong.amount.minor = 100'000;
  s.reaches_bank(wrong, pays());
  expect(s, "submitted-once", "with 1000.00 CNY; the log says 100.00 CNY on alpha");
  s.settle();
  expect(s, "agrees-with-banks", "order/m1/A-1 is about 100.00 CNY on alpha, but its attempt 1");
}

TEST_CASE("Loss prevented: a proof that nothing was sent about what the bank received is noticed") {
  story s;
  s.opens("A-1", is_silent(true));
  s.tell(a1, attempt_input{1, evidence::never_left, failed_try_another, "NOT_SENT", {}, {}});
  expect(s, "submitted-once", "was never sent, but the bank of alpha received it");
}

// --- moved once, and as the log says ----------------------------------------------------------------------------

TEST_CASE("Loss prevented: money that moves at two banks is noticed, also where the first takes its word back") {
  story s;
  s.opens("A-1", {true, {{1'000, succeeded, "OK"}, {2'000, failed_try_another, "REVOKED"}}, true});
  // The later word wins: the mistake.
  s.hears("A-1", towards(says(1, failed_try_another, "REVOKED"), beta));
  s.reaches_bank(s.submission(a1, 2), pays());
  s.hears("A-1", says(2, succeeded, "OK"));
  s.settle();
  expect(s, "moved-once", "the money of order/m1/A-1 (100.00 CNY) moved more than once");
  expect(s, "moved-once", "on beta) received it at");
  expect(s, "heard", "said OK (succeeded) first, and the log says that the attempt is failed");
}

TEST_CASE("Loss prevented: paid without money is noticed") {
  story s;
  s.opens("A-1", declines());
  s.hears("A-1", says(1, succeeded, "OK"));
  s.settle();
  expect(s, "agrees-with-banks", "of order/m1/A-1 (100.00 CNY, paid) has succeeded; its bank received it at");
  expect(s, "agrees-with-banks", "moved nothing");
  expect(s, "books", "channel alpha owes and keeps 100.00 CNY by our books; its bank moved 0.00 CNY for paid orders");
}

TEST_CASE("Loss prevented: failed although the money moved is noticed") {
  story s;
  s.opens("A-1", is_silent(true));
  s.hears("A-1", says(1, failed_final, "NO"));
  s.settle();
  expect(s, "agrees-with-banks", "of order/m1/A-1 (100.00 CNY, failed) has failed; its bank received it at");
  expect(s, "agrees-with-banks", "moved 100.00 CNY");
}

TEST_CASE("Loss prevented: money that moves for an order nobody knows is noticed") {
  story s;
  s.reaches_bank({alpha, make_attempt_id("test", m1, *order_no::parse("A-1"), 1), 1, {10'000, cny}, card, s.now, s.now},
                 pays());
  s.settle();
  expect(s, "agrees-with-banks", "the bank of alpha moved 100.00 CNY for attempt");
}

// --- heard ------------------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: a truth that came late and that nobody heard is noticed") {
  story s;
  s.opens("A-1", {true, {{12'000'000, succeeded, "OK"}}, true});
  s.tell(a1, timed_out(1));
  s.settle();
  expect(s, "heard", "of order/m1/A-1 said OK (succeeded) first, and the log says that the attempt is in_doubt");
}

TEST_CASE("Loss prevented: a contradiction that isn't recorded is noticed") {
  story s;
  s.opens("A-1", {true, {{1'000, failed_final, "DENIED"}, {9'000'000, succeeded, "OK"}}, true});
  s.hears("A-1", says(1, failed_final, "DENIED"));
  s.settle();
  expect(s, "heard", "of order/m1/A-1 said DENIED and later OK, and no contradiction is recorded");
}

TEST_CASE("What a bank said when the process that asked was gone needn't be heard") {
  story s;
  s.opens("A-1", pays());
  s.crash();
  s.tell(a1, attempt_input{1, evidence::restart, unknown, "RESTARTED", {}, {}});
  s.settle();
  CHECK(s.said_by("heard") == "");
}

// --- books ------------------------------------------------------------------------------------------------------

namespace {

/// The decision that pays A-1, its postings changed.
decision payment(story& s, const std::function<void(std::vector<posting>&)>& change) {
  s.opens("A-1", pays());
  decision d = s.next(a1, says(1, succeeded, "OK"));
  change(std::get<order_paid>(d.events.back()).postings);
  return d;
}

} // namespace

TEST_CASE("Loss prevented: postings that don't balance are noticed") {
  story s;
  s.durable(payment(s, [](auto& lines) { lines.pop_back(); }));
  expect(s, "books", "the postings of position 6 (order/m1/A-1) sum to 0.20 CNY instead of zero");
}

TEST_CASE("Loss prevented: postings that balance in sum and not in each currency are noticed") {
  story s;
  s.durable(payment(s, [](auto& lines) { lines.back().amount.currency = jpy; }));
  expect(s, "books", "sum to 0.20 CNY instead of zero");
  expect(s, "books", "sum to -20 JPY instead of zero");
}

TEST_CASE("Loss prevented: postings that balance and pay the wrong party are noticed") {
  story s;
  s.durable(payment(s, [](auto& lines) {
    lines[1].amount.minor -= 10; // to the merchant
    lines[2].amount.minor += 10; // from our fees
  }));
  expect(s, "books", "posts 99.80 CNY to what alpha owes, 0.20 CNY to its cost, -99.50 CNY to the merchant, -0.50 CNY");
  expect(s, "books", "order/m1/A-1 is about 100.00 CNY with a fee of 0.60 CNY and a cost of 0.20 CNY");
}

TEST_CASE("Loss prevented: a balance that isn't the sum of its postings is noticed") {
  story s;
  s.ends("A-1", says(1, succeeded, "OK"), s.opens("A-1", pays()));
  s.views_catch_up();
  const auto at = s.balances->checkpoint();
  std::vector<view_change> change;
  REQUIRE(s.balances->scan("merchant/", [&](std::string_view key, std::string_view value) {
    change.push_back({std::string(key), std::string(value)});
    return false;
  }));
  ++change.front().value->front();
  REQUIRE(s.balances->write(change, *at));
  s.settle_with_these_views();
  expect(s, "books", "the view says that the balance of merchant/m1/pending is -99.39 CNY; its postings sum to -99.40");
  expect(s, "rebuilt-views", "the view of balances holds other bytes under 'merchant/m1/pending....' than a rebuilt");
}

TEST_CASE("Loss prevented: a channel that owes more than its bank moved is noticed") {
  story s;
  s.send(command_for("A-1", 10'000));
  s.tell(a1, pay_for(10'000));
  submit_effect less = s.submission(a1, 1);
  less.amount.minor = 9'000;
  s.reaches_bank(less, pays());
  s.hears("A-1", says(1, succeeded, "OK"));
  s.settle();
  expect(s, "books", "channel alpha owes and keeps 100.00 CNY by our books; its bank moved 90.00 CNY for paid orders");
}

TEST_CASE("Loss prevented: an answer in which the whole ledger isn't zero is noticed") {
  story s;
  reply r;
  r.body = balance_list{{}, 0, {{1, cny}}};
  s.answer(s.send(query_balances_command{}), r);
  expect(s, "books", "was told that all balances together are 0.01 CNY");
}

// --- reversed ---------------------------------------------------------------------------------------------------

namespace {

/// The payer shows a code, and the bank is silent; what isn't decided after two seconds is called back.
void show_code(story& s, bool money_moves) {
  pay_input in = pay_for(10'000);
  in.payer_code.ciphertext = {std::byte{1}};
  in.route.reverse_after_ms = 4'000;
  s.tell(order_named("A-1"), in);
  s.reaches_bank(s.submission(order_named("A-1"), 1), is_silent(money_moves));
  s.passes_ms(1'000);
  s.tell(order_named("A-1"), timed_out(1));
}
void call_back(story& s) {
  s.passes_ms(2'000);
  s.tell(order_named("A-1"), timer_input{});
}
attempt_input reversal_says(reply_class outcome) {
  attempt_input in = says(1, outcome, "REVERSED");
  in.source = evidence::reverse_reply;
  return in;
}
channel_request_effect reversal(const story& s) {
  const order::state& order = s.history.find(order_named("A-1"))->state;
  channel_request_effect e;
  e.channel = alpha;
  e.operation = operation::reverse;
  e.id = e.original = order.attempts.at(0).id;
  e.amount = e.paid = order.amount;
  return e;
}

} // namespace

TEST_CASE(
    "Loss prevented: a payment that is called back before its time, twice at once, or once it is paid, is noticed") {
  story s;
  show_code(s, true);
  s.asks_bank(reversal(s), plus_ms(s.now, 10));
  expect(s, "reversed", "when it was in_doubt");
  call_back(s);
  s.asks_bank(reversal(s), plus_ms(s.now, 1'000));
  s.asks_bank(reversal(s), plus_ms(s.now, 1'000));
  expect(s, "reversed", "while it was still answering the same");

  story paid;
  show_code(paid, true);
  paid.tell(order_named("A-1"), says(1, reply_class::succeeded, "OK"));
  paid.asks_bank(reversal(paid), plus_ms(paid.now, 10));
  expect(paid, "reversed", "when it was succeeded");
}

TEST_CASE("Loss prevented: an order that fails before its reversal is confirmed is noticed") {
  story s;
  show_code(s, true);
  s.passes_ms(2'000);
  decision early = s.next(order_named("A-1"), timer_input{});
  early.events.push_back(order_failed{500});
  s.durable(std::move(early));
  expect(s, "white-list", "makes it failed");
}

TEST_CASE("Loss prevented: a reversal that the log takes for done, and whose money the bank kept, is noticed") {
  story s;
  show_code(s, true);
  call_back(s);
  s.tell(order_named("A-1"), reversal_says(reply_class::succeeded));
  SUBCASE("kept") {
    s.settle();
    expect(s, "agrees-with-banks", "has reversed; its bank received it");
  }
  SUBCASE("given back") {
    s.banks.reverse(reversal(s).id, s.now);
    s.settle();
    CHECK(s.said_by("agrees-with-banks") == "");
  }
}
