#include "tests/schema/golden_values.hpp"

#include "tests/support/typical_payment.hpp"

namespace oncepay::golden {

namespace {

const order_no number = order_no::parse("A-7").value();
const order_no second = order_no::parse("A-8").value();
const order_no batch_no = order_no::parse("salaries-2025-11").value();
const channel_id alpha = channel_id::parse("alpha").value();
const stream_name available = stream_name::of_account("merchant/m-15349/available");

decision about_order(uint32_t version, input in, std::vector<event> events) {
  return {plus_ms(at, version),
          stream_name::of_order(merchant(), number),
          version,
          plus_ms(at, 16'000),
          plus_ms(at, 20'000),
          std::move(in),
          std::move(events)};
}

decision about(stream_name stream, input in, std::vector<event> events) {
  return {at, std::move(stream), 3, {}, {}, std::move(in), std::move(events)};
}

channel_terms terms_of_pay_outs() {
  channel_terms t;
  t.channel = alpha;
  t.display_name = "Alpha";
  t.currencies = {parse_currency("CNY").value()};
  t.pay_out_methods = {method_id::parse("bank-transfer").value()};
  return t;
}

decision topping_up() {
  decision d = typical::opening();
  std::get<pay_input>(d.input).top_up = true;
  return d;
}

pay_out_input pay_out() {
  pay_out_input in;
  in.order_no = number;
  in.amount = cny(4'780);
  in.method = method_id::parse("bank-transfer").value();
  in.payee_token = hash_parts_128({"payee"});
  in.payee = {1, {std::byte{1}, std::byte{2}, std::byte{3}}};
  in.reason = "salary";
  in.route = std::get<pay_input>(typical::opening().input).route;
  return in;
}

decision claim_granted() {
  return about_order(
      2, account_answer_input{account_deed::claim, 0, pay_out().route},
      {attempt_intended{1, make_attempt_id("demo", merchant(), number, 1), plus_ms(at, 5'002), plus_ms(at, 15'002)}});
}

batch_input batch() {
  return {merchant(),
          batch_no,
          pay_out().method,
          cny(0).currency,
          9'560,
          "salaries",
          {{number, 4'780, pay_out().payee_token, pay_out().payee}, {second, 4'780, hash_parts_128({"another"}), {}}}};
}

order_view view_of_pay_out() {
  order_view v;
  v.merchant = merchant();
  v.order_no = number;
  v.state = order_state::open;
  v.amount = cny(4'780);
  v.method = method_id::parse("bank-transfer").value();
  v.opened_at = at;
  v.kind = order_kind::pay_out;
  return v;
}

} // namespace

std::vector<named<command>> pay_out_commands() {
  return {
      {"command_top_up",
       {87, 0,
        pay_command{merchant(), number, cny(14'780), method_id::parse("card").value(), "13800", at, "", {}, true}}},
      {"command_pay_out",
       {88, 0,
        pay_out_command{merchant(), number, cny(4'780), method_id::parse("bank-transfer").value(), "6222000012345678",
                        "salary"}}},
      {"command_stop_pay_outs", {89, 0, switch_pay_outs_command{false, merchant(), {}, "ann", "paid twice"}}},
      {"command_pay_outs_go_on", {90, 0, switch_pay_outs_command{true, {}, alpha, "ann", "repaired"}}},
      {"command_pay_out_batch",
       {91, 0,
        pay_out_batch_command{merchant(),
                              batch_no,
                              method_id::parse("bank-transfer").value(),
                              cny(0).currency,
                              9'560,
                              "salaries",
                              {{number, 4'780, "6222000012345678"}, {second, 4'780, "6222000012345679"}}}}},
      {"command_query_batch", {92, 0, query_batch_command{merchant(), batch_no}}},
  };
}

std::vector<named<reply>> pay_out_replies() {
  return {{"reply_pay_out", {81, errc::processing, "ask again", 102, false, view_of_pay_out()}},
          {"reply_batch",
           {82, errc::ok, "", 103, false,
            batch_view{merchant(),
                       batch_no,
                       method_id::parse("bank-transfer").value(),
                       cny(0).currency,
                       at,
                       true,
                       {{number, 4'780, errc::ok, order_state::paid},
                        {second, 4'780, errc::insufficient_funds, order_state::none}}}}}};
}

std::vector<named<decision>> pay_out_decisions() {
  return {
      {"decision_pay_out_channel",
       about(stream_name::of_channel(alpha), channel_input{terms_of_pay_outs(), true}, {channel_configured{}})},
      {"decision_top_up", topping_up()},
      {"decision_pay_out", about_order(1, pay_out(), {order_opened{hash_parts_128({"golden"})}})},
      {"decision_claim_granted", claim_granted()},
      {"decision_claim_refused",
       about_order(2, account_answer_input{account_deed::claim, 600, {}}, {order_failed{600}})},
      {"decision_account_answered",
       about_order(5, account_answer_input{account_deed::settle, 0, {}}, {account_answered{}})},
      {"decision_claim_of_likeness",
       about(available, claim_input{"order/m-15349/A-7", cny(4'780), hash_parts_128({"like"})},
             {account_claimed{{{{account_kind::merchant_available, "m-15349"}, cny(500)},
                               {{account_kind::transit, {}}, cny(-500)}}}})},
      {"decision_settled", about(available, settle_input{"order/m-15349/A-7"}, {claim_settled{}})},
      {"decision_pay_out_held",
       about_order(3, account_answer_input{account_deed::claim, 0, {}}, {pay_out_held{2, plus_ms(at, 10'000)}})},
      {"decision_pay_outs_stopped",
       about(stream_name::of_operations(), pay_out_switch_input{false, merchant(), {}, "ann", "paid twice"},
             {pay_outs_switched{}})},
      {"decision_batch_opened", about(stream_name::of_batch(merchant(), batch_no), batch(),
                                      {batch_opened{hash_parts_128({"golden", "batch"})}})},
      {"decision_batch_handed_out",
       about(stream_name::of_batch(merchant(), batch_no), batch_handed_out_input{{0, 600}}, {batch_handed_out{}})},
  };
}

} // namespace oncepay::golden
