// Payments by a code that the payer showed (H3): called back where they aren't decided in time, and given up only once
// their channel has confirmed that.
#include "schema/limits.hpp"
#include "tests/domain/doubtful_orders.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

/// Sent at noon and 10 ms; its channel reverses what isn't decided within 30 s.
order_world shown_code(evidence source, reply_class outcome) {
  order_world w;
  pay_input in = pay();
  in.payer_code.ciphertext = {std::byte{1}};
  in.route.reverse_after_ms = 30'000;
  REQUIRE(w.tell(in));
  REQUIRE(w.tell(answer(1, source, outcome)));
  return w;
}
order_world payer_types() {
  return shown_code(evidence::channel_reply, reply_class::payer_confirming);
}
int64_t since_sent_ms(const order_world& w, instant at) {
  return (at.ns - attempt_of(w).intended_at.ns) / ns_per_ms;
}
attempt_input about_reversal(const order_world& w, reply_class outcome) {
  attempt_input in = answered(w, outcome);
  in.source = evidence::reverse_reply;
  return in;
}
bool asks_to_reverse(const order_world& w, instant now) {
  const auto due = order::requests_due(w.state, now);
  return due.size() == 1 && due[0].operation == operation::reverse && !due[0].enquiry && due[0].id == attempt_of(w).id;
}
/// Until the reversal has begun, with a channel that keeps saying so.
void until_reversing(order_world& w, reply_class outcome = reply_class::payer_confirming) {
  for (int i = 0; i < 10 && attempt_of(w).state == attempt_state::in_doubt; ++i) {
    wait_until_due(w);
    const auto timer = order::overdue(w.state, w.now);
    REQUIRE(w.tell(timer ? *timer : input(answered(w, outcome))));
  }
  REQUIRE(attempt_of(w).state == attempt_state::reversing);
}
int64_t sum_of(const order_world& w, account_kind kind) {
  int64_t sum = 0;
  for (const posting& p : w.postings())
    sum += p.account.kind == kind ? p.amount.minor : 0;
  return sum;
}

} // namespace

