#include "cli/sim/scenario_people.hpp"

#include "cli/config/toml_file.hpp"
#include "cli/sim/duration.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace oncepay::cli {
namespace {

constexpr std::string_view channel_form = "[a-z0-9_-]{1,16}";
constexpr std::string_view merchant_form = "[a-z0-9_-]{1,32}";
constexpr std::string_view refund_form = "1 to 64 printable ASCII characters without blanks";
constexpr std::string_view method_form = "[a-z0-9_.-]{1,24}";

bool knows(const sim::plan& plan, const merchant_id& id) {
  return std::any_of(plan.merchants.begin(), plan.merchants.end(), [&](const auto& m) { return m.merchant == id; });
}

bool knows(const sim::plan& plan, const channel_id& id) {
  return std::any_of(plan.channels.begin(), plan.channels.end(), [&](const auto& c) { return c.channel == id; });
}

bool is_line_of(const sim::planned_batch& b, const order_name& name) {
  return b.batch.merchant == name.merchant &&
         std::any_of(b.batch.lines.begin(), b.batch.lines.end(),
                     [&](const pay_out_line& line) { return line.order_no == name.order_no; });
}

bool knows(const sim::plan& plan, const order_name& name) {
  return std::any_of(
             plan.orders.begin(), plan.orders.end(),
             [&](const auto& o) { return o.pay.merchant == name.merchant && o.pay.order_no == name.order_no; }) ||
         std::any_of(plan.batches.begin(), plan.batches.end(), [&](const auto& b) { return is_line_of(b, name); });
}

std::string text_of(const order_name& name) {
  return fmt::format("{}/{}", name.merchant.str(), name.order_no.str());
}

void read_client(config_table& table, uint32_t& client, const sim::plan& plan) {
  table.read("client", client);
  if (client >= plan.clients)
    table.mistake("client", fmt::format("there are {} clients, the last is {}", plan.clients, plan.clients - 1));
}

void read_amount(config_table& table, std::string_view key, int64_t& to_minor, int64_t least) {
  table.read(key, to_minor);
  if (to_minor < least || to_minor > limits::amount_minor_max)
    table.mistake_unless_known(key, fmt::format("must lie between {} and {}", least, limits::amount_minor_max));
}

void read_currency(config_table& table, currency& to) {
  std::string code;
  table.read("currency", code);
  if (const auto parsed = parse_currency(code))
    to = *parsed;
  else if (table.has("currency"))
    table.mistake_unless_known("currency", fmt::format("'{}' isn't an ISO 4217 code known here", code));
}

void read_refund(config_table& table, sim::planned_order& order, seen_ids& seen) {
  sim::planned_refund refund;
  table.require("after", "how long after the order was sent");
  read_ms(table, "after", refund.after_ms);
  table.require("number", "the merchant's number of the refund");
  refund.refund_no = read_id<order_no>(table, "number", refund_form).value_or(order_no());
  seen.note(table, "number", refund.refund_no.str());
  table.read("unbinds", refund.unbinds);
  if (!refund.unbinds) {
    table.require("amount_minor", "what is to be given back, in minor units of the order's currency");
    read_amount(table, "amount_minor", refund.amount_minor, 1);
  }
  table.read("tries", refund.tries_max);
  if (refund.tries_max == 0)
    table.mistake("tries", "must be at least 1");
  table.read("twice_at_once", refund.twice_at_once);
  order.refunds.push_back(std::move(refund));
}

void read_order(config_table& table, sim::plan& plan, bool known) {
  sim::planned_order order;
  table.require("at", "when it is sent, after the opening");
  read_us(table, "at", order.at_us);
  if (const auto name = read_order_name(table, "the order, as MERCHANT/ORDER_NO")) {
    order.pay.merchant = name->merchant;
    order.pay.order_no = name->order_no;
    if (known && !knows(plan, name->merchant))
      table.mistake("order", fmt::format("there is no merchant '{}'", name->merchant.str()));
  }
  table.require("amount_minor", "what is to be paid, in minor units");
  read_amount(table, "amount_minor", order.pay.amount.minor, 1);
  table.require("currency", "of the amount");
  read_currency(table, order.pay.amount.currency);
  table.require("method", "how the payer pays");
  order.pay.method = read_id<method_id>(table, "method", method_form).value_or(method_id());
  read_plain(table, "payer", order.pay.payer, limits::payer_bytes_max);
  read_plain(table, "payer_code", order.pay.payer_code, limits::payer_code_bytes_max);
  table.read("top_up", order.pay.top_up);
  table.read("pays_out", order.pays_out);
  if (table.has("wallet"))
    order.pay.wallet = read_id<wallet_id>(table, "wallet", merchant_form).value_or(wallet_id());
  if (table.has("to_wallet"))
    order.pay.to_wallet = read_id<wallet_id>(table, "to_wallet", merchant_form).value_or(wallet_id());
  if (!order.pay.to_wallet.empty() && (!order.pay.top_up || order.pay.wallet == order.pay.to_wallet))
    table.mistake("to_wallet", "is topped up, by a top_up that another one pays");
  if (order.pays_out && (order.pay.payer.empty() || order.pay.top_up))
    table.mistake("pays_out", "a pay-out needs a payer, whom it goes to, and is no top-up");
  read_client(table, order.client, plan);
  table.read("tries", order.tries_max);
  if (order.tries_max == 0)
    table.mistake("tries", "must be at least 1");
  read_ms(table, "retry_after", order.retry_after_ms);
  table.read("twice_at_once", order.twice_at_once);
  read_amount(table, "other_amount_minor", order.other_amount_minor, 0);
  table.read("asks_afterwards", order.asks_afterwards);
  read_ms(table, "expires_after", order.expires_after_ms);
  read_ms(table, "close_after", order.close_after_ms);
  read_plain(table, "card", order.pay.card, limits::card_bytes_max);
  read_one_of<card_deed>(table, "deed", order.deed,
                         {card_deed::bind, card_deed::sign_and_pay, card_deed::authenticate});
  if (table.has("agreement"))
    order.pay.agreement_order_no = read_id<order_no>(table, "agreement", refund_form).value_or(order_no());
  if (order.deed != card_deed::none && (table.has("agreement") || order.pays_out || order.pay.top_up))
    table.mistake("deed", "a card is bound or authenticated by an order that does nothing else");
  table.read_tables("confirmations", "{ after = … }", [&](config_table& one) {
    auto& c = order.confirmations.emplace_back();
    one.require("after", "how long after the order was sent");
    read_ms(one, "after", c.after_ms);
    one.read("genuine", c.genuine);
  });
  seen_ids seen("refund");
  table.read_tables("refunds", "{ after = …, number = …, amount_minor = … }",
                    [&](config_table& refund) { read_refund(refund, order, seen); });
  plan.orders.push_back(std::move(order));
}

void read_line(config_table& table, pay_out_batch_command& batch) {
  pay_out_line line;
  table.require("number", "the merchant's order number of the line");
  line.order_no = read_id<order_no>(table, "number", refund_form).value_or(order_no());
  table.require("amount_minor", "what the payee gets, in minor units of the batch's currency");
  read_amount(table, "amount_minor", line.amount_minor, 1);
  table.require("payee", "whom it goes to");
  read_plain(table, "payee", line.payee, limits::payer_bytes_max);
  if (table.has("payee") && line.payee.empty())
    table.mistake_unless_known("payee", "empty");
  batch.lines.push_back(std::move(line));
}

void read_wish(config_table& table, sim::planned_batch& batch, const sim::plan& plan) {
  using enum sim::batch_wish;
  sim::planned_batch_step s;
  table.require("after", "how long after the batch is due");
  read_ms(table, "after", s.after_ms);
  table.require("what", "what somebody wants of the batch");
  read_one_of<sim::batch_wish>(table, "what", s.what, {again, other_content, line_alone, line_alone_otherwise, query});
  read_client(table, s.client, plan);
  table.read("line", s.line);
  if (s.line >= batch.batch.lines.size())
    table.mistake("line", fmt::format("the batch has {} lines, counted from 0", batch.batch.lines.size()));
  batch.steps.push_back(s);
}

void read_batch(config_table& table, sim::plan& plan, bool known) {
  sim::planned_batch batch;
  table.require("at", "when it is sent, after the opening");
  read_us(table, "at", batch.at_us);
  if (const auto name = read_order_name(table, "the batch, as MERCHANT/BATCH_NO", "batch")) {
    batch.batch.merchant = name->merchant;
    batch.batch.batch_no = name->order_no;
    if (known && !knows(plan, name->merchant))
      table.mistake("batch", fmt::format("there is no merchant '{}'", name->merchant.str()));
  }
  table.require("currency", "of all lines");
  read_currency(table, batch.batch.currency);
  table.require("method", "how the payees are paid");
  batch.batch.method = read_id<method_id>(table, "method", method_form).value_or(method_id());
  table.read_tables("lines", "{ number = …, amount_minor = …, payee = … }",
                    [&](config_table& line) { read_line(line, batch.batch); });
  if (batch.batch.lines.empty() || batch.batch.lines.size() > limits::batch_lines_max)
    table.mistake_here(fmt::format("a batch has 1 to {} lines", limits::batch_lines_max));
  batch.batch.total_minor = sim::sum_of(batch.batch.lines);
  table.read("total_minor", batch.batch.total_minor);
  read_client(table, batch.client, plan);
  table.read("tries", batch.tries_max);
  if (batch.tries_max == 0)
    table.mistake("tries", "must be at least 1");
  read_ms(table, "retry_after", batch.retry_after_ms);
  table.read_tables("wishes", "{ after = …, what = … }", [&](config_table& wish) { read_wish(wish, batch, plan); });
  plan.batches.push_back(std::move(batch));
}

void read_answer(config_table& table, sim::bank_deed& deed) {
  sim::bank_answer answer;
  table.require("after", "how long after it received the request");
  read_us(table, "after", answer.after_us);
  table.require("outcome", "what the answer proves");
  read_one_of<reply_class>(table, "outcome", answer.outcome,
                           {reply_class::succeeded, reply_class::failed_try_another, reply_class::failed_final,
                            reply_class::unknown, reply_class::payer_confirming});
  table.require("code", "what the bank says, as \"OK\"");
  read_plain(table, "code", answer.code, limits::channel_code_bytes_max);
  deed.answers.push_back(std::move(answer));
}

void read_notice(config_table& table, sim::planned_deed& planned) {
  sim::planned_notice told;
  table.require("after", "how long after it received the request, or after the notice before was taken");
  read_us(table, "after", told.after_us);
  table.require("outcome", "what the notice proves");
  read_one_of<reply_class>(
      table, "outcome", told.outcome,
      {reply_class::succeeded, reply_class::failed_try_another, reply_class::failed_final, reply_class::unknown});
  read_plain(table, "code", told.code, limits::channel_code_bytes_max);
  read_amount(table, "amount_minor", told.amount_minor, 0);
  table.read("copies", told.copies);
  if (told.copies == 0 || told.copies > limits::notices_under_way_max)
    table.mistake_unless_known("copies", fmt::format("must lie between 1 and {}", limits::notices_under_way_max));
  table.read("stray", told.stray);
  planned.notices.push_back(std::move(told));
}

// --- disturbances -----------------------------------------------------------------------------------------------

/// The disturbances of all kinds, each with its line: what happens at the same time happens in the order it is written.
using dated = std::vector<std::pair<uint32_t, sim::disturbance>>;

/// The blocks of one kind. `read` reads what is the kind's own.
template <class Kind, class Read>
void read_kind(config_table& file, std::string_view kind, std::string_view as_written, dated& to, Read read) {
  file.read_tables(kind, as_written, [&](config_table& table) {
    sim::disturbance d;
    table.require("at", "when it happens, after the opening");
    read_us(table, "at", d.at_us);
    Kind what;
    read(table, what);
    d.what = std::move(what);
    to.emplace_back(table.line(), std::move(d));
  });
}

void read_failed_commit(config_table& table, sim::failed_commit& f) {
  std::string error = "io";
  table.read("error", error);
  if (error != "io" && error != "full")
    table.mistake("error", fmt::format("'{}' is none of 'io', 'full'", error));
  f.code = error == "full" ? store_errc::full : store_errc::io;
  std::string batch = "lost";
  table.read("batch", batch);
  if (batch != "lost" && batch != "written")
    table.mistake("batch", fmt::format("'{}' is none of 'lost', 'written'", batch));
  f.fate = batch == "written" ? batch_fate::written : batch_fate::lost;
}

void read_channel_of(config_table& table, channel_id& to, const sim::plan& plan, bool known) {
  table.require("channel", "which one");
  to = read_id<channel_id>(table, "channel", channel_form).value_or(channel_id());
  if (known && !to.empty() && !knows(plan, to))
    table.mistake("channel", fmt::format("there is no channel '{}'", to.str()));
}

void read_switch(config_table& table, sim::switch_channel& s, const sim::plan& plan, bool known) {
  read_channel_of(table, s.channel, plan, known);
  table.require("on", "true or false");
  table.read("on", s.on);
}

void read_pay_outs(config_table& table, sim::switch_pay_outs& s) {
  table.require("on", "true or false");
  table.read("on", s.on);
  s.merchant = read_id<merchant_id>(table, "merchant", merchant_form).value_or(merchant_id());
  s.channel = read_id<channel_id>(table, "channel", channel_form).value_or(channel_id());
  if (!s.merchant.empty() && !s.channel.empty())
    table.mistake("channel", "name a merchant or a channel, not both");
}

void read_degrade(config_table& table, sim::switch_business& s, const sim::plan& plan, bool known) {
  if (table.has("merchant") == table.has("method"))
    table.mistake_here("name either the merchant or the method that is switched");
  if (table.has("method")) {
    s.subject = switch_subject::method;
    s.name = read_id<method_id>(table, "method", method_form).value_or(method_id()).str();
  }
  if (table.has("merchant")) {
    const auto merchant = read_id<merchant_id>(table, "merchant", merchant_form).value_or(merchant_id());
    s.name = merchant.str();
    if (known && !merchant.empty() && !knows(plan, merchant))
      table.mistake("merchant", fmt::format("there is no merchant '{}'", merchant.str()));
  }
  table.require("on", "true or false");
  table.read("on", s.on);
}

void read_jump(config_table& table, sim::clock_jump& jump) {
  table.require("by", "how far; \"-5s\" is back");
  read_ms(table, "by", jump.by_ms, -duration_us_max / 1'000);
}

} // namespace

void read_orders(config_table& file, sim::plan& plan, bool known) {
  file.read_tables("order", "[[order]]", [&](config_table& table) { read_order(table, plan, known); });
  std::stable_sort(plan.orders.begin(), plan.orders.end(),
                   [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
}

void read_batches(config_table& file, sim::plan& plan, bool known) {
  file.read_tables("batch", "[[batch]]", [&](config_table& table) { read_batch(table, plan, known); });
  std::stable_sort(plan.batches.begin(), plan.batches.end(),
                   [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
}

void read_disturbances(config_table& file, sim::plan& plan, bool known) {
  dated all;
  read_kind<sim::crash>(file, "crash", "[[crash]]", all, [](config_table& table, sim::crash& c) {
    table.read("after_steps", c.after_steps);
    read_ms(table, "down", c.down_ms);
  });
  read_kind<sim::failed_commit>(file, "failed-commit", "[[failed-commit]]", all, read_failed_commit);
  read_kind<sim::full_disk>(file, "full-disk", "[[full-disk]]", all,
                            [](config_table& table, sim::full_disk& f) { read_ms(table, "for", f.for_ms); });
  read_kind<sim::slow_commits>(file, "slow-commits", "[[slow-commits]]", all,
                               [](config_table& table, sim::slow_commits& s) {
                                 read_us(table, "commit", s.commit_us);
                                 read_ms(table, "for", s.for_ms);
                               });
  read_kind<sim::switch_channel>(file, "switch", "[[switch]]", all, [&](config_table& table, sim::switch_channel& s) {
    read_switch(table, s, plan, known);
  });
  read_kind<sim::switch_pay_outs>(file, "pay-outs", "[[pay-outs]]", all, read_pay_outs);
  read_kind<sim::switch_business>(
      file, "degrade", "[[degrade]]", all,
      [&](config_table& table, sim::switch_business& s) { read_degrade(table, s, plan, known); });
  read_kind<sim::clock_jump>(file, "clock-jump", "[[clock-jump]]", all, read_jump);
  read_kind<sim::cut_connection>(file, "cut-connection", "[[cut-connection]]", all,
                                 [&](config_table& table, sim::cut_connection& c) {
                                   read_client(table, c.client, plan);
                                   table.read("in_mid_frame", c.in_mid_frame);
                                 });
  read_kind<sim::channel_outage>(file, "outage", "[[outage]]", all, [&](config_table& table, sim::channel_outage& o) {
    read_channel_of(table, o.channel, plan, known);
    read_one_of<sim::outage_kind>(table, "how", o.how,
                                  {sim::outage_kind::declining, sim::outage_kind::silent, sim::outage_kind::hanging});
    read_ms(table, "for", o.for_ms);
  });
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.at_us, a.first) < std::pair(b.second.at_us, b.first);
  });
  for (auto& [line, d] : all)
    plan.disturbances.push_back(std::move(d));
}

void read_deeds(config_table& file, sim::plan& plan, bool known) {
  seen_ids seen("attempt");
  file.read_tables("bank", "[[bank]]", [&](config_table& table) {
    sim::planned_deed planned;
    const auto name = read_order_name(table, "whose attempt it is, as MERCHANT/ORDER_NO");
    table.read("attempt", planned.attempt_number);
    planned.refund_no = read_id<order_no>(table, "refund", refund_form).value_or(order_no());
    if (table.has("refund") && table.has("attempt"))
      table.mistake("refund", "a deed is for an attempt or for a refund");
    if (planned.attempt_number == 0 || planned.attempt_number > limits::attempts_max)
      table.mistake_unless_known("attempt", fmt::format("must lie between 1 and {}", limits::attempts_max));
    else if (known && planned.attempt_number > plan.channels.size())
      table.mistake("attempt", fmt::format("an order is tried once on each channel, and there are {} of them",
                                           plan.channels.size()));
    if (name) {
      planned.merchant = name->merchant;
      planned.order_no = name->order_no;
      if (known && !knows(plan, *name))
        table.mistake("order", fmt::format("nobody sends order '{}'", text_of(*name)));
      seen.note(table, "order",
                planned.refund_no.empty() ? fmt::format("{} of {}", planned.attempt_number, text_of(*name))
                                          : fmt::format("{} of {}", planned.refund_no.str(), text_of(*name)));
    }
    table.read("money_moves", planned.deed.money_moves);
    table.read("looked_at", planned.deed.looked_at);
    read_us(table, "confirms_after", planned.deed.confirms_after_us);
    table.read_tables("answers", "{ after = …, outcome = …, code = … }",
                      [&](config_table& answer) { read_answer(answer, planned.deed); });
    std::stable_sort(planned.deed.answers.begin(), planned.deed.answers.end(),
                     [](const auto& a, const auto& b) { return a.after_us < b.after_us; });
    table.read_tables("notices", "{ after = …, outcome = …, code = … }",
                      [&](config_table& told) { read_notice(told, planned); });
    plan.deeds.push_back(std::move(planned));
  });
}

void read_expectations(config_table& file, sim::plan& plan, bool known) {
  seen_ids seen("order");
  const auto read_number = [](config_table& table, std::string_view key, std::optional<uint32_t>& to) {
    uint32_t number = 0;
    table.read(key, number);
    if (table.has(key))
      to = number;
  };
  const auto read_minor = [](config_table& table, std::string_view key, std::optional<int64_t>& to) {
    int64_t minor = 0;
    read_amount(table, key, minor, 0);
    if (table.has(key))
      to = minor;
  };
  file.read_tables("expect", "[[expect]]", [&](config_table& table) {
    sim::expectation e;
    if (const auto name = read_order_name(table, "of which order, as MERCHANT/ORDER_NO")) {
      e.merchant = name->merchant;
      e.order_no = name->order_no;
      if (known && !knows(plan, *name))
        table.mistake("order", fmt::format("nobody sends order '{}'", text_of(*name)));
      seen.note(table, "order", text_of(*name));
    }
    auto state = order_state::none;
    read_one_of<order_state>(table, "state", state,
                             {order_state::none, order_state::open, order_state::paid, order_state::closing,
                              order_state::closed, order_state::failed, order_state::confirming});
    if (table.has("state"))
      e.state = state;
    bool in_doubt = false;
    table.read("in_doubt", in_doubt);
    if (table.has("in_doubt"))
      e.in_doubt = in_doubt;
    bool manual = false;
    table.read("manual", manual);
    if (table.has("manual"))
      e.manual = manual;
    read_number(table, "attempts", e.attempts);
    e.channel = read_id<channel_id>(table, "channel", channel_form);
    if (known && e.channel && !knows(plan, *e.channel))
      table.mistake("channel", fmt::format("there is no channel '{}'", e.channel->str()));
    read_number(table, "moved_times", e.moved_times);
    read_number(table, "contradictions", e.contradictions);
    read_minor(table, "refunded_minor", e.refunded_minor);
    read_minor(table, "given_back_minor", e.given_back_minor);
    const bool says_something = e.state || e.in_doubt || e.manual || e.attempts || table.has("channel") ||
                                e.moved_times || e.contradictions || e.refunded_minor || e.given_back_minor;
    if (!says_something)
      table.mistake_here("says nothing about the order");
    plan.expectations.push_back(std::move(e));
  });
}

} // namespace oncepay::cli
