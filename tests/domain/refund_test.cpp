#include "actors/domain/closing.hpp"
#include "actors/domain/refund_claim.hpp"
#include "actors/domain/refund_rules.hpp"
#include "schema/limits.hpp"
#include "tests/domain/refunded_orders.hpp"

#include <rapidcheck.h>

using namespace oncepay;
using namespace oncepay::test;

TEST_CASE("two refunds of 60 on 100 can never both pass") {
  auto w = paid_order();
  CHECK(w.tell(refund("R-1", 6'000)).has_value());
  CHECK(code_of(w.tell(refund("R-2", 6'000))) == errc::refund_too_large);
  CHECK(w.tell(given_back(1)).has_value());
  CHECK(code_of(w.tell(refund("R-2", 6'000))) == errc::refund_too_large);
  CHECK(w.tell(refund("R-2", 4'000)).has_value());
  CHECK(requests(w, operation::refund) == 2);
}

TEST_CASE("a refund sent twice is paid back once; other content under its number is a conflict") {
  auto w = paid_order();
  CHECK(w.tell(refund("R-1", 6'000))->size() == 1);
  CHECK(w.tell(refund("R-1", 6'000))->empty());
  CHECK(code_of(w.tell(refund("R-1", 5'000))) == errc::refund_conflict);
  CHECK(w.tell(given_back(1)).has_value());
  CHECK(w.tell(refund("R-1", 6'000))->empty());
  CHECK(requests(w, operation::refund) == 1);
}

TEST_CASE("a refund whose answer never came isn't submitted again, or the payer has the money twice") {
  auto w = paid_order();
  REQUIRE(w.tell(refund("R-1", 10'000)).has_value());
  REQUIRE(w.tell(about(1, evidence::reply_timeout, reply_class::unknown)).has_value());
  CHECK(w.state.refunds[0].state == refund_state::in_doubt);
  CHECK(order::standing(w.state.refunds[0]) == errc::refund_in_doubt);
  // What is in doubt keeps its claim on the money.
  CHECK(code_of(w.tell(refund("R-2", 1))) == errc::refund_too_large);
  const auto asked = order::requests_due(w.state, w.state.refunds[0].enquire_at);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].enquiry);
  CHECK(asked[0].id == w.state.refunds[0].operation_id);
  CHECK(requests(w, operation::refund) == 1);
  // A restart asks too, and submits nothing.
  CHECK(order::resume(w.state).empty());
}

TEST_CASE("Loss prevented: an answer that means nothing for a refund stops the enquiries about it") {
  for (reply_class outcome : {reply_class::unknown, reply_class::payer_confirming, reply_class::not_found}) {
    auto w = paid_order();
    REQUIRE(w.tell(refund("R-1", 10'000)).has_value());
    REQUIRE(w.tell(about(1, evidence::channel_reply, outcome)).has_value());
    CHECK(w.state.refunds[0].state == refund_state::in_doubt);
    refund_answer_input in = about(1, evidence::enquiry, outcome);
    in.enquiry = enquiry_facts{w.state.refunds[0].submit_before, 120'000, 3'600'000, 24};
    const instant before = w.state.refunds[0].enquire_at;
    REQUIRE(w.tell(in).has_value());
    CHECK(w.state.refunds[0].state == refund_state::in_doubt);
    CHECK(w.state.refunds[0].enquiries == 1);
    CHECK(w.state.refunds[0].enquire_at > before);
  }
}

TEST_CASE("a restart in the middle of several refunds puts each of them in doubt") {
  auto w = paid_order();
  REQUIRE(w.tell(refund("R-1", 1'000)).has_value());
  REQUIRE(w.tell(refund("R-2", 2'000)).has_value());
  const auto inputs = order::resume(w.state);
  REQUIRE(inputs.size() == 2);
  for (const input& in : inputs)
    REQUIRE(w.tell(in).has_value());
  CHECK(w.state.refunds[0].state == refund_state::in_doubt);
  CHECK(w.state.refunds[1].state == refund_state::in_doubt);
}

TEST_CASE("after a definite failure the money is the merchant's again, and a new number may ask for it") {
  auto w = paid_order();
  REQUIRE(w.tell(refund("R-1", 10'000)).has_value());
  CHECK(balance(w, account_kind::transit) == -10'000);
  REQUIRE(w.tell(refused(1)).has_value());
  CHECK(balance(w, account_kind::transit) == 0);
  CHECK(balance(w, account_kind::merchant_pending) == -9'940);
  CHECK(order::standing(*order::find_refund(w.state, *order_no::parse("R-1"))) == errc::refund_failed);
  CHECK(w.tell(refund("R-2", 10'000)).has_value());
  CHECK(w.tell(given_back(2)).has_value());
  CHECK(label_of(order::view(w.state)) == "refunded");
}

TEST_CASE("a refund of an order that isn't paid gives nobody money") {
  order_world w;
  CHECK(code_of(w.tell(refund("R-1", 1))) == errc::unknown_order);
  REQUIRE(w.tell(pay()).has_value());
  CHECK(code_of(w.tell(refund("R-1", 1))) == errc::processing);
  REQUIRE(w.tell(timed_out(1)).has_value());
  CHECK(code_of(w.tell(refund("R-1", 1))) == errc::in_doubt);
  REQUIRE(w.tell(declined(1)).has_value());
  CHECK(code_of(w.tell(refund("R-1", 1))) == errc::not_refundable);
}

TEST_CASE("a channel that contradicts itself about a refund changes nothing and alarms") {
  auto w = paid_order();
  REQUIRE(w.tell(refund("R-1", 10'000)).has_value());
  REQUIRE(w.tell(refused(1)).has_value());
  const auto verdict = w.tell(about(1, evidence::late_reply, reply_class::succeeded));
  REQUIRE(verdict.has_value());
  CHECK(std::holds_alternative<refund_contradicted>(verdict->at(0)));
  CHECK(w.state.refunds[0].state == refund_state::failed);
  CHECK(std::holds_alternative<alarm_effect>(w.effects.back()));
}

TEST_CASE(
    "however refunds come, race, fail and repeat: never more than paid, books balanced, a full refund returns all "
    "of the fee") {
  CHECK(rc::check("refunds stay within what was paid", [] {
    order_world w;
    RC_ASSERT(w.tell(pay()).has_value());
    RC_ASSERT(w.tell(paid(1)).has_value());
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 4), rc::gen::inRange(1, 7'000)));
    for (const auto& [kind, amount] : steps) {
      const auto last = static_cast<uint32_t>(w.state.refunds.size());
      if (kind <= 1)
        (void)w.tell(refund(("R-" + std::to_string(last + 1)).c_str(), amount));
      else if (kind == 2)
        (void)w.tell(given_back(1 + static_cast<uint32_t>(amount) % (last + 1)));
      else
        (void)w.tell(refused(1 + static_cast<uint32_t>(amount) % (last + 1)));
      RC_ASSERT(order::claimed_minor(w.state) <= 10'000);
      RC_ASSERT(ledger::balanced(w.postings()));
    }
    if (const int64_t left = 10'000 - order::claimed_minor(w.state);
        left > 0 && w.state.refunds.size() < limits::refunds_max)
      RC_ASSERT(w.tell(refund("R-rest", left)).has_value());
    int64_t fee_minor = 0;
    for (const order::refund& r : w.state.refunds)
      fee_minor += r.state == refund_state::failed ? 0 : r.fee_returned_minor;
    if (order::claimed_minor(w.state) == 10'000)
      RC_ASSERT(fee_minor == 60);
  }));
}

TEST_CASE("an order is closed on proof alone: while its payment may still be made it is closing") {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(close_input{"out of stock"}).has_value());
  CHECK(w.state.status == order_state::closing);
  // Its answer is on its way; only what is in doubt has to be closed at the channel.
  CHECK(requests(w, operation::close) == 0);
  REQUIRE(w.tell(timed_out(1)).has_value());
  CHECK(w.state.status == order_state::closing);
  CHECK(requests(w, operation::close) == 1);
  REQUIRE(w.tell(answer(1, evidence::close_reply, reply_class::failed_final, "CLOSED")).has_value());
  CHECK(w.state.status == order_state::closed);
  CHECK(order::standing(w.state) == errc::order_closed);
}

TEST_CASE("an order that was paid while it was to be closed is paid, not lost") {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(close_input{}).has_value());
  REQUIRE(w.tell(paid(1)).has_value());
  CHECK(w.state.status == order_state::paid);
  CHECK(code_of(w.tell(close_input{})) == errc::already_paid);
}

TEST_CASE("an order that is to be closed isn't tried on another channel") {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(close_input{}).has_value());
  REQUIRE(w.tell(declined(1)).has_value());
  CHECK(w.state.attempts.size() == 1);
  CHECK(w.state.status == order_state::closed);
}

TEST_CASE("an expired order is closed like one that its merchant closes") {
  order_world w;
  auto in = pay();
  in.expires_at = plus_ms(noon, 60'000);
  REQUIRE(w.tell(in).has_value());
  REQUIRE(w.tell(timed_out(1)).has_value());
  CHECK_FALSE(order::overdue(w.state, plus_ms(noon, 59'999)));
  CHECK(order::due(w.state) == in.expires_at);
  const auto due = order::overdue(w.state, in.expires_at);
  REQUIRE(due.has_value());
  w.now = in.expires_at;
  REQUIRE(w.tell(*due).has_value());
  CHECK(w.state.status == order_state::closing);
  CHECK(requests(w, operation::close) == 1);
}

TEST_CASE("Loss prevented: another channel is tried after the expiry, because the order's timer came late") {
  order_world w;
  auto in = pay();
  in.expires_at = plus_ms(noon, 60'000);
  REQUIRE(w.tell(in).has_value());
  w.now = in.expires_at;
  REQUIRE(w.tell(declined(1)).has_value());
  CHECK(w.submissions() == 1);
  CHECK(w.state.status == order_state::closed);
}

TEST_CASE("a payment that comes after its own expiry isn't taken") {
  order_world w;
  auto in = pay();
  in.expires_at = noon;
  CHECK(code_of(w.tell(in)) == errc::already_expired);
  CHECK(w.state.status == order_state::none);
}

TEST_CASE(
    "refunds that never left don't use up their order, or nobody would get money back once the channel is on again") {
  auto w = paid_order();
  uint32_t number = 0;
  const auto ask = [&] {
    return code_of(w.tell(refund(("R-" + std::to_string(++number)).c_str(), 100)));
  };
  for (size_t i = 0; i < limits::refunds_max; ++i) {
    REQUIRE(ask() == errc::ok);
    REQUIRE(w.tell(not_sent(number)).has_value());
  }
  // A merchant that keeps trying doesn't fill the log.
  CHECK(ask() == errc::no_channel);
  w.now = plus_ms(w.now, 3'600'000);
  --number; // it was free
  REQUIRE(ask() == errc::ok);
  CHECK(code_of(w.tell(refund("R-beside", 100))) == errc::no_channel); // while one is under way
  REQUIRE(w.tell(given_back(number)).has_value());
  CHECK(order::refunded_minor(w.state) == 100);
}

TEST_CASE("an order has a bound to the refunds that its channel is asked for") {
  auto w = paid_order();
  for (size_t i = 1; i <= limits::refunds_max; ++i) {
    REQUIRE(w.tell(refund(("R-" + std::to_string(i)).c_str(), 10)).has_value());
    REQUIRE(w.tell(i % 2 == 0 ? given_back(static_cast<uint32_t>(i)) : refused(static_cast<uint32_t>(i))).has_value());
  }
  CHECK(code_of(w.tell(refund("R-more", 10))) == errc::too_many_refunds);
}

TEST_CASE("a refund number belongs to the order that claimed it first, or one return would be paid twice") {
  auto s = refund_claim::initial(stream_name::of_refund(m1, *order_no::parse("R-1")));
  const refund_input first = refund("R-1", 100);
  auto verdict = refund_claim::decide(s, first);
  REQUIRE(verdict.has_value());
  REQUIRE(verdict->size() == 1);
  refund_claim::evolve(s, first, verdict->front());
  CHECK(refund_claim::decide(s, first)->empty());
  CHECK(refund_claim::goes_on_to(s, first).value().to == order_stream);
  refund_input other = first;
  other.order_no = *order_no::parse("A-8");
  CHECK(refund_claim::decide(s, other).error().code == errc::refund_conflict);
}

TEST_CASE("the white list of refunds holds no case twice, and leaves no final state") {
  const auto rules = refund_rules();
  for (const refund_rule& r : rules) {
    CHECK(find_refund_rule(r.from, r.source, r.outcome) == &r);
    const bool is_given_back_by_hand = r.from == refund_state::failed && r.source == evidence::ruling; // a surplus
    if (r.from == refund_state::succeeded || (r.from == refund_state::failed && !is_given_back_by_hand))
      CHECK(r.then != consequence::move);
    if (r.then != consequence::move)
      CHECK(r.to == r.from);
    if (r.to == refund_state::failed && r.then == consequence::move)
      CHECK(r.outcome != reply_class::unknown);
  }
}