TEST_CASE("A payer who types a password is asked about within seconds, and called back after 30 s, not before") {
  order_world w = payer_types();
  CHECK(next_in_ms(w) == 5'000);
  until_reversing(w);
  CHECK(attempt_of(w).enquiries == 3);
  CHECK(since_sent_ms(w, w.now) >= 30'000);
  CHECK(since_sent_ms(w, w.now) < 31'000);
  CHECK(w.state.status == order_state::open);
  CHECK(order::standing(w.state) == errc::in_doubt);
  CHECK(asks_to_reverse(w, w.now));
}

TEST_CASE("Silence is called back after half of the time: before, the channel may still be at work") {
  order_world w = shown_code(evidence::reply_timeout, reply_class::unknown);
  until_reversing(w, reply_class::unknown);
  CHECK(since_sent_ms(w, w.now) >= 15'000);
  CHECK(since_sent_ms(w, w.now) < 16'000);
}

TEST_CASE("Who closes an order by code doesn't wait for the password") {
  order_world w = payer_types();
  REQUIRE(w.tell(close_input{}));
  until_reversing(w);
  CHECK(since_sent_ms(w, w.now) < 16'000);
  REQUIRE(w.tell(about_reversal(w, reply_class::succeeded)));
  CHECK(w.state.status == order_state::closed);
}

TEST_CASE("Enquiries that are used up call the payment back instead of leaving it to a person") {
  order_world w = payer_types();
  for (int i = 0; i < 2; ++i) {
    wait_until_due(w);
    attempt_input in = answered(w, reply_class::payer_confirming);
    in.enquiry->enquiries_max = 2;
    REQUIRE(w.tell(in));
  }
  CHECK(attempt_of(w).state == attempt_state::reversing);
}

TEST_CASE("A payment without a code, and a channel that reverses none, are enquired about as ever") {
  order_world w = in_doubt();
  CHECK(next_in_ms(w) == 120'000);
  w.now = plus_ms(w.now, 60'000);
  CHECK_FALSE(order::overdue(w.state, w.now));
}

TEST_CASE("A success before the reversal pays the order, and nothing is called back") {
  order_world w = payer_types();
  wait_until_due(w);
  REQUIRE(w.tell(answered(w, reply_class::succeeded)));
  CHECK(w.state.status == order_state::paid);
  CHECK(order::due(w.state) == instant{});
}

TEST_CASE("Loss prevented: an order fails before its reversal is confirmed, and the payer pays twice") {
  order_world w = payer_types();
  until_reversing(w);
  for (reply_class outcome : {reply_class::unknown, reply_class::not_found}) { // not found is asked too early here
    REQUIRE(w.tell(about_reversal(w, outcome)));
    CHECK(w.state.status == order_state::open);
    CHECK_FALSE(asks_to_reverse(w, w.now));
    wait_until_due(w);
    CHECK(asks_to_reverse(w, w.now));
  }
  REQUIRE(w.tell(about_reversal(w, reply_class::succeeded)));
  CHECK(attempt_of(w).state == attempt_state::reversed);
  CHECK(w.state.status == order_state::failed);
  CHECK(w.submissions() == 1);
  CHECK(w.postings().empty());
  CHECK(order::due(w.state) == instant{});
}

TEST_CASE("Loss prevented: a success while it is called back counts as paid, and the money goes back all the same") {
  order_world w = payer_types();
  until_reversing(w);
  REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded, "OK")));
  CHECK(w.state.status == order_state::open);
  CHECK(sum_of(w, account_kind::suspense_long) == -10'000);
  CHECK(sum_of(w, account_kind::channel_receivable) == 10'000);
  CHECK(w.tell(answered(w, reply_class::succeeded))->empty()); // once
  REQUIRE(w.tell(about_reversal(w, reply_class::succeeded)));
  CHECK(w.state.status == order_state::failed);
  CHECK(sum_of(w, account_kind::suspense_long) == 0);
  CHECK(sum_of(w, account_kind::channel_receivable) == 0);
  CHECK(w.tell(answer(1, evidence::late_reply, reply_class::succeeded, "OK"))->empty());
  REQUIRE(w.tell(answered(w, reply_class::succeeded))); // asked afterwards it says that it is still paid
  CHECK(w.state.contradictions == 1);
}

TEST_CASE("Loss prevented: what counts as reversed because its channel didn't know it is paid later, and kept") {
  for (const evidence source : {evidence::late_reply, evidence::notice, evidence::enquiry}) {
    CAPTURE(name(source));
    order_world w = payer_types();
    until_reversing(w);
    w.now = plus_ms(attempt_of(w).submit_before, 120'000);
    REQUIRE(w.tell(about_reversal(w, reply_class::not_found)));
    REQUIRE(attempt_of(w).state == attempt_state::reversed);
    CHECK(w.state.status == order_state::failed);
    const auto paid_late = [&] {
      return source == evidence::notice ? told(w, reply_class::succeeded)
                                        : answer(1, source, reply_class::succeeded, "OK");
    };
    REQUIRE(w.tell(paid_late()));
    CHECK(w.state.status == order_state::failed);
    CHECK(sum_of(w, account_kind::suspense_long) == -10'000);
    REQUIRE(w.state.refunds.size() == 1);
    CHECK(w.state.refunds[0].is_surplus());
    CHECK(w.tell(paid_late())->empty()); // it goes back once
  }
}

TEST_CASE("Loss prevented: a channel that told of a payment and then doesn't know it counts as having given it back") {
  order_world w = payer_types();
  until_reversing(w);
  REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded, "OK")));
  w.now = plus_ms(attempt_of(w).submit_before, 120'000);
  REQUIRE(w.tell(about_reversal(w, reply_class::not_found)));
  CHECK(attempt_of(w).state == attempt_state::reversal_manual);
  CHECK(std::holds_alternative<alarm_effect>(w.effects.back()));
  CHECK(w.state.status == order_state::open);
  CHECK(sum_of(w, account_kind::suspense_long) == -10'000);
}

TEST_CASE("Loss prevented: a reversal that its channel refuses counts as done") {
  order_world w = payer_types();
  until_reversing(w);
  REQUIRE(w.tell(about_reversal(w, reply_class::failed_final)));
  CHECK(attempt_of(w).state == attempt_state::reversal_manual);
  CHECK(w.state.status == order_state::open);
  CHECK(std::holds_alternative<alarm_effect>(w.effects.back()));
  CHECK(next_in_ms(w) == limits::manual_again_ms);
  wait_until_due(w);
  CHECK(asks_to_reverse(w, w.now));
  REQUIRE(w.tell(about_reversal(w, reply_class::succeeded)));
  CHECK(w.state.status == order_state::failed);
}

TEST_CASE("A reversal that is never confirmed is repeated at growing intervals, and then left to a person") {
  order_world w = payer_types();
  until_reversing(w);
  int64_t last_ms = 0;
  for (uint32_t i = 1; i < limits::reversals_max; ++i) {
    wait_until_due(w);
    REQUIRE(w.tell(about_reversal(w, reply_class::unknown)));
    CHECK(attempt_of(w).state == attempt_state::reversing);
    CHECK(next_in_ms(w) >= last_ms);
    last_ms = next_in_ms(w);
  }
  CHECK(last_ms == limits::reversal_again_ms_max);
  wait_until_due(w);
  REQUIRE(w.tell(about_reversal(w, reply_class::unknown)));
  CHECK(attempt_of(w).state == attempt_state::reversal_manual);
  CHECK(std::holds_alternative<alarm_effect>(w.effects.back()));
}
