#include "tests/schema/golden_values.hpp"
#include "tests/support/typical_payment.hpp"

namespace oncepay::golden {

namespace {

order_no risk_number() {
  return order_no::parse("transactions-0012345").value();
}
money risk_amount() {
  return cny(14'780);
}

decision stopped_by_risk() {
  decision d = typical::opening();
  auto& in = std::get<pay_input>(d.input);
  in.card_token = hash_parts_128({"golden card"});
  in.risk = {risk_outcome::step_up, "large", "2025-11-20.k3m9x2ab", 900'000, 5};
  d.events.back() = step_up_asked{plus_ms(at, 900'001)};
  return d;
}

decision blocked_by_risk() {
  decision d = typical::opening();
  std::get<pay_input>(d.input).risk = {risk_outcome::block, "stolen", "2025-11-20.k3m9x2ab", 0, 0};
  d.events.back() = order_failed{static_cast<uint16_t>(errc::risk_blocked)};
  return d;
}

confirm_input confirmation(bool proven) {
  confirm_input in{risk_amount(), hash_parts_128({"golden proof"}), proven, {}};
  if (proven)
    in.route = std::get<pay_input>(typical::opening().input).route;
  return in;
}

decision about_stopped(uint32_t version, input in, std::vector<event> events) {
  return {plus_ms(at, version),
          stream_name::of_order(merchant(), risk_number()),
          version,
          plus_ms(at, 16'000),
          plus_ms(at, 20'000),
          std::move(in),
          std::move(events)};
}

order_view view_of_step_up() {
  order_view v{merchant(),
               risk_number(),
               order_state::confirming,
               risk_amount(),
               method_id::parse("card").value(),
               at,
               false,
               {},
               {}};
  v.confirm_before = plus_ms(at, 900'000);
  v.risk_rule = "large";
  return v;
}

} // namespace

std::vector<named<command>> risk_commands() {
  return {
      {"command_pay_card",
       {77, 0,
        pay_command{merchant(),
                    risk_number(),
                    risk_amount(),
                    method_id::parse("card").value(),
                    "13800",
                    at,
                    "",
                    {},
                    false,
                    "tok_4711"}}},
      {"command_confirm", {89, 0, confirm_command{merchant(), risk_number(), risk_amount(), "6B1F00"}}},
  };
}

std::vector<named<reply>> risk_replies() {
  return {{"reply_step_up", {83, errc::step_up_required, "have it confirmed", 103, false, view_of_step_up()}}};
}

std::vector<named<decision>> risk_decisions() {
  return {
      {"decision_step_up", stopped_by_risk()},
      {"decision_blocked", blocked_by_risk()},
      {"decision_confirmed",
       about_stopped(2, confirmation(true),
                     {order_confirmed{}, attempt_intended{1, make_attempt_id("demo", merchant(), risk_number(), 1),
                                                          plus_ms(at, 5'002), plus_ms(at, 15'002)}})},
      {"decision_confirmation_refused",
       about_stopped(3, confirmation(false),
                     {confirmation_refused{5}, order_failed{static_cast<uint16_t>(errc::step_up_failed)}})},
  };
}

} // namespace oncepay::golden
