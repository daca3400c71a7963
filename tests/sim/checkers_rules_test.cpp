// Stories in which an order, an operator's switch or a bank's limit isn't treated as the rules say, each in one way:
// the checker whose rule it is must say so, with what an engineer needs.
#include "sim/check/checkers.hpp"
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

attempt_input with_evidence(evidence source, reply_class outcome) {
  return {1, source, outcome, "CODE", {}, {}};
}

attempt_intended attempt(uint32_t number) {
  return {number, make_attempt_id("test", m1, *order_no::parse("A-1"), number), {}, {}};
}

/// What the white list says where A-1 is opened, `before` is heard, and then `events` are recorded upon `in`.
std::string recorded(const std::vector<attempt_input>& before, const attempt_input& in, std::vector<event> events) {
  story s;
  s.tell(a1, pay_for(10'000));
  for (const attempt_input& said : before)
    s.tell(a1, said);
  decision d = s.next(a1, in);
  d.events = std::move(events);
  s.durable(std::move(d));
  return s.said_by("white-list");
}

void has(const std::string& text, std::string_view words) {
  CAPTURE(text);
  CAPTURE(words);
  CHECK(text.find(words) != std::string::npos);
}

/// An acknowledged "off" for `alpha`.
void switch_alpha_off(story& s) {
  const auto request = s.send(switch_channel_command{alpha, false, "o", "r"});
  s.tell(stream_name::of_channel(alpha), switch_input{false, "o", "r"});
  reply done;
  done.position = s.history.position();
  s.answer(request, done);
}

} // namespace

// --- white list -------------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: an attempt that goes where nothing proves it is noticed") {
  const std::vector<event> fails{attempt_failed{1}, order_failed{500}};
  const std::vector<event> succeeds{attempt_succeeded{1}, order_paid{}};
  const auto is_noticed = [](const attempt_input& in, const std::vector<event>& events) {
    return recorded({}, in, events).find("moves attempt 1 from intended to") != std::string::npos;
  };
  CHECK_FALSE(is_noticed(with_evidence(evidence::channel_reply, failed_final), fails));
  CHECK_FALSE(is_noticed(with_evidence(evidence::late_reply, succeeded), succeeds));
  for (evidence source : {evidence::reply_timeout, evidence::port_error, evidence::restart, evidence::channel_reply}) {
    CAPTURE(name(source));
    CHECK(is_noticed(with_evidence(source, unknown), fails));
    CHECK(is_noticed(with_evidence(source, unknown), succeeds));
    CHECK_FALSE(is_noticed(with_evidence(source, unknown), {attempt_in_doubt{1, {}}}));
  }
  CHECK(is_noticed(with_evidence(evidence::reply_timeout, failed_try_another), fails));
  CHECK(is_noticed(with_evidence(evidence::never_left, succeeded), succeeds));
  CHECK(is_noticed(with_evidence(evidence::channel_reply, failed_final), succeeds));
  CHECK(is_noticed(with_evidence(evidence::channel_reply, succeeded), fails));
  has(recorded({}, timed_out(1), fails),
      "position 6 of order/m1/A-1 moves attempt 1 from intended to failed on reply_timeout REPLY_TIMEOUT (unknown)");
}

TEST_CASE("Loss prevented: a final result that is left is noticed") {
  has(recorded({says(1, succeeded)}, says(1, failed_final), {attempt_failed{1}, order_failed{500}}),
      "position 7 of order/m1/A-1 moves attempt 1 from succeeded to failed on channel_reply CODE (failed_final); the "
      "order is paid");
  has(recorded({says(1, failed_final)}, says(1, succeeded), {attempt_succeeded{1}, order_paid{}}),
      "moves attempt 1 from failed to succeeded");
  has(recorded({says(1, succeeded)}, says(1, succeeded), {order_paid{}}), "makes it paid");
  has(recorded({timed_out(1)}, timed_out(1), {attempt_in_doubt{1, {}}}), "from in_doubt to in_doubt");
}

TEST_CASE("Loss prevented: an attempt after one that isn't proven to have failed is noticed") {
  const auto next = towards(timed_out(1), beta);
  has(recorded({}, next, {attempt_failed{1}, attempt(2)}), "from intended to failed");
  has(recorded({}, next, {attempt(2)}),
      "intends attempt 2 without proof that the one before failed; the order is open");
  has(recorded({timed_out(1)}, towards(says(1, failed_try_another), beta), {attempt_failed{1}, attempt(2)}),
      "intends attempt 2 without proof");
  has(recorded({}, towards(says(1, failed_final), beta), {attempt_failed{1}, attempt(2)}),
      "intends attempt 2 without proof");
  has(recorded({}, towards(says(1, failed_try_another), beta), {attempt_failed{1}, attempt(3)}),
      "intends attempt 3 after 1");
}

