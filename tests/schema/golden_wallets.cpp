#include "tests/schema/golden_values.hpp"

#include "tests/support/typical_payment.hpp"

namespace oncepay::golden {

namespace {

const order_no transfer_no = order_no::parse("W-7").value();
const channel_id purse = channel_id::parse("purse").value();
const method_id by_wallet = method_id::parse("wallet").value();
const wallet_id alice = wallet_id::parse("alice").value();
const wallet_id bob = wallet_id::parse("bob").value();
const stream_name of_alice = stream_name::of_account("wallet/m-15349/alice");
const account_ref held_for_alice{account_kind::wallet, "m-15349/alice"};
const account_ref owed_by_purse{account_kind::channel_receivable, "purse"};

channel_terms terms_of_purse() {
  channel_terms t;
  t.channel = purse;
  t.display_name = "Wallets";
  t.methods = {by_wallet};
  t.currencies = {parse_currency("CNY").value()};
  t.in_house = house_tool::wallet;
  return t;
}

pay_command transferring() {
  pay_command c{merchant(), transfer_no, cny(4'780), by_wallet, "", at};
  c.top_up = true;
  c.wallet = alice;
  c.to_wallet = bob;
  return c;
}

pay_out_command withdrawing() {
  return {merchant(), order_no::parse("W-8").value(),
          cny(300),   method_id::parse("bank-transfer").value(),
          "62220",    "withdrawn",
          alice};
}

decision transfer_opened() {
  decision d = typical::opening();
  auto& in = std::get<pay_input>(d.input);
  in.top_up = true;
  in.wallet = alice;
  in.to_wallet = bob;
  return d;
}

decision withdrawal_opened() {
  pay_out_input in;
  in.order_no = order_no::parse("W-8").value();
  in.amount = cny(300);
  in.method = method_id::parse("bank-transfer").value();
  in.payee_token = hash_parts_128({"payee"});
  in.route = std::get<pay_input>(typical::opening().input).route;
  in.from_wallet = alice;
  return {at, stream_name::of_order(merchant(), in.order_no), 1, plus_ms(at, 16'000), {},
          in, {order_opened{hash_parts_128({"golden"})}}};
}

decision about_alice(input in, std::vector<event> events) {
  return {at, of_alice, 4, {}, {}, std::move(in), std::move(events)};
}

order_view view_of_transfer() {
  order_view v;
  v.merchant = merchant();
  v.order_no = transfer_no;
  v.state = order_state::paid;
  v.amount = cny(4'780);
  v.method = by_wallet;
  v.opened_at = at;
  v.kind = order_kind::top_up;
  v.from_wallet = alice;
  v.to_wallet = bob;
  return v;
}

} // namespace

std::vector<named<command>> wallet_commands() {
  return {{"command_transfer", {91, 0, transferring()}},
          {"command_withdraw", {92, 0, withdrawing()}},
          {"command_open_wallet_channel", {93, 0, open_channel_command{terms_of_purse()}}}};
}

std::vector<named<reply>> wallet_replies() {
  return {{"reply_transfer", {91, errc::ok, "", 104, false, view_of_transfer()}},
          {"reply_same_wallet", {92, errc::same_wallet, "", 104, false, {}}}};
}

std::vector<named<decision>> wallet_decisions() {
  return {
      {"decision_wallet_channel",
       {at,
        stream_name::of_channel(purse),
        1,
        {},
        {},
        channel_input{terms_of_purse(), true},
        {channel_configured{}, channel_switched{true}}}},
      {"decision_transfer", transfer_opened()},
      {"decision_withdrawal", withdrawal_opened()},
      {"decision_wallet_pays",
       about_alice(claim_input{"pay/4v8kq2m7x3c9r5t1w6y0zbnhja", cny(500), {}, purse, plus_ms(at, 5'000)},
                   {account_claimed{{{held_for_alice, cny(500)}, {owed_by_purse, cny(-500)}}}, claim_settled{}})},
      {"decision_wallet_refunded",
       about_alice(credit_input{"refund/4v8kq2m7x3c9r5t1w6y0zbnhja", cny(200), {}, purse, plus_ms(at, 5'000)},
                   {account_credited{{{owed_by_purse, cny(200)}, {held_for_alice, cny(-200)}}}})},
  };
}

} // namespace oncepay::golden
