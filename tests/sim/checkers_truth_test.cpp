// Stories in which somebody is told what isn't so, or nothing at all, each in one way: the checker whose rule it is
// must say so, with what an engineer needs.
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

const stream_name a1 = order_named("A-1");

query_order_command query(std::string_view number) {
  return {m1, *order_no::parse(number), false};
}

reply with_code(errc code, uint64_t position = 0) {
  reply r;
  r.code = code;
  r.position = position;
  return r;
}

/// An order that is paid, and its client told so.
void pay_a1(story& s) {
  s.ends("A-1", says(1, succeeded, "OK"), s.opens("A-1", pays()));
}

} // namespace

// --- acknowledged -----------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: an answer that comes before its decision is durable is noticed") {
  story s;
  const auto request = s.opens("A-1", pays());
  s.now = plus_ms(s.now, 10);
  order::state ahead = s.history.find(a1)->state;
  ahead.status = order_state::paid;
  ahead.attempts.back().state = attempt_state::succeeded;
  reply early = with_code(errc::ok, s.history.position() + 1);
  early.body = order::view(ahead);
  s.answer(request, early);
  expect(s, "acknowledged", "request 1 (pay) was answered ok with position 6; the log is durable up to 5");
  expect(s, "acknowledged", "the log says open, 100.00 CNY, at position 5");
}

TEST_CASE("Loss prevented: an answer without a position, or without the order, is noticed") {
  story s;
  const auto request = s.opens("A-1", pays());
  s.hears("A-1", says(1, succeeded, "OK"));
  reply paid = s.standing(a1);
  paid.position = 0;
  s.answer(request, paid);
  expect(s, "acknowledged", "was answered ok with position 0, and rests on no position");
  s.answer(s.send(query("A-1")), with_code(errc::ok, 6));
  expect(s, "acknowledged", "request 2 (query_order) for order/m1/A-1 was answered ok with position 6, without");
}

TEST_CASE("Loss prevented: a code that doesn't fit its order is noticed") {
  story s;
  const auto request = s.opens("A-1", is_silent(true));
  s.tell(a1, timed_out(1));
  reply r = s.standing(a1);
  r.code = errc::payment_failed;
  s.answer(request, r);
  expect(s, "acknowledged", "was answered payment_failed with position 6, with an order that is open, in doubt");
}

TEST_CASE("Loss prevented: an answer about another order is noticed") {
  story s;
  const auto request = s.opens("A-1", pays());
  s.opens("A-2", pays());
  s.hears("A-2", says(1, succeeded, "OK"));
  s.answer(request, s.standing(order_named("A-2")));
  expect(s, "acknowledged", "with another order: m1/A-2");
}

TEST_CASE("Loss prevented: an answer that replay doesn't give is noticed, whichever field it is") {
  const auto told = [](const std::function<void(order_view&)>& change) {
    story s;
    const auto request = s.opens("A-1", pays());
    s.hears("A-1", says(1, succeeded, "OK"));
    reply r = s.standing(a1);
    change(std::get<order_view>(r.body));
    s.answer(request, r);
    return s.said_by("acknowledged");
  };
  CHECK(told([](order_view&) {}) == "");
  CHECK(told([](order_view& v) { v.amount.minor = 1; }).find("replay differs in its content") != std::string::npos);
  CHECK(told([](order_view& v) { v.attempts.clear(); }).find("number of attempts") != std::string::npos);
  CHECK(told([](order_view& v) { v.attempts[0].channel = beta; }).find("in its attempts;") != std::string::npos);
  CHECK(told([](order_view& v) { v.attempts[0].code = "X"; }).find("attempts' outcomes") != std::string::npos);
  CHECK(told([](order_view& v) { v.attempts[0].last_evidence = evidence::late_reply; }).find("in its evidence") !=
        std::string::npos);
}

TEST_CASE("Loss prevented: a result that was acknowledged and is taken back by a later answer is noticed") {
  story s;
  pay_a1(s);
  const uint64_t position = s.history.position();
  s.tell(stream_name::of_channel(beta), switch_input{false, "o", "r"});
  s.answer(s.send(query("A-1")), with_code(errc::unknown_order, position + 1));
  expect(s, "acknowledged",
         "answered unknown_order with position 7, although it was acknowledged as paid with position 6");
  reply open = s.standing(a1);
  open.code = errc::processing;
  std::get<order_view>(open.body).state = order_state::open;
  s.answer(s.send(query("A-1")), open);
  expect(s, "acknowledged", "after it had been acknowledged as paid with position 6");
}

TEST_CASE("Loss prevented: an acknowledged order of which an answer knows nothing is noticed") {
  story s;
  s.opens("A-1", pays());
  s.answer(s.send(query("A-1")), with_code(errc::unknown_order, 5));
  expect(s, "acknowledged", "although it was opened at 5");
}

TEST_CASE("Loss prevented: an older answer that was never true is noticed") {
  story s;
  pay_a1(s);
  s.tell(a1, says(1, failed_final, "REVOKED"));
  reply r = s.standing(a1);
  r.position = 6;
  r.code = errc::payment_failed;
  std::get<order_view>(r.body).state = order_state::failed;
  s.answer(s.send(query("A-1")), r);
  expect(s, "acknowledged", "answered payment_failed with position 6, which it never was; the log says paid");
}