TEST_CASE("Loss prevented: an attempt's id that another order has is noticed") {
  story s;
  s.tell(a1, pay_for(10'000));
  decision d = s.next(order_named("A-2"), pay_for(10'000));
  std::get<attempt_intended>(d.events.back()).id = attempt(1).id;
  s.durable(std::move(d));
  expect(s, "white-list", ", which order/m1/A-1 has");
}

TEST_CASE("An order that is left open with nothing under way is noticed") {
  has(recorded({}, says(1, failed_final), {attempt_failed{1}}),
      "leaves it open with nothing under way (its last attempt is failed)");
  has(recorded({}, says(1, succeeded), {attempt_succeeded{1}}), "its last attempt is succeeded");
  has(recorded({}, says(1, succeeded), {order_failed{500}}), "makes it failed");
}

TEST_CASE("A contradiction that isn't one is noticed") {
  CHECK(recorded({says(1, succeeded)}, says(1, failed_final), {contradiction_recorded{1}}) == "");
  has(recorded({says(1, succeeded)}, says(1, succeeded), {contradiction_recorded{1}}),
      "records a contradiction about attempt 1");
  has(recorded({}, says(1, failed_final), {contradiction_recorded{1}}), "records a contradiction");
}

TEST_CASE("Events of another kind of entity, and decisions that change nothing, are noticed") {
  has(recorded({}, says(1, succeeded), {channel_switched{true}}),
      "holds channel_switched, which is no event of an order");
  has(recorded({}, says(1, succeeded), {}), "changes nothing");
  story s;
  decision d = s.next(stream_name::of_channel(alpha), switch_input{false, "o", "r"});
  d.events = {channel_switched{true}};
  s.durable(std::move(d));
  expect(s, "white-list", "position 5 of channel/alpha holds channel_switched upon switch");
}

TEST_CASE("A gap in a stream or in the log, and a step back in time, are noticed") {
  story s;
  s.tell(a1, pay_for(10'000));
  decision gap = s.next(a1, timed_out(1));
  gap.version = 3;
  gap.at = plus_ms(s.now, -1);
  s.durable(std::move(gap));
  expect(s, "white-list", "position 6 of order/m1/A-1 is version 3 after 1");
  expect(s, "white-list", "is dated 2026-01-01T11:59:59.999Z, before the one it follows (2026-01-01T12:00:00.000Z)");
  s.skips_positions(2);
  s.tell(a1, says(1, succeeded));
  expect(s, "white-list", "position 9 of order/m1/A-1 follows position 6 of the log");
}

// --- eligible ---------------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: a channel that doesn't serve the order is noticed") {
  const auto said = [](const std::function<void(pay_input&)>& change) {
    story s;
    pay_input in = pay_for(10'000);
    change(in);
    s.tell(a1, in);
    return s.said_by("eligible");
  };
  CHECK(said([](pay_input&) {}) == "");
  has(said([](pay_input& in) { in.route = route_to(private_one); }),
      ", on private), which isn't for this merchant (100.00 CNY, card)");
  has(said([](pay_input& in) { in.amount.currency = jpy; }), "which doesn't serve its currency (10000 JPY, card)");
  has(said([](pay_input& in) { in.method = *method_id::parse("cash"); }), "which doesn't serve its method");
  has(said([](pay_input& in) { in.amount.minor = 2'000'000'000'000'000; }), "which doesn't take this amount");
  has(said([](pay_input& in) { in.route = route_to(*channel_id::parse("nowhere")); }),
      "a channel that was never opened");
  has(said([](pay_input& in) { in.wallet = *wallet_id::parse("alice"); }), "which has no wallets");
  has(said([](pay_input& in) {
        in.method = *method_id::parse("cash");
        in.card.deed = card_deed::bind;
      }),
      "which doesn't bind cards of its method");
}

TEST_CASE("Loss prevented: a payment that no wallet pays, and that goes to a channel of wallets, is noticed") {
  channel_terms purse;
  purse.channel = *channel_id::parse("purse");
  purse.in_house = house_tool::wallet;
  purse.methods = {card};
  purse.currencies = {cny};
  std::string said;
  const sim::checker_ptr alone = sim::make_eligible({purse});
  alone->report_to([&](sim::violation v) { said += v.sentence; });
  const story s;
  pay_input in = pay_for(10'000);
  in.route.chosen = purse.channel;
  alone->decided({1, s.next(a1, in)}, s.history);
  has(said, "which takes from wallets only");
  said.clear();
  in.wallet = *wallet_id::parse("alice");
  alone->decided({1, s.next(a1, in)}, s.history);
  CHECK(said == "");
}

TEST_CASE("Loss prevented: a channel that an order tries twice is noticed") {
  story s;
  s.tell(a1, pay_for(10'000));
  s.tell(a1, towards(says(1, failed_try_another), alpha));
  expect(s, "eligible", "position 6 of order/m1/A-1 chose attempt 2 (");
  expect(s, "eligible", ", on alpha), which attempt 1 was on");
}

// --- off stays off ----------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: a channel that is chosen after its acknowledged off is noticed") {
  story s;
  switch_alpha_off(s);
  s.passes_ms(1);
  s.tell(a1, pay_for(10'000));
  expect(s, "off-stays-off", "position 6 of order/m1/A-1 entered at 2026-01-01T12:00:00.001Z and chose attempt 1 (");
  expect(s, "off-stays-off", ", on alpha); the channel was off since 2026-01-01T12:00:00.000Z");
}

TEST_CASE("Loss prevented: a payment that waited for a permit and gets it after the off is noticed") {
  story s;
  decision waiting = s.next(a1, pay_for(10'000));
  s.passes_ms(1);
  switch_alpha_off(s);
  s.passes_ms(1'500);
  s.durable(std::move(waiting));
  CHECK(s.said_by("off-stays-off") == "");
  s.reaches_bank(s.submission(a1, 1), pays());
  expect(s, "off-stays-off",
         "(100.00 CNY) at 2026-01-01T12:00:01.501Z; the channel was off since 2026-01-01T12:00:00.001Z");
}

TEST_CASE("An off that nobody acknowledged yet, and one that was taken back, forbid nothing") {
  story s;
  s.tell(stream_name::of_channel(alpha), switch_input{false, "o", "r"});
  const uint64_t position = s.history.position();
  s.passes_ms(5'000);
  s.opens("A-1", pays());
  s.tell(stream_name::of_channel(alpha), switch_input{true, "o", "r"});
  // The answer was under way while somebody else switched it on again.
  reply done;
  done.position = position;
  s.answer(s.send(switch_channel_command{alpha, false, "o", "r"}), done);
  s.passes_ms(5'000);
  s.opens("A-2", pays());
  CHECK(s.said_by("off-stays-off") == "");
}

TEST_CASE("Loss prevented: an order that a merchant opens after its acknowledged off is noticed") {
  for (const bool by_method : {false, true}) {
    story s;
    const switch_command off{by_method ? switch_subject::method : switch_subject::merchant,
                             by_method ? card.str() : m1.str(), false, "o", "r"};
    const auto stream = by_method ? stream_name::of_method(card) : stream_name::of_merchant(m1);
    const auto asked = s.send(off);
    s.tell(stream, switch_input{false, "o", "r"});
    s.passes_ms(1);
    s.opens("A-1", pays());
    CHECK(s.said_by("off-stays-off") == ""); // nobody relies on it yet
    reply done;
    done.position = s.history.position();
    s.answer(asked, done);
    s.passes_ms(1);
    s.opens("A-2", pays());
    expect(s, "off-stays-off",
           "of order/m1/A-2 entered at 2026-01-01T12:00:00.002Z and intends attempt 1; " +
               std::string(by_method ? "method card" : "merchant m1") + " was off since");
  }
}

TEST_CASE("A merchant that is on again, and what was under way when it was switched off, break nothing") {
  story s;
  decision chosen_before = s.next(order_named("A-1"), pay_for(10'000));
  s.passes_ms(1);
  const auto asked = s.send(switch_command{switch_subject::merchant, m1.str(), false, "o", "r"});
  s.tell(stream_name::of_merchant(m1), switch_input{false, "o", "r"});
  reply done;
  done.position = s.history.position();
  s.answer(asked, done);
  s.passes_ms(300);
  s.durable(std::move(chosen_before));
  s.reaches_bank(s.submission(order_named("A-1"), 1), pays());
  s.passes_ms(5'000);
  s.tell(stream_name::of_merchant(m1), switch_input{true, "o", "r"});
  s.opens("A-2", pays());
  CHECK(s.said_by("off-stays-off") == "");
}

TEST_CASE("An order that goes on with a time from before the clock was set back says nothing about an off since") {
  for (const int64_t later_ms : {0, 5'000}) {
    story s;
    s.passes_ms(5'000);
    decision chosen_before = s.next(order_named("A-1"), pay_for(10'000));
    s.tell(order_named("A-0"), pay_for(10'000));
    s.clock_jumps_ms(-4'000);
    const auto asked = s.send(switch_command{switch_subject::merchant, m1.str(), false, "o", "r"});
    s.tell(stream_name::of_merchant(m1), switch_input{false, "o", "r"});
    reply done;
    done.position = s.history.position();
    s.answer(asked, done);
    chosen_before.at = plus_ms(chosen_before.at, later_ms);
    s.durable(std::move(chosen_before));
    if (later_ms == 0)
      CHECK(s.said_by("off-stays-off") == "");
    else
      expect(s, "off-stays-off", "of order/m1/A-1 entered at 2026-01-01T12:00:10.000Z and intends attempt 1");
  }
}

// --- within quota -----------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: a merchant that floods beyond its quota and is let in is noticed") {
  story s;
  merchant_input bounded;
  bounded.terms.merchant = m1;
  bounded.terms.requests_per_s_max = 10;
  bounded.terms.requests_burst_max = 5;
  s.tell(stream_name::of_merchant(m1), bounded);
  for (int i = 0; i < 8; ++i)
    s.tell(order_named("A-" + std::to_string(i)), pay_for(100));
  CHECK(s.said_by("within-quota") == ""); // the burst, and what may have come in another order
  s.tell(order_named("A-8"), pay_for(100));
  expect(s, "within-quota", "opens order/m1/A-8, and its merchant has 10 requests a second, 5 at one instant");
  s.passes_ms(10'000);
  const std::string before = s.said_by("within-quota");
  for (int i = 20; i < 25; ++i)
    s.tell(order_named("A-" + std::to_string(i)), pay_for(100));
  CHECK(s.said_by("within-quota") == before);
}

// --- within limits ----------------------------------------------------------------------------------------------

TEST_CASE("Loss prevented: a bank with more requests at once than it grants is noticed") {
  story s;
  s.opens("A-1", pays());
  s.opens("A-2", pays());
  CHECK(s.said_by("within-limits") == "");
  s.opens("A-3", pays());
  expect(s, "within-limits", "the bank of alpha received attempt 1 (");
  expect(s, "within-limits", "of order/m1/A-3 at 2026-01-01T12:00:00.000Z as number 3 under way there; it grants 2");
}

TEST_CASE("Loss prevented: what a crash leaves at a bank counts there until its reply window is over") {
  story s;
  s.opens("A-1", is_silent(false));
  s.opens("A-2", is_silent(false));
  s.crash();
  s.passes_ms(14'999);
  s.opens("A-3", pays());
  expect(s, "within-limits", "as number 3 under way there");
}

TEST_CASE(
    "What a bank told the outcome of by a notice isn't under way there any more, also after a crash; the rest is") {
  story s;
  s.opens("A-1", is_silent(true));
  s.opens("A-2", is_silent(false));
  attempt_input told = says(1, succeeded);
  told.source = evidence::notice;
  told.notice = notice_facts{alpha, s.submission(order_named("A-1"), 1).attempt, {10'000, cny}, s.now};
  s.tell(order_named("A-1"), told);
  s.crash();
  s.opens("A-3", pays());
  CHECK(s.said_by("within-limits") == "");
  s.opens("A-4", pays());
  expect(s, "within-limits", "as number 3 under way there");
}

TEST_CASE("Loss prevented: a bank with more requests a second than it grants is noticed") {
  story s;
  s.opens("A-1", pays(), 10'000, paced);
  s.opens("A-2", pays(), 10'000, paced);
  s.passes_ms(500);
  s.opens("A-3", pays(), 10'000, paced);
  CHECK(s.said_by("within-limits") == "");
  s.passes_ms(400);
  s.opens("A-4", pays(), 10'000, paced);
  expect(s, "within-limits", "of order/m1/A-4 at 2026-01-01T12:00:00.900Z above its rate of 2 requests a second");
}
