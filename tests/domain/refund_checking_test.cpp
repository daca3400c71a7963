// Refunds are asked about again as what they give back is.
#include "actors/domain/checking.hpp"
#include "actors/domain/refunds.hpp"
#include "schema/limits.hpp"
#include "tests/domain/checked_orders.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

refund_answer_input about_refund(reply_class outcome, evidence source = evidence::channel_reply, uint32_t number = 1) {
  return {number, source, outcome, "SAID", "ref"};
}

/// Paid, by an attempt that was drawn or not, and a refund requested.
order_world refunding(bool drawn = true) {
  order_world w = drawn_and_paid(drawn);
  REQUIRE(w.tell(refund_of(4'000)).has_value());
  return w;
}

order_world refunded(bool drawn = true) {
  order_world w = refunding(drawn);
  REQUIRE(w.tell(about_refund(succeeded)).has_value());
  return w;
}

order_world refund_refused() {
  order_world w = refunding();
  REQUIRE(w.tell(about_refund(failed_final)).has_value());
  return w;
}

refund_answer_input says_again(const order_world& w, reply_class outcome, evidence source = evidence::enquiry) {
  refund_answer_input in = about_refund(outcome, source);
  in.enquiry = facts_of_check(w);
  return in;
}

std::vector<channel_request_effect> asked(const order_world& w) {
  std::vector<channel_request_effect> all;
  for (const effect& e : w.effects)
    if (auto* ask = std::get_if<channel_request_effect>(&e); ask != nullptr && ask->check)
      all.push_back(*ask);
  return all;
}

std::string alarms(const order_world& w) {
  std::string all;
  for (const effect& e : w.effects)
    if (auto* alarm = std::get_if<alarm_effect>(&e))
      all += alarm->text + "\n";
  return all;
}

} // namespace

TEST_CASE("a refund is asked about again, once, where its payment was drawn; else nothing of it is ever due") {
  order_world w = refunded();
  CHECK(order::due(w.state) == plus_ms(w.now, check_after_ms));
  CHECK(!order::due_until_settled(w.state));
  w = asked_again(std::move(w));
  const auto questions = asked(w);
  REQUIRE(questions.size() == 1);
  CHECK(questions[0].operation == operation::refund);
  CHECK(questions[0].enquiry);
  CHECK(questions[0].channel == alpha);
  CHECK(questions[0].id == w.state.refunds[0].operation_id);
  CHECK(questions[0].original == w.state.attempts[0].id);
  CHECK(questions[0].refund_number == 1);
  CHECK(questions[0].amount == money{4'000, cny});
  CHECK(questions[0].submit_before == plus_ms(w.now, limits::check_wait_ms_max));
  REQUIRE(w.tell(says_again(w, succeeded)).has_value());
  CHECK(w.state.refunds[0].checked == check_result::agrees);
  CHECK(!order::due(w.state));
  CHECK(asked(w).size() == 1);
  CHECK(alarms(w).empty());
  CHECK(!order::due(refunded(false).state));
}

TEST_CASE("Loss prevented: \"not refunded\", which the payer was, is believed and given back once more by hand") {
  order_world w = asked_again(refund_refused());
  const order::state before = w.state;
  const size_t posted = w.postings().size();
  REQUIRE(w.tell(says_again(w, succeeded)).has_value());
  CHECK(w.state.refunds[0].state == refund_state::failed);
  CHECK(w.state.refunds[0].checked == check_result::disagrees);
  CHECK(w.state.refunds[0].code == before.refunds[0].code);
  CHECK(order::claimed_minor(w.state) == 0);
  CHECK(w.postings().size() == posted);
  CHECK(w.state.contradictions == 1);
  CHECK(alarms(w).find("refund R-1: asked again, its channel contradicts") != std::string::npos);
}

TEST_CASE("Loss prevented: what asking again about a refund brings changes what is final") {
  const reply_class all[] = {succeeded, failed_try_another, failed_final, unknown, not_found, payer_confirming};
  for (const bool is_back : {true, false})
    for (const evidence source : {evidence::enquiry, evidence::enquiry_failed})
      for (const reply_class outcome : all) {
        CAPTURE(name(outcome));
        order_world w = asked_again(is_back ? refunded() : refund_refused());
        const order::state before = w.state;
        const size_t posted = w.postings().size();
        REQUIRE(w.tell(says_again(w, outcome, source)).has_value());
        const order::refund& r = w.state.refunds[0];
        const bool contrary =
            source == evidence::enquiry &&
            (is_back ? outcome == failed_try_another || outcome == failed_final : outcome == succeeded);
        CHECK(r.state == before.refunds[0].state);
        CHECK(r.last_evidence == before.refunds[0].last_evidence);
        CHECK(w.state.refunds.size() == 1);
        CHECK(w.state.status == before.status);
        CHECK(w.postings().size() == posted);
        CHECK(w.state.contradictions == (contrary ? 1 : 0));
        CHECK(alarms(w).empty() == !contrary);
        CHECK((r.checked == check_result::disagrees) == contrary);
      }
}

TEST_CASE("a refund that its channel no longer knows is a mismatch once it must have arrived, and not before") {
  order_world early = asked_again(refunded());
  REQUIRE(early.tell(says_again(early, not_found)).has_value());
  CHECK(early.state.refunds[0].checked == check_result::nothing_proven);
  order_world late = asked_again(refunded());
  late.now = plus_ms(late.now, 200'000);
  REQUIRE(late.tell(says_again(late, not_found)).has_value());
  CHECK(late.state.refunds[0].checked == check_result::disagrees);
}

TEST_CASE("Loss prevented: a crash makes a channel be asked again and again about a refund") {
  order_world w = asked_again(refunded());
  const auto told = order::resume(w.state);
  REQUIRE(told.size() == 1);
  REQUIRE(w.tell(told[0]).has_value());
  CHECK(w.state.refunds[0].checked == check_result::nothing_proven);
  CHECK(order::resume(w.state).empty());
  CHECK(!order::due(w.state));
  CHECK(asked(w).size() == 1);
}

TEST_CASE("a check of a refund that nobody answers is over in time") {
  order_world w = asked_again(refunded());
  const instant due = order::due(w.state);
  CHECK(due > w.state.refunds[0].check_until);
  const auto told = order::overdue(w.state, due);
  REQUIRE(told.has_value());
  REQUIRE(w.tell(*told).has_value());
  CHECK(w.state.refunds[0].checked == check_result::nothing_proven);
  CHECK(!order::due(w.state));
}

TEST_CASE("a refund that never left, or isn't settled, is never asked about") {
  order_world w = refunding();
  CHECK(w.tell(by_operator()).error().code == errc::nothing_to_check);
  REQUIRE(w.tell(about_refund(failed_try_another, evidence::never_left)).has_value());
  // Nothing went back: the payment itself may be asked about again.
  REQUIRE(w.tell(by_operator()).has_value());
  REQUIRE(asked(w).size() == 1);
  CHECK(asked(w)[0].operation == operation::pay);
}

TEST_CASE("an operator has refunds asked about, in the place of the payment, as often as he likes within bounds") {
  order_world w = refunded(false);
  CHECK(w.tell(by_operator(beta)).error().code == errc::nothing_to_check);
  for (uint32_t n = 1; n <= limits::checks_max; ++n) {
    REQUIRE(w.tell(by_operator(alpha)).has_value());
    CHECK(w.tell(by_operator())->empty()); // under way: whoever asks waits for that one
    CHECK(asked(w).size() == n);
    CHECK(asked(w).back().nth == n);
    CHECK(!order::answerable(w.state, {awaited::about::checks, {}}));
    REQUIRE(w.tell(says_again(w, succeeded)).has_value());
    CHECK(order::standing(w.state, {awaited::about::checks, {}}) == errc::ok);
  }
  CHECK(w.tell(by_operator()).error().code == errc::nothing_to_check);
}

TEST_CASE("whoever asked is told what its channel says of a refund") {
  const std::pair<reply_class, errc> expected[] = {
      {succeeded, errc::ok}, {failed_final, errc::check_disagrees}, {unknown, errc::check_unanswered}};
  for (const auto& [outcome, code] : expected) {
    order_world w = refunded(false);
    REQUIRE(w.tell(by_operator()).has_value());
    REQUIRE(w.tell(says_again(w, outcome)).has_value());
    CHECK(order::standing(w.state, {awaited::about::checks, {}}) == code);
  }
}

TEST_CASE("a mismatch about a refund that comes when nobody waits any more is recorded all the same") {
  order_world w = asked_again(refund_refused());
  REQUIRE(w.tell(says_again(w, unknown, evidence::enquiry_failed)).has_value());
  CHECK(w.tell(says_again(w, failed_final))->empty());
  REQUIRE(w.tell(says_again(w, succeeded)).has_value());
  CHECK(w.state.contradictions == 1);
}

TEST_CASE("of several refunds each is asked about for itself") {
  order_world w = refunded();
  REQUIRE(w.tell(refund_of(6'000, "R-2")).has_value());
  REQUIRE(w.tell(about_refund(failed_final, evidence::channel_reply, 2)).has_value());
  w = asked_again(std::move(w));
  REQUIRE(asked(w).size() == 2);
  refund_answer_input second = says_again(w, succeeded);
  second.refund_number = 2;
  REQUIRE(w.tell(says_again(w, succeeded)).has_value());
  REQUIRE(w.tell(second).has_value());
  CHECK(w.state.refunds[0].checked == check_result::agrees);
  CHECK(w.state.refunds[1].checked == check_result::disagrees);
}
