// Money that came although we had decided otherwise: it goes back, once, or waits for a person where it can be found.
#include "schema/limits.hpp"
#include "tests/domain/refunded_orders.hpp"

using namespace oncepay;
using namespace oncepay::test;

namespace {

/// Lets the next offer of a surplus be made when it is due.
void offer_again(order_world& w) {
  w.now = order::due(w.state);
  const auto due = order::overdue(w.state, w.now);
  REQUIRE(due.has_value());
  REQUIRE(w.tell(*due).has_value());
  const auto& offers = w.state.refunds;
  CHECK(offers[offers.size() - 1].operation_id != offers[offers.size() - 2].operation_id);
}

/// Paid after it was closed, and refused by its channel as often as it is offered.
order_world refused_surplus() {
  auto w = closed_order();
  REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded, "OK")).has_value());
  for (uint32_t nth = 1; nth <= limits::surplus_tries_max; ++nth) {
    REQUIRE(w.state.refunds.size() == nth);
    REQUIRE(w.tell(refused(nth)).has_value());
    if (nth < limits::surplus_tries_max)
      offer_again(w);
  }
  return w;
}

/// Paid after it was closed, and offered so often while its channel couldn't be asked.
order_world unsent_surplus(uint32_t tries) {
  auto w = closed_order();
  REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded, "OK")).has_value());
  for (uint32_t nth = 1; nth <= tries; ++nth) {
    REQUIRE(w.tell(not_sent(nth)).has_value());
    CHECK(order::due(w.state) <= plus_ms(w.now, limits::manual_again_ms));
    if (nth < tries)
      offer_again(w);
  }
  return w;
}

std::string last_alarm(const order_world& w) {
  auto it = std::find_if(w.effects.rbegin(), w.effects.rend(),
                         [](const effect& e) { return std::holds_alternative<alarm_effect>(e); });
  return it == w.effects.rend() ? std::string() : std::get<alarm_effect>(*it).text;
}

/// Of the newest offer.
bool proposed(order_world& w, ruling_outcome outcome) {
  ruling_proposal_input said;
  said.subject = ruling_subject::refund;
  said.number = static_cast<uint32_t>(w.state.refunds.size());
  said.outcome = outcome;
  said.evidence = "the channel's statement";
  said.reason = "it keeps refusing";
  said.operator_name = "anna";
  w.now = plus_ms(w.now, 600'000);
  return w.tell(said).has_value();
}
bool approved(order_world& w) {
  return w.tell(ruling_answer_input{w.state.rulings.back().id, true, "berta", "looked at it"}).has_value();
}
bool ruled(order_world& w, ruling_outcome outcome) {
  return proposed(w, outcome) && approved(w);
}

} // namespace

TEST_CASE("a late success of a closed order isn't kept: it goes back, exactly once") {
  auto w = closed_order();
  for (int repeat = 0; repeat < 3; ++repeat)
    REQUIRE(w.tell(told(w, reply_class::succeeded)).has_value());
  CHECK(requests(w, operation::refund) == 1);
  CHECK(balance(w, account_kind::suspense_long) == -10'000);
  REQUIRE(w.tell(given_back(1)).has_value());
  CHECK(balance(w, account_kind::suspense_long) == 0);
  CHECK(balance(w, account_kind::channel_receivable) == 0);
  CHECK(w.state.status == order_state::closed);
  REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded, "OK")).has_value());
  CHECK(requests(w, operation::refund) == 1);
}

