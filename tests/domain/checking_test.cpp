#include "actors/domain/checking.hpp"
#include "actors/domain/refunds.hpp"
#include "schema/limits.hpp"
#include "tests/domain/checked_orders.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

order_world failed_order() {
  order_world w = drawn_order();
  REQUIRE(w.tell(answer(1, evidence::channel_reply, failed_final, "STOLEN_CARD")).has_value());
  return w;
}

attempt_input says_again(const order_world& w, reply_class outcome, evidence source = evidence::enquiry) {
  attempt_input in = answer(1, source, outcome, "AGAIN");
  in.enquiry = facts_of_check(w);
  return in;
}

std::vector<channel_request_effect> asked(const order_world& w) {
  std::vector<channel_request_effect> all;
  for (const effect& e : w.effects)
    if (auto* ask = std::get_if<channel_request_effect>(&e))
      all.push_back(*ask);
  return all;
}

size_t alarms(const order_world& w) {
  return static_cast<size_t>(std::count_if(w.effects.begin(), w.effects.end(),
                                           [](const effect& e) { return std::holds_alternative<alarm_effect>(e); }));
}

} // namespace

TEST_CASE("an attempt that wasn't drawn is never due again, and costs nothing") {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(paid(1)).has_value());
  CHECK(!order::due(w.state));
  CHECK(w.decisions.back().events.size() == 2);
}

TEST_CASE("a drawn attempt is asked about once, when its date has come, and what begins is durable first") {
  order_world w = drawn_and_paid();
  const instant due = order::due(w.state);
  CHECK(due == plus_ms(w.now, check_after_ms));
  CHECK(!order::due_until_settled(w.state));
  CHECK(!order::overdue(w.state, plus_ms(due, -1)));
  CHECK(order::requests_due(w.state, plus_ms(due, 1)).empty());
  w = asked_again(std::move(w));
  CHECK(w.decisions.back().events.size() == 1);
  const auto questions = asked(w);
  REQUIRE(questions.size() == 1);
  CHECK(questions[0].enquiry);
  CHECK(questions[0].check);
  CHECK(questions[0].channel == alpha);
  CHECK(questions[0].id == w.state.attempts[0].id);
  CHECK(questions[0].submit_before == plus_ms(w.now, limits::check_wait_ms_max));
  REQUIRE(w.tell(says_again(w, succeeded)).has_value());
  CHECK(!order::due(w.state));
  CHECK(!order::overdue(w.state, plus_ms(w.now, int64_t{100} * 86'400'000)));
  CHECK(asked(w).size() == 1);
  CHECK(alarms(w) == 0);
}

TEST_CASE("Loss prevented: a crash makes a channel be asked again and again about what is settled") {
  order_world w = asked_again(drawn_and_paid());
  // The process that asked is gone: the check is over, and none follows.
  const auto told = order::resume(w.state);
  REQUIRE(told.size() == 1);
  REQUIRE(w.tell(told[0]).has_value());
  CHECK(w.state.attempts[0].checked == check_result::nothing_proven);
  CHECK(order::resume(w.state).empty());
  CHECK(!order::due(w.state));
  CHECK(asked(w).size() == 1);
}

TEST_CASE("a check that nobody answers is over in time") {
  order_world w = asked_again(drawn_and_paid());
  const instant due = order::due(w.state);
  CHECK(due > w.state.attempts[0].check_until);
  const auto told = order::overdue(w.state, due);
  REQUIRE(told.has_value());
  REQUIRE(w.tell(*told).has_value());
  CHECK(w.state.attempts[0].checked == check_result::nothing_proven);
  CHECK(!order::due(w.state));
}

TEST_CASE("Loss prevented: what a check brings changes what is final") {
  const reply_class all[] = {succeeded, failed_try_another, failed_final, unknown, not_found, payer_confirming};
  for (const bool is_paid : {true, false})
    for (const evidence source : {evidence::enquiry, evidence::enquiry_failed})
      for (const reply_class outcome : all) {
        CAPTURE(name(outcome));
        order_world w = asked_again(is_paid ? drawn_and_paid() : failed_order());
        const order::state before = w.state;
        const size_t posted = w.postings().size();
        REQUIRE(w.tell(says_again(w, outcome, source)).has_value());
        const order::attempt& a = w.state.attempts[0];
        const bool contrary =
            source == evidence::enquiry &&
            (is_paid ? outcome == failed_try_another || outcome == failed_final : outcome == succeeded);
        CHECK(w.state.status == before.status);
        CHECK(a.state == before.attempts[0].state);
        CHECK(a.code == before.attempts[0].code);
        CHECK(a.last_evidence == before.attempts[0].last_evidence);
        CHECK(w.postings().size() == posted);
        CHECK(w.state.refunds.empty());
        CHECK(w.state.surplus_attempt == 0);
        CHECK(w.state.contradictions == (contrary ? 1 : 0));
        CHECK(alarms(w) == (contrary ? 1 : 0));
        CHECK((a.checked == check_result::disagrees) == contrary);
      }
}

