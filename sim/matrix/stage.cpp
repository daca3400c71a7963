#include "sim/matrix/stage.hpp"

#include <utility>

namespace oncepay::sim::matrix {

namespace {

constexpr uint32_t bank_latency_us = 20'000;
/// What a cell's order needs was done by then.
constexpr int64_t prepared_at_us = 100'000;

merchant_id merchant_of_cells() {
  return merchant_id::trusted("m1");
}
order_no number_of_cells() {
  return order_no::trusted("A-1");
}
currency currency_of_cells() {
  return *parse_currency("CNY");
}
method_id wallet_method_of_cells() {
  return method_id::trusted("wallet");
}

channel_terms channel(const channel_id& id, uint32_t priority) {
  channel_terms t;
  t.channel = id;
  t.methods = {method_id::trusted("card"), method_id::trusted("code")};
  t.pay_out_methods = {method_id::trusted("transfer")};
  t.currencies = {currency_of_cells()};
  t.cost_rate_ppm = 2'000;
  t.priority = priority;
  t.submit_within_ms = 2'000;
  t.reply_within_ms = 2'000;
  t.enquire_after_ms = 5'000;
  t.enquire_interval_ms_max = 20'000;
  t.enquiries_max = 4;
  t.not_found_after_ms = 10'000;
  t.reverse_after_ms = 20'000;
  t.bank.latency_min_us = t.bank.latency_p50_us = t.bank.latency_p99_us = t.bank.latency_max_us = bank_latency_us;
  return t;
}

} // namespace

stream_name order_of_cells() {
  return stream_name::of_order(merchant_of_cells(), number_of_cells());
}

wallet_id wallet_of_cells() {
  return wallet_id::trusted("alice");
}

order_no binder_of_cells() {
  return order_no::trusted("K-1");
}

channel_id first_channel() {
  return channel_id::trusted("alpha");
}

order_no refund_of_cells() {
  return order_no::trusted("R-1");
}

plan staged(bool by_code) {
  plan p;
  p.clients = 1;
  // Surpluses are offered, and reversals repeated, for hours; what is left to a person is alarmed again after a day.
  p.settle_ms = int64_t{12} * 3'600'000;
  merchant_terms m;
  m.merchant = merchant_of_cells();
  m.fee_rate_ppm = cell_fee_ppm;
  m.notify_url = "https://m1.example/told";
  p.merchants = {m};
  p.channels = {channel(first_channel(), 1), channel(channel_id::trusted("beta"), 2)};
  planned_order o;
  o.at_us = order_at_us;
  o.pay.merchant = m.merchant;
  o.pay.order_no = number_of_cells();
  o.pay.amount = {cell_amount_minor, currency_of_cells()};
  o.pay.method = method_id::trusted(by_code ? "code" : "card");
  o.pay.payer_code = by_code ? "134567890123456789" : "";
  o.tries_max = 8;
  o.retry_after_ms = 5'000;
  o.asks_afterwards = true;
  p.orders = {o};
  return p;
}

plan staged_top_up() {
  plan p = staged(false);
  p.orders.front().pay.top_up = true;
  return p;
}

plan staged_pay_out() {
  plan p = staged(false);
  planned_order out = p.orders.front();
  out.pays_out = true;
  out.pay.method = method_id::trusted("transfer");
  out.pay.payer = "bob";
  planned_order& in = p.orders.front();
  in.at_us = prepared_at_us;
  in.pay.order_no = order_no::trusted("T-1");
  in.pay.amount.minor = 2 * cell_amount_minor;
  in.pay.top_up = true;
  in.asks_afterwards = false;
  p.orders.push_back(std::move(out));
  return p;
}

plan staged_wallet() {
  plan p = staged_pay_out();
  channel_terms purse = p.channels.front();
  purse.channel = channel_id::trusted("purse");
  purse.methods = {wallet_method_of_cells()};
  purse.pay_out_methods.clear();
  purse.in_house = house_tool::wallet;
  purse.cost_rate_ppm = 0;
  purse.bank = {};
  p.channels.push_back(std::move(purse));
  p.orders.front().pay.to_wallet = wallet_of_cells();
  planned_order& o = p.orders.back();
  o.pays_out = false;
  o.pay.method = wallet_method_of_cells();
  o.pay.payer.clear();
  o.pay.wallet = wallet_of_cells();
  return p;
}

plan staged_card(card_deed deed) {
  plan p = staged(false);
  for (channel_terms& t : p.channels)
    t.card_methods = {method_id::trusted("card")};
  p.orders.front().deed = deed;
  return p;
}

plan staged_withheld() {
  plan p = staged_card(card_deed::bind);
  planned_order withheld = p.orders.front();
  withheld.deed = card_deed::none;
  withheld.pay.agreement_order_no = binder_of_cells();
  planned_order& binder = p.orders.front();
  binder.at_us = prepared_at_us;
  binder.pay.order_no = binder_of_cells();
  binder.asks_afterwards = false;
  p.orders.push_back(std::move(withheld));
  return p;
}

plan staged_batch() {
  plan p = staged_pay_out();
  const planned_order line = p.orders.back();
  p.orders.pop_back();
  constexpr int64_t half_minor = cell_amount_minor / 2;
  constexpr int64_t too_much_minor = 5 * cell_amount_minor;
  planned_batch b;
  b.at_us = line.at_us;
  b.batch = {line.pay.merchant,
             order_no::trusted("B-1"),
             line.pay.method,
             line.pay.amount.currency,
             cell_amount_minor + half_minor + too_much_minor,
             "simulated",
             {{line.pay.order_no, cell_amount_minor, line.pay.payer},
              {order_no::trusted("A-2"), half_minor, "carol"},
              {order_no::trusted("A-3"), too_much_minor, "dave"}}};
  b.tries_max = line.tries_max;
  b.retry_after_ms = line.retry_after_ms;
  b.steps = {{.after_ms = 120'000, .what = batch_wish::query}};
  p.batches.push_back(std::move(b));
  return p;
}

void draw_checks(plan& p) {
  constexpr uint32_t all_ppm = 1'000'000;
  constexpr uint32_t a_minute_ms = 60'000;
  for (channel_terms& t : p.channels) {
    t.check_ppm = all_ppm;
    t.check_after_ms = a_minute_ms;
  }
}

planned_refund refund_of(int64_t amount_minor) {
  return {refund_of_cells(), amount_minor, 5'000, 4, false};
}

bank_deed worked_on(timing t) {
  bank_deed deed;
  deed.money_moves = t != timing::before;
  deed.confirms_after_us = t == timing::during ? works_us : 0;
  return deed;
}

bank_deed plainly(timing t) {
  bank_deed deed = worked_on(t);
  if (t == timing::before)
    deed.answers = {{prompt_us, reply_class::failed_final, "STOLEN"}};
  else if (t == timing::after)
    deed.answers = {{prompt_us, reply_class::succeeded, "OK"}};
  return deed;
}

planned_deed deed_of_payment(bank_deed deed) {
  planned_deed d;
  d.merchant = merchant_of_cells();
  d.order_no = number_of_cells();
  d.deed = std::move(deed);
  return d;
}

std::vector<service_fate> services_with(fault f) {
  switch (f) {
  case fault::unreachable:
    return {service_fate::unreachable, service_fate::acknowledges};
  case fault::answers_500:
    return {service_fate::answers_500, service_fate::acknowledges};
  case fault::answers_otherwise:
    return {service_fate::answers_otherwise, service_fate::acknowledges};
  case fault::hangs:
    return {service_fate::hangs, service_fate::acknowledges};
  case fault::never_answers:
    return {service_fate::hangs};
  case fault::answer_lost:
    return {service_fate::answer_lost, service_fate::acknowledges};
  case fault::none:
  case fault::declines:
  case fault::refuses:
  case fault::over_capacity:
  case fault::silent:
  case fault::mute:
  case fault::late:
  case fault::unmapped:
  case fault::fails:
  case fault::twice:
  case fault::contradicts:
  case fault::denies:
  case fault::not_found:
  case fault::payer_types:
  case fault::out_declining:
  case fault::out_silent:
  case fault::out_hanging:
  case fault::other_amount:
  case fault::stray:
  case fault::unnamed:
    break;
  }
  return {service_fate::acknowledges};
}

} // namespace oncepay::sim::matrix
