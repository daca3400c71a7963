// Stories in which what risk rules stop isn't stopped.
#include "tests/sim/story.hpp"

#include "actors/confirmation_proof.hpp"
#include "sim/world.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;
using enum reply_class;

namespace {

const stream_name stopped_order = order_named("A-1");

pay_input stopped(risk_outcome outcome) {
  pay_input in = pay_for(10'000);
  in.risk = {outcome, "large", "v1", 60'000, 3};
  return in;
}

confirm_input said_to_be_confirmed() {
  confirm_input in{{10'000, cny}, {}, true, {}};
  in.route = route_to(alpha);
  return in;
}

confirm_command confirmation(int64_t signed_minor) {
  const auto number = *order_no::parse("A-1");
  return {m1, number, {10'000, cny}, proof_of_confirmation(sim::key_of_confirmers(), m1, number, {signed_minor, cny})};
}

} // namespace

TEST_CASE("A payment that its payer confirms, and then is paid, is no violation") {
  story s;
  s.tell(stopped_order, stopped(risk_outcome::step_up));
  s.send(confirmation(10'000));
  s.tell(stopped_order, said_to_be_confirmed());
  s.reaches_bank(s.submission(stopped_order, 1), pays());
  s.hears("A-1", says(1, succeeded, "OK"));
  s.settle();
  CHECK(s.said_by("risk-kept") == "");
  CHECK(s.said_by("white-list") == "");
}

TEST_CASE("Loss prevented: what rules block or want confirmed is submitted, and that is noticed") {
  for (const risk_outcome outcome : {risk_outcome::block, risk_outcome::step_up}) {
    story s;
    decision d = s.next(stopped_order, pay_for(10'000));
    std::get<pay_input>(d.input) = stopped(outcome);
    s.durable(std::move(d));
    expect(s, "risk-kept", "intends an attempt, and rule large stopped it");
    s.reaches_bank(s.submission(stopped_order, 1), pays());
    expect(s, "risk-kept", "which rule large stopped");
  }
}

TEST_CASE("Loss prevented: a proof of another amount, or none that was sent, counts, and that is noticed") {
  for (const bool sent_another : {false, true}) {
    story s;
    s.tell(stopped_order, stopped(risk_outcome::step_up));
    if (sent_another)
      s.send(confirmation(9'999));
    s.tell(stopped_order, said_to_be_confirmed());
    expect(s, "risk-kept", "counts as confirmed, and nobody sent a proof for it");
  }
}

TEST_CASE("A payment that goes on waiting after its time is noticed") {
  story s;
  s.tell(stopped_order, stopped(risk_outcome::step_up));
  s.passes_ms(66'000);
  s.settle();
  expect(s, "risk-kept", "should have been confirmed until");
}