TEST_CASE("a payment that its channel no longer knows is a mismatch once it must have arrived, and not before") {
  order_world early = asked_again(drawn_and_paid());
  REQUIRE(early.tell(says_again(early, not_found)).has_value());
  CHECK(early.state.attempts[0].checked == check_result::nothing_proven);
  order_world late = asked_again(drawn_and_paid());
  late.now = plus_ms(late.now, 200'000);
  REQUIRE(late.tell(says_again(late, not_found)).has_value());
  CHECK(late.state.attempts[0].checked == check_result::disagrees);
  CHECK(alarms(late) == 1);
}

TEST_CASE("Loss prevented: \"declined\", and charged all the same, on the way to another channel") {
  order_world w = drawn_order();
  REQUIRE(w.tell(declined(1)).has_value());
  REQUIRE(w.tell(paid(2)).has_value());
  w.now = plus_ms(w.now, check_after_ms);
  REQUIRE(w.tell(timer_input{}).has_value());
  REQUIRE(asked(w).size() == 1);
  CHECK(asked(w)[0].attempt_number == 1);
  REQUIRE(w.tell(says_again(w, succeeded)).has_value());
  CHECK(w.state.contradictions == 1);
  CHECK(w.state.status == order_state::paid);
}

TEST_CASE("what is closed on our own word and was paid is a person's work when a check finds it, not ours") {
  order_world w = drawn_order();
  REQUIRE(w.tell(timed_out(1)).has_value());
  REQUIRE(w.tell(close_input{}).has_value());
  REQUIRE(w.tell(answer(1, evidence::close_reply, failed_final, "CLOSED")).has_value());
  REQUIRE(w.state.status == order_state::closed);
  w = asked_again(std::move(w));
  REQUIRE(w.tell(says_again(w, succeeded)).has_value());
  CHECK(w.state.contradictions == 1);
  CHECK(w.state.surplus_attempt == 0);
  CHECK(w.state.refunds.empty());
}

TEST_CASE("what never left is never asked about") {
  order_world w = drawn_order();
  w.offered.clear();
  REQUIRE(w.tell(answer(1, evidence::never_left, failed_try_another, "NOT_REACHED")).has_value());
  CHECK(!order::due(w.state));
  const auto refused = w.tell(by_operator());
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::nothing_to_check);
}

TEST_CASE("Loss prevented: a pay-out counts as paid that its channel has never heard of, and nobody looks") {
  order_world w;
  pay_out_input out;
  out.order_no = *order_no::parse("A-7");
  out.amount = {10'000, cny};
  out.method = *method_id::parse("card");
  REQUIRE(w.tell(out).has_value());
  REQUIRE(w.tell(account_answer_input{account_deed::claim, 0, {}}).has_value());
  REQUIRE(w.tell(paid(1)).has_value());
  REQUIRE(w.tell(account_answer_input{account_deed::settle, 0, {}}).has_value());
  REQUIRE(w.tell(by_operator()).has_value());
  w.now = plus_ms(w.now, 200'000);
  // "Not found" never fails a pay-out, and asked again nothing fails anything: it only calls a person.
  REQUIRE(w.tell(says_again(w, not_found)).has_value());
  CHECK(w.state.status == order_state::paid);
  CHECK(w.state.attempts[0].checked == check_result::disagrees);
  CHECK(alarms(w) == 1);
}

TEST_CASE("a refund makes channels say other things than that it was paid: such a payment isn't asked about") {
  order_world w = drawn_and_paid();
  REQUIRE(w.tell(refund_of(4'000)).has_value());
  REQUIRE(w.tell(refund_answer_input{1, evidence::channel_reply, succeeded, "OK", ""}).has_value());
  w = asked_again(std::move(w));
  REQUIRE(asked(w).back().check);
  CHECK(asked(w).back().operation == operation::refund); // refund_checking_test.cpp
  CHECK(w.state.attempts[0].checks == 0);
  // One that comes while the channel is asked makes its answer prove nothing.
  order_world late = asked_again(drawn_and_paid());
  REQUIRE(late.tell(refund_of(10'000)).has_value());
  REQUIRE(late.tell(says_again(late, failed_final)).has_value());
  CHECK(late.state.attempts[0].checked == check_result::nothing_proven);
  CHECK(late.state.contradictions == 0);
}

TEST_CASE("an operator has anything settled asked about, as often as he likes within bounds, never twice at once") {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  CHECK(w.tell(by_operator()).error().code == errc::nothing_to_check);
  REQUIRE(w.tell(paid(1)).has_value());
  CHECK(w.tell(by_operator(beta)).error().code == errc::nothing_to_check);
  for (uint32_t n = 1; n <= limits::checks_max; ++n) {
    REQUIRE(w.tell(by_operator(alpha)).has_value());
    CHECK(w.tell(by_operator())->empty()); // under way: whoever asks waits for that one
    CHECK(asked(w).size() == n);
    CHECK(!order::answerable(w.state, {awaited::about::checks, {}}));
    REQUIRE(w.tell(says_again(w, succeeded)).has_value());
    CHECK(order::standing(w.state, {awaited::about::checks, {}}) == errc::ok);
  }
  CHECK(w.tell(by_operator()).error().code == errc::nothing_to_check);
}

TEST_CASE("an order that was never accepted can't be checked") {
  order_world w;
  CHECK(w.tell(by_operator()).error().code == errc::unknown_order);
}

TEST_CASE("whoever asked is told what its channel says") {
  const std::pair<reply_class, errc> expected[] = {
      {succeeded, errc::ok}, {failed_final, errc::check_disagrees}, {unknown, errc::check_unanswered}};
  for (const auto& [outcome, code] : expected) {
    order_world w = drawn_and_paid();
    REQUIRE(w.tell(by_operator()).has_value());
    REQUIRE(w.tell(says_again(w, outcome)).has_value());
    CHECK(order::standing(w.state, {awaited::about::checks, {}}) == code);
  }
}

TEST_CASE("a mismatch that comes when nobody waits any more is recorded all the same; what agrees by then is not") {
  order_world w = asked_again(drawn_and_paid());
  REQUIRE(w.tell(says_again(w, unknown, evidence::enquiry_failed)).has_value());
  CHECK(w.tell(says_again(w, succeeded))->empty());
  REQUIRE(w.tell(says_again(w, failed_final)).has_value());
  CHECK(w.state.contradictions == 1);
}
