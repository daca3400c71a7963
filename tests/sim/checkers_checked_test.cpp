// Stories in which what is settled is asked about again as it shouldn't be, each in one way.
#include "tests/sim/story.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

const stream_name a1 = order_named("A-1");

/// On beta, whose terms have a share of what is settled asked about again.
pay_input drawn_payment() {
  pay_input in = pay_for(10'000, beta);
  in.route.check_after_ms = 60'000;
  return in;
}

void is_paid(story& s) {
  s.tell(a1, drawn_payment());
  s.reaches_bank(s.submission(a1, 1), pays());
  s.tell(a1, says(1, succeeded, "OK"));
}

attempt_input said_again(const story& s, reply_class outcome) {
  attempt_input in{1, evidence::enquiry, outcome, "AGAIN", {}, {}, {}};
  in.enquiry = enquiry_facts{s.now, 120'000, 3'600'000, 24, true};
  return in;
}

channel_request_effect question(const story& s) {
  const submit_effect made = s.submission(a1, 1);
  channel_request_effect ask;
  ask.channel = made.channel;
  ask.enquiry = true;
  ask.check = true;
  ask.id = made.attempt;
  ask.original = made.attempt;
  ask.attempt_number = 1;
  ask.amount = ask.paid = made.amount;
  return ask;
}

void is_asked(story& s) {
  s.asks_bank(question(s), plus_ms(s.now, 100));
}

} // namespace

TEST_CASE("a drawn attempt that is asked about once, and a mismatch that is recorded, are no violation") {
  story s;
  is_paid(s);
  s.passes_ms(60'000);
  s.tell(a1, timer_input{});
  is_asked(s);
  s.tell(a1, said_again(s, failed_final));
  s.tell(a1, check_input{beta, "lin", "alarmed"});
  is_asked(s);
  s.tell(a1, said_again(s, succeeded));
  CHECK(s.said_by("checked").empty());
  CHECK(s.said_by("white-list").empty());
  CHECK(s.said_by("enquired").empty());
}

TEST_CASE("a refund that is still to be asked about again, or is being asked about, has settled all the same") {
  for (const bool is_begun : {false, true}) {
    story s;
    pay_input in = drawn_payment();
    in.route.check_after_ms = 600'000;
    s.tell(a1, in);
    s.reaches_bank(s.submission(a1, 1), pays());
    s.tell(a1, says(1, succeeded, "OK"));
    const refund_input asked{*order_no::parse("A-1"), *order_no::parse("R-1"), {4'000, cny}, ""};
    s.durable({s.now, stream_name::of_refund(m1, asked.refund_no), 1, {}, {}, asked, {refund_claimed{}}});
    s.tell(a1, asked);
    s.tell(a1, refund_answer_input{1, evidence::channel_reply, succeeded, "OK", ""});
    if (is_begun) {
      s.passes_ms(600'000);
      s.tell(a1, timer_input{});
    }
    s.settle();
    CHECK(s.said_by("settles") == "");
  }
}

TEST_CASE("a bank that is asked before that is durable, or twice, is noticed") {
  story early;
  is_paid(early);
  is_asked(early);
  expect(early, "checked", "was asked again about");
  story twice;
  is_paid(twice);
  twice.passes_ms(60'000);
  twice.tell(a1, timer_input{});
  is_asked(twice);
  CHECK(twice.said_by("checked").empty());
  is_asked(twice);
  expect(twice, "checked", "time 2");
}

TEST_CASE("what was drawn and is asked about a second time is noticed") {
  story s;
  is_paid(s);
  s.passes_ms(60'000);
  s.tell(a1, timer_input{});
  s.tell(a1, said_again(s, succeeded));
  decision d = s.next(a1, timer_input{});
  d.events = {check_begun{1, plus_ms(s.now, 1'000), plus_ms(s.now, 2'000)}};
  s.durable(std::move(d));
  expect(s, "checked", "for the 2th time");
}

TEST_CASE("what nobody asked for, and what isn't settled, is noticed") {
  story unasked;
  unasked.tell(a1, pay_for(10'000));
  unasked.tell(a1, says(1, succeeded, "OK"));
  decision d = unasked.next(a1, timer_input{});
  d.events = {check_begun{1, plus_ms(unasked.now, 1'000), plus_ms(unasked.now, 2'000)}};
  unasked.durable(std::move(d));
  expect(unasked, "checked", "nobody asked for that");
  story open;
  open.tell(a1, drawn_payment());
  decision early = open.next(a1, timer_input{});
  early.events = {check_begun{1, plus_ms(open.now, 1'000), plus_ms(open.now, 2'000)}};
  open.durable(std::move(early));
  expect(open, "checked", "isn't settled");
}

TEST_CASE("a check that changes what is final is noticed") {
  story s;
  is_paid(s);
  s.passes_ms(60'000);
  s.tell(a1, timer_input{});
  decision d = s.next(a1, said_again(s, failed_final));
  d.events = {attempt_failed{1}, order_failed{500}};
  s.durable(std::move(d));
  expect(s, "checked", "because of what was said about something settled");
}

TEST_CASE("a mismatch that isn't recorded is noticed, and so is one that is none") {
  story swallowed;
  is_paid(swallowed);
  swallowed.passes_ms(60'000);
  swallowed.tell(a1, timer_input{});
  decision d = swallowed.next(a1, said_again(swallowed, failed_final));
  d.events = {attempt_checked{1, check_result::agrees}};
  swallowed.durable(std::move(d));
  expect(swallowed, "checked", "records no contradiction");
  story invented;
  is_paid(invented);
  invented.passes_ms(60'000);
  invented.tell(a1, timer_input{});
  decision e = invented.next(a1, said_again(invented, succeeded));
  e.events.emplace_back(contradiction_recorded{1});
  invented.durable(std::move(e));
  expect(invented, "checked", "records a contradiction");
}

namespace {

/// Paid and refunded by an attempt that was drawn: the date to ask about the refund has come.
void is_refunded(story& s) {
  is_paid(s);
  s.tell(a1, refund_input{*order_no::parse("A-1"), *order_no::parse("R-1"), {4'000, cny}, ""});
  s.tell(a1, refund_answer_input{1, evidence::channel_reply, succeeded, "OK", ""});
  s.passes_ms(60'000);
  s.tell(a1, timer_input{});
}

refund_answer_input said_of_refund(const story& s, reply_class outcome) {
  refund_answer_input in{1, evidence::enquiry, outcome, "AGAIN", ""};
  in.enquiry = enquiry_facts{s.now, 120'000, 3'600'000, 24, true};
  return in;
}

void is_asked_about_refund(story& s) {
  channel_request_effect ask = question(s);
  ask.operation = operation::refund;
  ask.refund_number = 1;
  ask.id = make_refund_id("test", m1, *order_no::parse("A-1"), *order_no::parse("R-1"));
  ask.amount.minor = 4'000;
  s.asks_bank(ask, plus_ms(s.now, 100));
}

} // namespace

TEST_CASE("a refund that is asked about once, and a mismatch that is recorded, are no violation") {
  story s;
  is_refunded(s);
  is_asked_about_refund(s);
  s.tell(a1, said_of_refund(s, failed_final));
  CHECK(s.said_by("checked").empty());
  CHECK(s.said_by("white-list").empty());
}

TEST_CASE("a refund that is asked about twice, or whose mismatch isn't recorded, is noticed") {
  story twice;
  is_refunded(twice);
  is_asked_about_refund(twice);
  CHECK(twice.said_by("checked").empty());
  is_asked_about_refund(twice);
  expect(twice, "checked", "time 2");
  story swallowed;
  is_refunded(swallowed);
  decision d = swallowed.next(a1, said_of_refund(swallowed, failed_final));
  d.events = {attempt_checked{1, check_result::agrees, 1}};
  swallowed.durable(std::move(d));
  expect(swallowed, "checked", "records no contradiction");
}

TEST_CASE("a check of a refund that changes what is final is noticed") {
  story s;
  is_refunded(s);
  decision d = s.next(a1, said_of_refund(s, failed_final));
  d.events = {refund_failed{1, {}}};
  s.durable(std::move(d));
  expect(s, "checked", "because of what was said about something settled");
}

TEST_CASE("more checks at once than a hundredth of what a bank grants are noticed") {
  story s;
  is_paid(s);
  s.passes_ms(60'000);
  s.tell(a1, timer_input{});
  is_asked(s);
  CHECK(s.said_by("within-limits").empty());
  s.asks_bank(question(s), plus_ms(s.now, 100));
  expect(s, "within-limits", "as check number 2");
}
