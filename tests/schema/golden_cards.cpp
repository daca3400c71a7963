#include "tests/schema/golden_values.hpp"

#include "tests/support/typical_payment.hpp"

namespace oncepay::golden {

namespace {

order_no binding_number() {
  return order_no::parse("B-7").value();
}
order_no withheld_number() {
  return order_no::parse("W-8").value();
}

channel_terms terms_of_cards() {
  channel_terms t;
  t.channel = channel_id::parse("alpha").value();
  t.display_name = "Alpha";
  t.currencies = {parse_currency("CNY").value()};
  t.card_methods = {method_id::parse("card").value()};
  return t;
}

sealed_payer sealed_token() {
  return {1, {std::byte{7}, std::byte{8}, std::byte{9}}};
}

pay_input asked_of_card(card_deed deed, int64_t minor) {
  pay_input in = std::get<pay_input>(typical::opening().input);
  in.amount = cny(minor);
  in.card = {deed, sealed_token(), hash_parts_128({"one-time token"})};
  return in;
}

pay_input withheld(bool granted) {
  pay_input in = std::get<pay_input>(typical::opening().input);
  in.agreement = {binding_number(), withheld_number(), {}, {}};
  if (!granted) {
    in.route = {};
    return in;
  }
  in.agreement.channel = channel_id::parse("alpha").value();
  in.agreement.reference = "vba-1";
  return in;
}

attempt_input bound() {
  attempt_input in{1, evidence::enquiry, reply_class::succeeded, "OK", "vb-1", {}};
  in.enquiry = enquiry_facts{plus_ms(at, 900)};
  in.agreement = "vba-1";
  in.card_mask = "6222****1234";
  return in;
}

decision about_card(const order_no& number, uint32_t version, input in, std::vector<event> events) {
  return {
      plus_ms(at, version), stream_name::of_order(merchant(), number), version, plus_ms(at, 16'000), {}, std::move(in),
      std::move(events)};
}

order_view view_of_binding() {
  order_view v;
  v.merchant = merchant();
  v.order_no = binding_number();
  v.state = order_state::paid;
  v.amount = cny(0);
  v.method = method_id::parse("card").value();
  v.opened_at = at;
  v.kind = order_kind::bind;
  v.card = {"6222****1234", "vba-1", false, true, withheld_number()};
  refund_view ending;
  ending.number = 1;
  ending.refund_no = order_no::parse("U-1").value();
  ending.state = refund_state::succeeded;
  ending.attempt_number = 1;
  ending.unbinds = true;
  v.refunds = {ending};
  return v;
}

} // namespace

std::vector<named<command>> card_commands() {
  const method_id by_card = method_id::parse("card").value();
  const currency yuan = parse_currency("CNY").value();
  return {
      {"command_bind",
       {92, 0,
        bind_command{merchant(), binding_number(), yuan, by_card, "tok_once", "alice", "my-token", at,
                     plus_ms(at, 60'000)}}},
      {"command_unbind",
       {93, 0, unbind_command{merchant(), binding_number(), order_no::parse("U-1").value(), "asked for"}}},
      {"command_authenticate",
       {94, 0,
        authenticate_command{merchant(), order_no::parse("V-9").value(), yuan, by_card, "tok_twice", "bob", "my-token",
                             at, plus_ms(at, 60'000)}}},
      {"command_sign_and_pay",
       {95, 0,
        pay_command{merchant(),
                    withheld_number(),
                    cny(14'780),
                    by_card,
                    "alice",
                    at,
                    "",
                    {},
                    false,
                    "my-token",
                    {},
                    {},
                    "tok_once"}}},
      {"command_withhold",
       {96, 0,
        pay_command{merchant(),
                    withheld_number(),
                    cny(14'780),
                    by_card,
                    "alice",
                    at,
                    "",
                    {},
                    false,
                    "",
                    {},
                    {},
                    "",
                    binding_number()}}},
  };
}

std::vector<named<reply>> card_replies() {
  return {{"reply_binding", {92, errc::ok, "", 104, false, view_of_binding()}}};
}

std::vector<named<decision>> card_decisions() {
  const std::vector<event> opens{order_opened{hash_parts_128({"golden"})}};
  return {
      {"decision_card_channel",
       {at,
        stream_name::of_channel(channel_id::parse("alpha").value()),
        3,
        {},
        {},
        channel_input{terms_of_cards(), true},
        {channel_configured{}}}},
      {"decision_bind", about_card(binding_number(), 1, asked_of_card(card_deed::bind, 0), opens)},
      {"decision_authenticate", about_card(binding_number(), 1, asked_of_card(card_deed::authenticate, 0), opens)},
      {"decision_sign_and_pay", about_card(binding_number(), 1, asked_of_card(card_deed::sign_and_pay, 980), opens)},
      {"decision_bound", about_card(binding_number(), 2, bound(), {attempt_succeeded{1}, order_paid{{}}})},
      {"decision_withhold_granted", about_card(binding_number(), 3, withheld(false), {withhold_granted{}})},
      {"decision_withhold", about_card(withheld_number(), 1, withheld(true), opens)},
      {"decision_unbind",
       about_card(binding_number(), 4,
                  refund_input{binding_number(), order_no::parse("U-1").value(), {}, "asked for", true},
                  {refund_requested{1,
                                    1,
                                    make_attempt_id("demo", merchant(), binding_number(), 2),
                                    hash_parts_128({"unbind"}),
                                    plus_ms(at, 10'004),
                                    plus_ms(at, 20'004),
                                    0,
                                    {}}})},
      {"decision_unbound_told",
       about_card(binding_number(), 5,
                  refund_answer_input{1, evidence::channel_reply, reply_class::succeeded, "OK", "vb-2"},
                  {refund_succeeded{1, {}}, merchant_to_tell{2, told_result::unbound, 1}})},
  };
}

} // namespace oncepay::golden
