#include "actors/domain/step_up.hpp"

#include "tests/domain/order_world.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

pay_input stopped(risk_outcome outcome) {
  pay_input in = pay();
  in.risk = {outcome, "large", "v1", outcome == risk_outcome::step_up ? 10'000u : 0u, 3};
  return in;
}

confirm_input confirmed(bool proven = true, std::string_view proof = "proof", int64_t minor = 10'000) {
  confirm_input in{{minor, cny}, hash_parts_128({proof}), proven, {}};
  in.route = route_to(alpha);
  return in;
}

order_world waiting() {
  order_world w;
  REQUIRE(w.tell(stopped(risk_outcome::step_up)));
  return w;
}

} // namespace

TEST_CASE("Loss prevented: what risk rules block is submitted all the same") {
  order_world w;
  const auto verdict = w.tell(stopped(risk_outcome::block));
  REQUIRE(verdict);
  CHECK(w.submissions() == 0);
  CHECK(w.state.status == order_state::failed);
  CHECK(order::standing(w.state) == errc::risk_blocked);
  CHECK(order::view(w.state).risk_rule == "large");
  CHECK(order::due(w.state) == instant{});
  // Final, and the same again is answered from it, whatever the rules say by then.
  CHECK(w.tell(pay())->empty());
  CHECK(w.tell(pay(5)).error().code == errc::order_conflict);
  CHECK(w.tell(confirmed()).error().code == errc::nothing_to_confirm);
  CHECK(w.submissions() == 0);
}

TEST_CASE("A merchant that is told of results is told of what was blocked, in the decision that blocks it") {
  order_world w;
  pay_input in = stopped(risk_outcome::block);
  in.route.tells_merchant = true;
  const auto verdict = w.tell(in);
  REQUIRE(verdict);
  CHECK(std::holds_alternative<merchant_to_tell>(verdict->back()));
  REQUIRE(w.state.tellings.size() == 1);
  CHECK(w.state.tellings.front().result == told_result::failed);
}

TEST_CASE("Loss prevented: what its payer has to confirm is submitted before he has") {
  order_world w = waiting();
  CHECK(w.submissions() == 0);
  CHECK(w.state.status == order_state::confirming);
  CHECK(order::standing(w.state) == errc::step_up_required);
  CHECK(order::answerable(w.state));
  CHECK(order::due(w.state) == plus_ms(w.now, 10'000));
  CHECK(order::view(w.state).confirm_before == plus_ms(w.now, 10'000));
  CHECK(w.tell(pay())->empty());
  CHECK(order::resume(w.state).empty());
  CHECK(w.submissions() == 0);
  const auto verdict = w.tell(confirmed());
  REQUIRE(verdict);
  CHECK(verdict->size() == 2);
  CHECK(w.submissions() == 1);
  CHECK(w.state.status == order_state::open);
  REQUIRE(w.tell(paid(1)));
  CHECK(w.state.status == order_state::paid);
  CHECK(w.tell(confirmed())->empty()); // said again
  CHECK(w.submissions() == 1);
}

TEST_CASE("A payment that passes goes on at once, with the answer in its input") {
  order_world w;
  REQUIRE(w.tell(stopped(risk_outcome::pass)));
  CHECK(w.submissions() == 1);
  CHECK(std::get<pay_input>(w.decisions[0].input).risk.rule == "large");
}

TEST_CASE("Loss prevented: a proof of another amount, or none at all, confirms a payment") {
  for (const confirm_input& wrong : {confirmed(false), confirmed(true, "proof", 9'999)}) {
    order_world w = waiting();
    const auto verdict = w.tell(wrong);
    REQUIRE(verdict);
    CHECK(*verdict == std::vector<event>{confirmation_refused{1}});
    CHECK(order::standing(w.state, awaited_of(wrong)) == errc::wrong_confirmation);
    CHECK(order::standing(w.state) == errc::step_up_required);
    CHECK(w.submissions() == 0);
    CHECK_FALSE(order::inquire(w.state, wrong));
    CHECK(order::inquire(w.state, confirmed()));
  }
}

TEST_CASE("Wrong confirmations are bounded; the same one again counts once") {
  order_world w = waiting();
  CHECK(w.tell(confirmed(false, "guess 1"))->size() == 1);
  CHECK(w.tell(confirmed(false, "guess 1"))->empty());
  CHECK(w.tell(confirmed(false, "guess 2"))->size() == 1);
  const auto last = w.tell(confirmed(false, "guess 3"));
  REQUIRE(last);
  CHECK(last->back() == event{order_failed{static_cast<uint16_t>(errc::step_up_failed)}});
  CHECK(order::standing(w.state) == errc::step_up_failed);
  CHECK(w.tell(confirmed()).error().code == errc::nothing_to_confirm);
  CHECK(w.submissions() == 0);
}

TEST_CASE("What isn't confirmed in time fails by a code of its own, whoever comes first: its timer, or a proof") {
  for (const bool by_proof : {false, true}) {
    order_world w = waiting();
    w.now = plus_ms(w.now, 10'000);
    CHECK(order::overdue(w.state, w.now) == input{timer_input{}});
    REQUIRE(w.tell(by_proof ? input{confirmed()} : input{timer_input{}}));
    CHECK(w.state.status == order_state::failed);
    CHECK(order::standing(w.state) == errc::step_up_expired);
    CHECK(w.submissions() == 0);
    CHECK(order::due(w.state) == instant{});
  }
}

TEST_CASE("Who closes an order that waits for a confirmation is told at once that nothing was paid; expiry closes it") {
  order_world w = waiting();
  REQUIRE(w.tell(close_input{"left"}));
  CHECK(w.state.status == order_state::closed);
  CHECK(order::standing(w.state, awaited_of(close_input{})) == errc::ok);
  CHECK(w.tell(confirmed()).error().code == errc::nothing_to_confirm);

  order_world expiring;
  pay_input in = stopped(risk_outcome::step_up);
  in.expires_at = plus_ms(expiring.now, 5'000);
  REQUIRE(expiring.tell(in));
  CHECK(order::due(expiring.state) == in.expires_at);
  expiring.now = plus_ms(expiring.now, 5'000);
  SUBCASE("by its timer") {
    REQUIRE(expiring.tell(timer_input{}));
  }
  SUBCASE("Loss prevented: a confirmation comes before a timer that is late, and what was given away is paid") {
    REQUIRE(expiring.tell(confirmed()));
    CHECK(order::standing(expiring.state, awaited_of(confirmed())) == errc::order_closed);
  }
  CHECK(expiring.state.status == order_state::closed);
  CHECK(expiring.submissions() == 0);
}

TEST_CASE("Where no channel takes it when it is confirmed it goes on waiting") {
  order_world w = waiting();
  confirm_input in = confirmed();
  in.route = no_route(errc::no_channel);
  CHECK(w.tell(in).error().code == errc::no_channel);
  CHECK(w.state.status == order_state::confirming);
  REQUIRE(w.tell(confirmed()));
  CHECK(w.submissions() == 1);
}

TEST_CASE("An order that was never accepted, or passed, has nothing to confirm") {
  order_world w;
  CHECK(w.tell(confirmed()).error().code == errc::unknown_order);
  REQUIRE(w.tell(pay()));
  CHECK(w.tell(confirmed()).error().code == errc::nothing_to_confirm);
  CHECK(w.submissions() == 1);
}
