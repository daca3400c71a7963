// Pay-outs that an operator stops (C12), that people rule on, and whose merchants are told.
#include "actors/domain/account.hpp"
#include "actors/domain/account_link.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/domain/pay_out_switch.hpp"
#include "actors/domain/routing.hpp"
#include "actors/domain/telling.hpp"
#include "schema/limits.hpp"
#include "tests/domain/order_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace oncepay;
using namespace oncepay::test;

namespace {

pay_out_input wanted() {
  pay_out_input in;
  in.order_no = *order_no::parse("A-7");
  in.amount = {10'000, cny};
  in.method = *method_id::parse("bank-transfer");
  in.payee_token = hash_parts_128({"token", "bob"});
  in.payee = {1, {std::byte{7}}};
  return in;
}

account_answer_input granted(std::optional<route_answer> route = route_to(alpha)) {
  return {account_deed::claim, 0, std::move(route)};
}

/// A pay-out whose money is claimed; where it may go is still to be heard.
order_world claimed() {
  order_world w;
  REQUIRE(w.tell(wanted()));
  return w;
}

route_answer stopped() {
  return no_route(errc::pay_outs_stopped);
}

attempt_input stopped_at_the_door(uint32_t number) {
  return answer(number, evidence::never_left, reply_class::failed_try_another,
                std::string(order::pay_outs_stopped_code));
}

pay_out_switch_input stop(std::string_view merchant = {}, std::string_view channel = {}) {
  return {false, merchant_id::trusted(std::string(merchant)), channel_id::trusted(std::string(channel)), "lin", "leak"};
}

pay_out_stops after(std::initializer_list<pay_out_switch_input> inputs) {
  pay_out_stops s;
  for (const input in : inputs) {
    const auto verdict = pay_out_switch::decide(s, in);
    REQUIRE(verdict);
    for (const event& e : *verdict)
      pay_out_switch::evolve(s, in, e);
  }
  return s;
}

bool holds_event(const verdict_on_input& v, auto kind) {
  return v &&
         std::any_of(v->begin(), v->end(), [](const event& e) { return std::holds_alternative<decltype(kind)>(e); });
}

} // namespace

TEST_CASE("Loss prevented: a pay-out goes out after an operator stopped them, or fails because he did") {
  order_world w = claimed();
  REQUIRE(w.tell(granted(stopped())));
  CHECK(w.state.status == order_state::open);
  CHECK(w.submissions() == 0);
  CHECK(order::is_held(w.state));
  CHECK(order::answerable(w.state)); // nobody is kept waiting, nor a ticket with him
  CHECK(order::standing(w.state) == errc::processing);
  // It looks again, ever less often, and each date is the log's.
  int64_t wait_ms = limits::pay_out_held_ms;
  for (int i = 0; i < 10; ++i) {
    CHECK(order::due(w.state) == plus_ms(w.now, wait_ms));
    w.now = order::due(w.state);
    REQUIRE(order::account_request(w.state));
    REQUIRE(w.tell(granted(stopped())));
    wait_ms = std::min(2 * wait_ms, limits::pay_out_held_ms_max);
  }
  REQUIRE(w.tell(granted()));
  CHECK(w.submissions() == 1);
  CHECK_FALSE(order::is_held(w.state));
  REQUIRE(w.tell(paid(1)));
  CHECK(w.state.status == order_state::paid);
}

TEST_CASE("Loss prevented: a pay-out that was stopped at its channel's door has failed, or is kept from that channel") {
  order_world w = claimed();
  REQUIRE(w.tell(granted()));
  CHECK_FALSE(order::inquire(w.state, stopped_at_the_door(1))); // nobody is asked where else it could go
  REQUIRE(w.tell(stopped_at_the_door(1)));
  CHECK(w.state.status == order_state::open);
  CHECK(order::is_held(w.state));
  CHECK(w.state.attempts.at(0).state == attempt_state::failed);
  const auto question = order::inquire(w.state, granted({}));
  REQUIRE(question);
  CHECK(question->tried.empty());
  CHECK(question->attempt_number == 2);
  REQUIRE(w.tell(granted()));
  CHECK(w.submissions() == 2);
  CHECK(w.state.attempts.at(1).id != w.state.attempts.at(0).id);
}

TEST_CASE("A pay-out that a channel declined waits where all the others are stopped, and goes on there afterwards") {
  order_world w = claimed();
  REQUIRE(w.tell(granted()));
  attempt_input no = declined(1);
  no.route = stopped();
  const auto verdict = order::decide(w.state, w.now, no);
  CHECK(holds_event(verdict, pay_out_held{}));
  CHECK_FALSE(holds_event(verdict, order_failed{}));
}

TEST_CASE("A pay-out in doubt isn't touched by a stop") {
  order_world w = claimed();
  REQUIRE(w.tell(granted()));
  REQUIRE(w.tell(timed_out(1)));
  REQUIRE(w.tell(stopped_at_the_door(1))); // its channel had it in hand, and yet it never left
  CHECK(w.submissions() == 1);
  CHECK(w.state.status == order_state::failed);
  CHECK(order::account_request(w.state));
}

TEST_CASE("Stops are kept apart: all, a merchant's, a channel's; the same again changes nothing") {
  const pay_out_stops some = after({stop("m1"), stop({}, "alpha")});
  CHECK(some.hold(m1));
  CHECK_FALSE(some.hold(*merchant_id::parse("m2")));
  CHECK(some.hold(alpha));
  CHECK_FALSE(some.hold(beta));
  CHECK(pay_out_switch::decide(some, stop("m1")).value().empty());
  pay_out_switch_input go_on = stop("m1");
  go_on.on = true;
  CHECK_FALSE(after({stop("m1"), go_on}).any());
  pay_out_stops all = after({stop(), stop("m1")});
  CHECK(all.hold(beta));
  pay_out_switch_input all_on = stop();
  all_on.on = true;
  // Who was stopped by himself isn't let go on with the rest.
  CHECK(after({stop(), stop("m1"), all_on}).hold(m1));
  const auto effects = pay_out_switch::effects(some, {pay_outs_switched{}});
  REQUIRE(effects.size() == 1);
  CHECK(std::get<publish_stops_effect>(effects[0]).stops == some);
}

TEST_CASE("So many stops are refused that a port would search for longer than for a pay-out") {
  pay_out_stops s;
  for (size_t i = 0; i < limits::pay_out_stops_max; ++i)
    s.merchants.insert(merchant_id::trusted("m" + std::to_string(i)));
  CHECK(pay_out_switch::decide(s, stop("one-more")).error().code == errc::too_many_stops);
  CHECK(pay_out_switch::decide(s, stop()).value().size() == 1);
}

TEST_CASE("A stopped channel is passed over for another; where none is left a pay-out is told to wait") {
  channel_snapshot a;
  a.on = true;
  a.terms.channel = alpha;
  a.terms.pay_out_methods = {*method_id::parse("bank-transfer")};
  a.terms.methods = a.terms.pay_out_methods;
  a.terms.currencies = {cny};
  channel_snapshot b = a;
  b.terms.channel = beta;
  a.pay_outs_stopped = true;
  merchant_terms merchant;
  merchant.merchant = m1;
  route_question q;
  q.merchant = m1;
  q.order_no = *order_no::parse("A-7");
  q.attempt_number = 1;
  q.amount = {10'000, cny};
  q.method = *method_id::parse("bank-transfer");
  q.pays_out = true;
  const channel_snapshot* both[] = {&a, &b};
  CHECK(choose_channel(q, &merchant, both, {}, 1).chosen == beta);
  const channel_snapshot* one[] = {&a};
  const route_answer none = choose_channel(q, &merchant, one, {}, 1);
  CHECK(none.refusal == static_cast<uint16_t>(errc::pay_outs_stopped));
  CHECK(none.candidates.at(0).verdict == verdict::pay_outs_stopped);
  q.stopped = true;
  CHECK(choose_channel(q, &merchant, both, {}, 1).refusal == static_cast<uint16_t>(errc::pay_outs_stopped));
  q.pays_out = false;
  CHECK(choose_channel(q, &merchant, one, {}, 1).chosen == alpha);
}

TEST_CASE("Loss prevented: a merchant's undecided pay-outs fill its account without a bound") {
  account::state s = account::initial(stream_name::of_account("merchant/m1/available"));
  auto tell = [&s](const input& in) {
    auto verdict = account::decide(s, noon, in);
    if (verdict)
      for (const event& e : *verdict)
        account::evolve(s, in, e);
    return verdict;
  };
  const auto one = [](size_t i) {
    const std::string name = std::to_string(i);
    return claim_input{"order/m1/" + name, {1, cny}, hash_parts_128({"like", name})};
  };
  REQUIRE(tell(credit_input{"top-up", {1'000'000, cny}}));
  for (size_t i = 0; i < limits::open_claims_max; ++i)
    REQUIRE(tell(one(i)));
  CHECK(tell(one(limits::open_claims_max)).error().code == errc::too_many_claims);
  CHECK(tell(one(0)).value().empty()); // who has his claim is told so
  pay_out_input in = wanted();
  in.route = route_to(alpha);
  CHECK(account::decide(s, noon, in).error().code == errc::too_many_claims);
  REQUIRE(tell(settle_input{"order/m1/0"}));
  REQUIRE(tell(one(limits::open_claims_max)));
  // What is decided is remembered for as long as it may be repeated, and forgotten then.
  for (size_t i = 1; i < limits::open_claims_max; ++i)
    REQUIRE(tell(release_input{"order/m1/" + std::to_string(i)}));
  CHECK(s.ended.size() == limits::ended_transfers_kept);
  CHECK(s.ended_keys.size() == limits::ended_transfers_kept);
  CHECK(s.claims.size() == 1);
  const std::string last = "order/m1/" + std::to_string(limits::open_claims_max - 1);
  CHECK(tell(release_input{last}).value().empty());
  CHECK(tell(claim_input{last, {1, cny}, {}}).error().code == errc::claim_conflict);
}

TEST_CASE("Two people rule on a pay-out in doubt: its claim is settled, or goes back") {
  for (const auto outcome : {ruling_outcome::succeeded, ruling_outcome::failed}) {
    order_world w = claimed();
    REQUIRE(w.tell(granted()));
    REQUIRE(w.tell(timed_out(1)));
    w.now = w.state.attempts.at(0).reply_before;
    REQUIRE(w.tell(ruling_proposal_input{ruling_subject::attempt, 1, outcome, "statement", "agrees", "anna"}));
    CHECK_FALSE(w.tell(ruling_answer_input{w.state.rulings.back().id, true, "Anna", ""}));
    CHECK_FALSE(order::account_request(w.state));
    REQUIRE(w.tell(ruling_answer_input{w.state.rulings.back().id, true, "berta", ""}));
    const auto ask = order::account_request(w.state);
    REQUIRE(ask);
    CHECK(std::holds_alternative<settle_input>(ask->what) == (outcome == ruling_outcome::succeeded));
    CHECK(std::holds_alternative<release_input>(ask->what) == (outcome == ruling_outcome::failed));
    CHECK(order::due(w.state) != instant{});
  }
}

TEST_CASE("Loss prevented: a pay-out that people ruled failed and that went out is booked as money to give back") {
  order_world w = claimed();
  REQUIRE(w.tell(granted()));
  REQUIRE(w.tell(timed_out(1)));
  w.now = w.state.attempts.at(0).reply_before;
  REQUIRE(w.tell(
      ruling_proposal_input{ruling_subject::attempt, 1, ruling_outcome::failed, "statement", "not in it", "anna"}));
  REQUIRE(w.tell(ruling_answer_input{w.state.rulings.back().id, true, "berta", ""}));
  REQUIRE(w.tell(account_answer_input{account_deed::release, 0, {}}));
  const auto verdict = w.tell(answer(1, evidence::enquiry, reply_class::succeeded));
  CHECK(holds_event(verdict, contradiction_recorded{}));
  CHECK(w.state.surplus_attempt == 0);
  CHECK(w.state.refunds.empty());
  CHECK(w.state.status == order_state::failed);
  CHECK(std::holds_alternative<alarm_effect>(w.effects.back()));
}

TEST_CASE("A merchant that asked for it is told how its pay-outs and top-ups ended, and that they are such") {
  pay_out_input in = wanted();
  in.route = route_to(alpha);
  in.route->tells_merchant = true;
  order_world w;
  REQUIRE(w.tell(in));
  REQUIRE(w.tell(granted()));
  REQUIRE(w.tell(paid(1)));
  const auto told = order::tellings_due(w.state, w.now);
  REQUIRE(told.size() == 1);
  CHECK(told[0].kind == order_kind::pay_out);
  CHECK(told[0].result == told_result::paid);
}

TEST_CASE(
    "Loss prevented: what a failed pay-out had claimed is nowhere, because its merchant is told in the same decision") {
  pay_out_input in = wanted();
  in.route = route_to(alpha);
  in.route->tells_merchant = true;
  order_world w;
  REQUIRE(w.tell(in));
  REQUIRE(w.tell(granted(no_route(errc::no_channel))));
  CHECK(w.state.status == order_state::failed);
  CHECK(order::tellings_due(w.state, w.now).size() == 1);
  const auto ask = order::account_request(w.state);
  REQUIRE(ask);
  CHECK(std::holds_alternative<release_input>(ask->what));
  CHECK(order::due(w.state) != instant{});
  CHECK_FALSE(order::answerable(w.state));
}