TEST_CASE("Loss prevented: what was acknowledged and isn't in the log after a crash is noticed") {
  story s;
  const auto request = s.opens("A-1", pays());
  // A decision that the log refuses, and that everybody was told of all the same.
  decision lost = s.next(a1, says(1, succeeded, "OK"));
  lost.version = 7;
  s.durable(std::move(lost));
  s.answer(request, s.standing(a1));
  s.settle();
  expect(s, "acknowledged", "decisions up to position 6 were durable; the log's head is now at 5");
  expect(s, "acknowledged", "order/m1/A-1 was acknowledged as paid with position 6");
}

// --- idempotent -------------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: an order that is opened a second time is noticed") {
  story s;
  pay_a1(s);
  decision again = s.next(a1, pay_for(10'000));
  again.events = {order_opened{}, attempt_intended{2, {}, s.now, s.now}};
  s.durable(std::move(again));
  expect(s, "idempotent",
         "position 7 of order/m1/A-1 lets a command for a payment of 100.00 CNY by card change an order that exists");
}

TEST_CASE("Loss prevented: an order that nobody asked for, or with another content, is noticed") {
  story s;
  s.tell(a1, pay_for(10'000));
  expect(s, "idempotent", "position 5 opens order/m1/A-1 with a payment of 100.00 CNY by card, which nobody asked for");
  s.send(command_for("A-2", 9'000));
  s.tell(order_named("A-2"), pay_for(90'000));
  expect(s, "idempotent", "position 6 opens order/m1/A-2 with a payment of 900.00 CNY by card, which nobody asked for");
}

TEST_CASE("Loss prevented: another amount under a known number that is told of the order is noticed") {
  story s;
  pay_a1(s);
  s.answer(s.send(command_for("A-1", 1'000'000)), s.standing(a1));
  expect(s, "idempotent",
         "asked for a payment of 10000.00 CNY by card under order/m1/A-1, which is about 100.00 CNY by card, and was "
         "answered ok "
         "instead of a conflict");
}

TEST_CASE("Loss prevented: another payer under a known number that is told of the order is noticed") {
  story s;
  pay_a1(s);
  pay_command other = command_for("A-1", 10'000);
  other.payer = "bob";
  s.answer(s.send(other), s.standing(a1));
  expect(s, "idempotent",
         "by card with bob under order/m1/A-1 and was answered ok; another payer had been told of that order");
}

TEST_CASE("A conflict without a cause is noticed") {
  story s;
  pay_a1(s);
  s.answer(s.send(command_for("A-1", 10'000)), with_code(errc::order_conflict));
  expect(s, "idempotent", "told of a conflict with order/m1/A-1, which has the same content");
  s.answer(s.send(command_for("A-2", 10'000)), with_code(errc::order_conflict));
  expect(s, "idempotent", "told of a conflict with order/m1/A-2, which the log doesn't know");
}

// --- answered ---------------------------------------------------------------------------------------------------

TEST_CASE("A request that is answered twice, or on a connection that is gone, is noticed") {
  story s;
  pay_a1(s);
  s.answer(1, s.standing(a1));
  expect(s, "answered", "request 1 (pay, order/m1/A-1) of 2026-01-01T12:00:00.000Z was answered ok after it had been");
  const auto request = s.send(query("A-1"));
  s.give_up(request);
  s.answer(request, s.standing(a1));
  expect(s, "answered",
         "request 2 (query_order) of 2026-01-01T12:00:00.010Z was answered ok on a connection that is gone");
}

TEST_CASE("A reply that nobody waits for is noticed") {
  story s;
  s.answer(0, with_code(errc::busy));
  expect(s, "answered", "a reply (busy, its request id 0) came, and nobody waited for it");
}

TEST_CASE("A request that is never answered is noticed, one that was given up isn't") {
  story s;
  s.give_up(s.send(query("A-1")));
  s.send(query("A-2"));
  s.settle();
  expect(s, "answered", "1 requests were never answered; the first is request 2 of 2026-01-01T12:00:00.000Z");
}

TEST_CASE("A client who is told processing long after the order was paid is noticed") {
  story s;
  const auto request = s.opens("A-1", pays());
  s.hears("A-1", says(1, succeeded, "OK"));
  s.passes_ms(40'000);
  s.answer(request, with_code(errc::processing));
  expect(
      s, "answered",
      "request 1 (pay, order/m1/A-1) of 2026-01-01T12:00:00.000Z was told processing at 2026-01-01T12:00:40.010Z; the "
      "order is paid since 2026-01-01T12:00:00.010Z");
}

TEST_CASE("A request that is answered long after the reply limit is noticed, unless the wall clock jumped") {
  story s;
  const auto first = s.send(query("A-9"));
  const auto second = s.send(query("A-9"));
  s.passes_ms(45'000);
  s.answer(first, s.standing(order_named("A-9")));
  CHECK(s.said_by("answered") == "");
  s.passes_ms(1);
  s.answer(second, s.standing(order_named("A-9")));
  expect(s, "answered",
         "request 2 (query_order) of 2026-01-01T12:00:00.000Z was answered unknown_order at 2026-01-01T12:00:45.001Z, "
         "long after the reply limit");

  story jumping;
  const auto request = jumping.send(query("A-9"));
  jumping.clock_jumps_ms(86'400'000);
  jumping.answer(request, jumping.standing(order_named("A-9")));
  CHECK(jumping.said_by("answered") == "");
}

TEST_CASE("A client who is told processing because the wall clock jumped isn't noticed") {
  story s;
  const auto request = s.opens("A-1", pays());
  s.hears("A-1", says(1, succeeded, "OK"));
  s.clock_jumps_ms(3'600'000);
  s.answer(request, with_code(errc::processing));
  CHECK(s.said_by("answered") == "");
}

// --- settles ----------------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: an order that stays open is noticed") {
  story s;
  s.opens("A-1", is_silent(true));
  s.settle();
  expect(s, "settles", "order/m1/A-1 (100.00 CNY) is still open at 2026-01-01T12:03:00.000Z: attempt 1 (");
  expect(s, "settles", ", on alpha) is intended; its last decision is of 2026-01-01T12:00:00.000Z");
}

TEST_CASE("Loss prevented: an order in doubt without a date, or with another date than its own, is noticed") {
  story s;
  s.opens("A-1", is_silent(true));
  decision undated = s.next(a1, timed_out(1));
  undated.due = {};
  s.durable(std::move(undated));
  s.opens("A-2", is_silent(true));
  decision misdated = s.next(order_named("A-2"), timed_out(1));
  misdated.due = plus_ms(s.now, 1);
  s.durable(std::move(misdated));
  s.settle();
  expect(s, "settles",
         "order/m1/A-1 is open, in doubt with something to be done at 2026-01-01T12:10:00.000Z, and the log holds no "
         "date");
  expect(s, "settles", "to be done at 2026-01-01T12:10:00.000Z; the log's date for it is 2026-01-");
}

TEST_CASE("An order that is final and would still be woken is noticed") {
  story s;
  s.opens("A-1", pays());
  decision d = s.next(a1, says(1, succeeded, "OK"));
  d.due = plus_ms(s.now, 60'000);
  s.durable(std::move(d));
  s.settle();
  expect(s, "settles", "order/m1/A-1 is paid, and would still be woken at 2026-01-01T12:01:00.000Z");
}

// --- decided again, folded again --------------------------------------------------------------------------------

TEST_CASE("A decision that doesn't follow from its recorded input is noticed") {
  story s;
  s.opens("A-1", is_silent(true));
  decision other_values = s.next(a1, timed_out(1));
  std::get<attempt_in_doubt>(other_values.events.front()).enquire_at = s.now;
  s.durable(std::move(other_values));
  expect(s, "redecides",
         "position 6 of order/m1/A-1 (input attempt) recorded attempt_in_doubt; decided again they hold");

  s.opens("A-2", is_silent(true));
  decision other_events = s.next(order_named("A-2"), timed_out(1));
  other_events.events = {attempt_failed{1}, order_failed{500}};
  s.durable(std::move(other_events));
  expect(s, "redecides", "recorded attempt_failed, order_failed; decided again it is attempt_in_doubt");

  decision refused = s.next(a1, says(9, succeeded));
  refused.events = {attempt_succeeded{9}};
  s.durable(std::move(refused));
  expect(s, "redecides", "decided again it is refused: evidence about an attempt that was never made");

  decision channel = s.next(stream_name::of_channel(alpha), switch_input{false, "o", "r"});
  channel.events = {channel_switched{true}};
  s.durable(std::move(channel));
  expect(s, "redecides",
         "channel/alpha (input switch) recorded channel_switched; decided again they hold other values");
}

TEST_CASE("A view that differs from a rebuilt one, or stands still, is noticed") {
  story s;
  pay_a1(s);
  s.views_catch_up();
  const auto at = *s.trajectory->checkpoint();
  const std::vector<view_change> strange{{"strange", "entry"}};
  REQUIRE(s.trajectory->write(strange, at));
  s.settle_with_these_views();
  expect(s, "rebuilt-views", "the view of trajectories holds an entry 'strange' that a rebuilt one doesn't");

  story lacking;
  pay_a1(lacking);
  lacking.views_catch_up();
  std::string first;
  REQUIRE(lacking.trajectory->scan({}, [&](std::string_view key, std::string_view) {
    first = key;
    return false;
  }));
  const std::vector<view_change> gone{{first, std::nullopt}};
  REQUIRE(lacking.trajectory->write(gone, *lacking.trajectory->checkpoint()));
  lacking.settle_with_these_views();
  expect(lacking, "rebuilt-views", "the view of trajectories holds 0 entries; a rebuilt one has 1");

  story behind;
  pay_a1(behind);
  behind.settle_with_these_views();
  expect(behind, "rebuilt-views",
         "the view of balances stands at position 0 with everything settled; the log's head is at 6");
}