TEST_CASE("money that surfaces after \"not found\" was believed goes back too") {
  order_world w;
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(timed_out(1)).has_value());
  w.now = plus_ms(noon, 600'000);
  REQUIRE(w.tell(not_found(1, w.now)).has_value());
  REQUIRE(w.state.status == order_state::failed);
  REQUIRE(w.tell(told(w, reply_class::succeeded)).has_value());
  CHECK(balance(w, account_kind::suspense_long) == -10'000);
  CHECK(requests(w, operation::refund) == 1);
}

TEST_CASE("a success after the channel itself said \"failed\" is a contradiction for a person, not given back") {
  order_world w;
  w.offered.clear();
  REQUIRE(w.tell(pay()).has_value());
  REQUIRE(w.tell(declined(1)).has_value());
  const auto verdict = w.tell(answer(1, evidence::late_reply, reply_class::succeeded, "OK"));
  REQUIRE(verdict.has_value());
  CHECK(std::holds_alternative<contradiction_recorded>(verdict->at(0)));
  CHECK(requests(w, operation::refund) == 0);
}

TEST_CASE(
    "a surplus that its channel refuses to take back is offered again under an id of its own, then left to a person") {
  auto w = refused_surplus();
  const order::refund& last = w.state.refunds.back();
  CHECK(last.state == refund_state::manual);
  CHECK(std::holds_alternative<alarm_effect>(w.effects.back()));
  CHECK(balance(w, account_kind::suspense_long) == -10'000);
  // Whoever looks for what isn't settled finds it, every day again; and nothing is offered meanwhile.
  CHECK(order::due(w.state) == plus_ms(w.now, limits::manual_again_ms));
  const size_t offers = w.state.refunds.size();
  for (const evidence source : {evidence::enquiry, evidence::notice}) {
    w.now = order::due(w.state);
    REQUIRE(w.tell(about(last.number, source, reply_class::failed_final)).has_value());
    CHECK(w.state.refunds.size() == offers);
    CHECK(w.state.refunds.back().state == refund_state::manual);
    CHECK(order::due(w.state) == plus_ms(w.now, limits::manual_again_ms));
  }
}

TEST_CASE(
    "Loss prevented: a surplus that was given back by hand stays in suspense for good, or goes back a second time") {
  auto w = refused_surplus();
  SUBCASE("the payer has it: nothing is offered again") {
    REQUIRE(ruled(w, ruling_outcome::succeeded));
    CHECK(w.state.refunds.back().state == refund_state::succeeded);
    CHECK(balance(w, account_kind::suspense_long) == 0);
    CHECK(order::due(w.state) == instant{});
  }
  SUBCASE("its channel would take it now: it is offered once more, and is left to a person again") {
    REQUIRE(ruled(w, ruling_outcome::failed));
    CHECK(balance(w, account_kind::suspense_long) == -10'000);
    offer_again(w);
    REQUIRE(w.tell(refused(static_cast<uint32_t>(w.state.refunds.size()))).has_value());
    CHECK(w.state.refunds.back().state == refund_state::manual);
  }
}

TEST_CASE(
    "Loss prevented: a channel that is switched off for days uses up all offers of a surplus, none of which it heard") {
  auto w = unsent_surplus(3 * limits::surplus_tries_max);
  CHECK(order::due(w.state) == plus_ms(w.now, limits::manual_again_ms));
  CHECK(last_alarm(w).find("switch it on") != std::string::npos);
  CHECK(order::waits_for_a_person(w.state, w.state.refunds.back()));
  offer_again(w);
  REQUIRE(w.tell(given_back(static_cast<uint32_t>(w.state.refunds.size()))).has_value());
  CHECK(balance(w, account_kind::suspense_long) == 0);
}

TEST_CASE("Loss prevented: a surplus given back by hand while its channel is off goes back again once it is on") {
  auto w = unsent_surplus(limits::surplus_tries_max);
  REQUIRE(proposed(w, ruling_outcome::succeeded));
  // Until another person has looked at it nothing is offered, though the next offer was near.
  CHECK(order::due(w.state) == w.state.rulings.back().expires_at);
  SUBCASE("the other one approves") {
    REQUIRE(approved(w));
    CHECK(balance(w, account_kind::suspense_long) == 0);
    CHECK(order::due(w.state) == instant{});
  }
  SUBCASE("nobody does: it is offered again") {
    offer_again(w);
    CHECK(w.state.refunds.back().state == refund_state::requested);
  }
}

TEST_CASE("a surplus that its channel refused isn't told to be one that it can't be asked about") {
  auto w = unsent_surplus(limits::surplus_tries_max);
  offer_again(w);
  const std::string told_before = last_alarm(w);
  w.effects.clear();
  REQUIRE(w.tell(refused(static_cast<uint32_t>(w.state.refunds.size()))).has_value());
  CHECK(told_before.find("can't be asked") != std::string::npos);
  CHECK(last_alarm(w).empty());
  CHECK_FALSE(order::waits_for_a_person(w.state, w.state.refunds.back())); // it is offered again
}

TEST_CASE("a surplus that is only in doubt isn't to be given back by hand yet: its channel may be asked once more") {
  auto w = closed_order();
  REQUIRE(w.tell(told(w, reply_class::succeeded)).has_value());
  REQUIRE(w.tell(about(1, evidence::reply_timeout, reply_class::unknown)).has_value());
  auto nothing_new = about(1, evidence::enquiry, reply_class::unknown);
  nothing_new.enquiry = enquiry_facts{w.now, 120'000, 3'600'000, 1};
  REQUIRE(w.tell(nothing_new).has_value());
  REQUIRE(w.state.refunds.back().state == refund_state::manual);
  CHECK(last_alarm(w).find("nothing back by hand before a ruling is proposed") != std::string::npos);
  CHECK(last_alarm(refused_surplus()).find("give it back by hand") != std::string::npos);
}
