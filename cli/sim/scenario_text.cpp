// Writing a plan as the text of a scenario. What has its default is left out, but for what a reader looks for first.
#include "cli/sim/scenario_block.hpp"
#include "cli/sim/scenario_file.hpp"

#include <fmt/format.h>

namespace oncepay::cli {
namespace {

struct condition_writer {
  block b;

  static std::string money_text(const money& m) {
    return fmt::format("amount_minor = {}, currency = {}", m.minor, in_quotes(alpha_code(m.currency)));
  }
  void operator()(const risk::above& a) { b.raw("above", fmt::format("{{ {} }}", money_text(a.limit))); }
  void operator()(const risk::velocity& v) {
    b.raw("velocity", fmt::format("{{ of = {}, within_s = {}{}{} }}", in_quotes(name(v.of)), v.within_s,
                                  v.payments_max == 0 ? "" : fmt::format(", payments = {}", v.payments_max),
                                  v.sum_max ? ", " + money_text(*v.sum_max) : ""));
  }
  void operator()(const risk::listed& l) {
    std::string names;
    for (const auto& who : l.names)
      names += (names.empty() ? "" : ", ") + in_quotes(who);
    b.raw("listed", fmt::format("{{ of = {}, names = [{}] }}", in_quotes(name(l.of)), names));
  }
  void operator()(const risk::unnamed& u) { b.raw("unnamed", in_quotes(name(u.of))); }
  void operator()(const risk::always&) { b.raw("always", "true"); }
};

void write(std::string& out, const risk::rules& rules) {
  const risk::rules usual;
  out += "\n[risk]\n";
  block head(out);
  head.raw("version", in_quotes(rules.version));
  head.number("confirm_within_ms", rules.confirm_within_ms, usual.confirm_within_ms);
  head.number("wrong_confirmations", rules.wrong_max, usual.wrong_max);
  for (const risk::rule& r : rules.all) {
    out += "[[risk.rule]]\n";
    block b(out);
    b.raw("id", in_quotes(r.id));
    b.raw("then", in_quotes(name(r.then)));
    if (!r.merchants.empty())
      b.texts("merchants", r.merchants);
    if (!r.methods.empty())
      b.texts("methods", r.methods);
    std::visit(condition_writer{b}, r.when);
  }
}

void write(std::string& out, const merchant_terms& m) {
  const merchant_terms usual;
  out += "\n[[merchant]]\n";
  block b(out);
  b.raw("id", in_quotes(m.merchant.str()));
  b.text("name", m.display_name);
  b.raw("fee", percent(m.fee_rate_ppm));
  b.number("fee_minimum_minor", m.fee_minimum_minor, usual.fee_minimum_minor);
  b.number("suspended", m.suspended, usual.suspended);
  b.text("notify_url", m.notify_url);
  b.number("requests_per_second", m.requests_per_s_max, usual.requests_per_s_max);
  b.number("requests_burst", m.requests_burst_max, usual.requests_burst_max);
  b.number("requests_under_way", m.requests_under_way_max, usual.requests_under_way_max);
}

void write(std::string& out, const bank_behaviour& bank) {
  const bank_behaviour usual;
  out += "[channel.bank]\n";
  block b(out);
  if (bank.seed != usual.seed)
    b.raw("seed", seed_text(bank.seed));
  if (bank.latency_max_us != 0)
    b.raw("latency_us", fmt::format("{{ min = {}, p50 = {}, p99 = {}, max = {} }}", bank.latency_min_us,
                                    bank.latency_p50_us, bank.latency_p99_us, bank.latency_max_us));
  b.number("capacity", bank.capacity, usual.capacity);
  b.text("book", bank.book_file);
  b.share("timeout", bank.timeout_unmoved_ppm, 0);
  b.share("timeout_money_moved", bank.timeout_moved_ppm, 0);
  b.share("late", bank.late_ppm, 0);
  b.share("enquiry_failed", bank.enquiry_failed_ppm, 0);
  b.share("enquiry_late", bank.enquiry_late_ppm, 0);
  b.number("not_found_for_ms", bank.not_found_for_ms, 0);
  if (bank.failures.empty())
    return;
  out += "failures = [\n";
  for (const auto& f : bank.failures)
    out += fmt::format("  {{ code = {}, share = {}, {} }},\n", in_quotes(f.code), percent(f.share_ppm),
                       f.outcome == reply_class::unknown              ? "unmapped = true"
                       : f.outcome == reply_class::failed_try_another ? "try_another = true"
                                                                      : "try_another = false");
  out += "]\n";
}

void write(std::string& out, const channel_terms& c) {
  const channel_terms usual;
  out += "\n[[channel]]\n";
  block b(out);
  b.raw("id", in_quotes(c.channel.str()));
  b.text("name", c.display_name);
  if (!c.methods.empty())
    b.texts("methods", c.methods);
  if (!c.pay_out_methods.empty())
    b.texts("pay_outs", c.pay_out_methods);
  if (!c.card_methods.empty())
    b.texts("card_methods", c.card_methods);
  std::string currencies;
  for (const auto in : c.currencies)
    currencies += fmt::format("{}{}", currencies.empty() ? "" : ", ", in_quotes(alpha_code(in)));
  b.raw("currencies", fmt::format("[{}]", currencies));
  b.number("amount_minor_min", c.amount_minor_min, usual.amount_minor_min);
  b.number("amount_minor_max", c.amount_minor_max, usual.amount_minor_max);
  b.raw("cost", percent(c.cost_rate_ppm));
  b.number("cost_fixed_minor", c.cost_fixed_minor, usual.cost_fixed_minor);
  b.number("priority", c.priority, usual.priority);
  b.number("weight", c.weight, usual.weight);
  b.share("gray", c.gray_ppm, usual.gray_ppm);
  if (!c.merchants_allowed.empty())
    b.texts("merchants", c.merchants_allowed);
  b.number("concurrency", c.concurrency_max, usual.concurrency_max);
  b.number("requests_per_second", c.rate_per_s_max, usual.rate_per_s_max);
  b.number("queue", c.queue_max, usual.queue_max);
  b.number("queue_wait_ms", c.queue_wait_ms_max, usual.queue_wait_ms_max);
  b.number("submit_within_ms", c.submit_within_ms, usual.submit_within_ms);
  b.number("reply_within_ms", c.reply_within_ms, usual.reply_within_ms);
  b.number("enquire_after_ms", c.enquire_after_ms, usual.enquire_after_ms);
  b.number("enquire_interval_ms", c.enquire_interval_ms_max, usual.enquire_interval_ms_max);
  b.number("enquiries", c.enquiries_max, usual.enquiries_max);
  b.number("not_found_after_ms", c.not_found_after_ms, usual.not_found_after_ms);
  b.number("reverse_after_ms", c.reverse_after_ms, usual.reverse_after_ms);
  b.share("check", c.check_ppm, usual.check_ppm);
  b.number("check_after_ms", c.check_after_ms, usual.check_after_ms);
  if (c.in_house != house_tool::none)
    b.text("in_house", name(c.in_house));
  else
    write(out, c.bank);
}

std::string order_text(const merchant_id& merchant, const order_no& number) {
  return in_quotes(fmt::format("{}/{}", merchant.str(), number.str()));
}

void write(std::string& out, const sim::planned_order& o) {
  const sim::planned_order usual;
  out += "\n[[order]]\n";
  block b(out);
  b.raw("at", us_text(o.at_us));
  b.raw("order", order_text(o.pay.merchant, o.pay.order_no));
  b.raw("amount_minor", fmt::format("{}", o.pay.amount.minor));
  b.raw("currency", in_quotes(alpha_code(o.pay.amount.currency)));
  b.raw("method", in_quotes(o.pay.method.str()));
  b.text("payer", o.pay.payer);
  b.text("payer_code", o.pay.payer_code);
  b.number("top_up", o.pay.top_up, false);
  b.number("pays_out", o.pays_out, false);
  b.text("wallet", o.pay.wallet.str());
  b.text("to_wallet", o.pay.to_wallet.str());
  b.text("card", o.pay.card);
  if (o.deed != card_deed::none)
    b.raw("deed", in_quotes(name(o.deed)));
  b.text("agreement", o.pay.agreement_order_no.str());
  b.number("client", o.client, usual.client);
  b.number("tries", o.tries_max, usual.tries_max);
  if (o.retry_after_ms != usual.retry_after_ms)
    b.raw("retry_after", ms_text(o.retry_after_ms));
  b.number("twice_at_once", o.twice_at_once, usual.twice_at_once);
  b.number("other_amount_minor", o.other_amount_minor, usual.other_amount_minor);
  b.number("asks_afterwards", o.asks_afterwards, usual.asks_afterwards);
  if (o.expires_after_ms != 0)
    b.raw("expires_after", ms_text(o.expires_after_ms));
  if (o.close_after_ms != 0)
    b.raw("close_after", ms_text(o.close_after_ms));
  if (!o.confirmations.empty()) {
    out += "confirmations = [\n";
    for (const auto& c : o.confirmations)
      out += fmt::format("  {{ after = {}{} }},\n", ms_text(c.after_ms), c.genuine ? "" : ", genuine = false");
    out += "]\n";
  }
  if (o.refunds.empty())
    return;
  const sim::planned_refund usual_refund;
  out += "refunds = [\n";
  for (const auto& r : o.refunds)
    out += fmt::format("  {{ after = {}, number = {}, {}{}{} }},\n", ms_text(r.after_ms), in_quotes(r.refund_no.str()),
                       r.unbinds ? "unbinds = true" : fmt::format("amount_minor = {}", r.amount_minor),
                       r.tries_max == usual_refund.tries_max ? "" : fmt::format(", tries = {}", r.tries_max),
                       r.twice_at_once ? ", twice_at_once = true" : "");
  out += "]\n";
}

void write(std::string& out, const sim::planned_batch& batch) {
  const sim::planned_batch usual;
  const pay_out_batch_command& sent = batch.batch;
  out += "\n[[batch]]\n";
  block b(out);
  b.raw("at", us_text(batch.at_us));
  b.raw("batch", order_text(sent.merchant, sent.batch_no));
  b.raw("currency", in_quotes(alpha_code(sent.currency)));
  b.raw("method", in_quotes(sent.method.str()));
  b.number("total_minor", sent.total_minor, sim::sum_of(sent.lines));
  b.number("client", batch.client, usual.client);
  b.number("tries", batch.tries_max, usual.tries_max);
  if (batch.retry_after_ms != usual.retry_after_ms)
    b.raw("retry_after", ms_text(batch.retry_after_ms));
  out += "lines = [\n";
  for (const pay_out_line& line : sent.lines)
    out += fmt::format("  {{ number = {}, amount_minor = {}, payee = {} }},\n", in_quotes(line.order_no.str()),
                       line.amount_minor, in_quotes(line.payee));
  out += "]\n";
  if (batch.steps.empty())
    return;
  out += "wishes = [\n";
  for (const sim::planned_batch_step& s : batch.steps)
    out += fmt::format("  {{ after = {}, what = {}{}{} }},\n", ms_text(s.after_ms), in_quotes(name(s.what)),
                       s.client == 0 ? "" : fmt::format(", client = {}", s.client),
                       s.line == 0 ? "" : fmt::format(", line = {}", s.line));
  out += "]\n";
}

void write(std::string& out, const sim::planned_deed& d) {
  const sim::bank_deed usual;
  out += "\n[[bank]]\n";
  block b(out);
  b.raw("order", order_text(d.merchant, d.order_no));
  if (d.refund_no.empty())
    b.raw("attempt", fmt::format("{}", d.attempt_number));
  else
    b.raw("refund", in_quotes(d.refund_no.str()));
  b.raw("money_moves", d.deed.money_moves ? "true" : "false");
  b.number("looked_at", d.deed.looked_at, usual.looked_at);
  if (d.deed.confirms_after_us != 0)
    b.raw("confirms_after", us_text(d.deed.confirms_after_us));
  if (!d.notices.empty()) {
    const sim::planned_notice plain;
    out += "notices = [\n";
    for (const auto& n : d.notices)
      out += fmt::format("  {{ after = {}, outcome = {}, code = {}{}{}{} }},\n", us_text(n.after_us),
                         in_quotes(name(n.outcome)), in_quotes(n.code),
                         n.amount_minor == plain.amount_minor ? "" : fmt::format(", amount_minor = {}", n.amount_minor),
                         n.copies == plain.copies ? "" : fmt::format(", copies = {}", n.copies),
                         n.stray ? ", stray = true" : "");
    out += "]\n";
  }
  if (d.deed.answers.empty())
    return;
  out += "answers = [\n";
  for (const auto& a : d.deed.answers)
    out += fmt::format("  {{ after = {}, outcome = {}, code = {} }},\n", us_text(a.after_us),
                       in_quotes(name(a.outcome)), in_quotes(a.code));
  out += "]\n";
}

struct disturbance_writer {
  block b;

  void operator()(const sim::crash& c) {
    b.number("after_steps", c.after_steps, 0);
    b.raw("down", ms_text(c.down_ms));
  }
  void operator()(const sim::failed_commit& f) {
    b.raw("error", f.code == store_errc::full ? "\"full\"" : "\"io\"");
    b.raw("batch", f.fate == batch_fate::written ? "\"written\"" : "\"lost\"");
  }
  void operator()(const sim::full_disk& f) { b.raw("for", ms_text(f.for_ms)); }
  void operator()(const sim::slow_commits& s) {
    b.raw("commit", us_text(s.commit_us));
    b.raw("for", ms_text(s.for_ms));
  }
  void operator()(const sim::switch_channel& s) {
    b.raw("channel", in_quotes(s.channel.str()));
    b.raw("on", s.on ? "true" : "false");
  }
  void operator()(const sim::switch_pay_outs& s) {
    b.raw("on", s.on ? "true" : "false");
    b.text("merchant", s.merchant.str());
    b.text("channel", s.channel.str());
  }
  void operator()(const sim::switch_business& s) {
    b.raw(name(s.subject), in_quotes(s.name));
    b.raw("on", s.on ? "true" : "false");
  }
  void operator()(const sim::clock_jump& j) { b.raw("by", ms_text(j.by_ms)); }
  void operator()(const sim::cut_connection& c) {
    b.raw("client", fmt::format("{}", c.client));
    b.number("in_mid_frame", c.in_mid_frame, false);
  }
  void operator()(const sim::channel_outage& o) {
    b.raw("channel", in_quotes(o.channel.str()));
    b.raw("how", in_quotes(name(o.how)));
    b.raw("for", ms_text(o.for_ms));
  }
};

void write(std::string& out, const sim::disturbance& d) {
  out += fmt::format("\n[[{}]]\n", name_of(d));
  block b(out);
  b.raw("at", us_text(d.at_us));
  std::visit(disturbance_writer{b}, d.what);
}

void write(std::string& out, const sim::expectation& e) {
  out += "\n[[expect]]\n";
  block b(out);
  b.raw("order", order_text(e.merchant, e.order_no));
  if (e.state)
    b.raw("state", in_quotes(name(*e.state)));
  if (e.in_doubt)
    b.raw("in_doubt", *e.in_doubt ? "true" : "false");
  if (e.manual)
    b.raw("manual", *e.manual ? "true" : "false");
  if (e.attempts)
    b.raw("attempts", fmt::format("{}", *e.attempts));
  if (e.channel)
    b.raw("channel", in_quotes(e.channel->str()));
  if (e.moved_times)
    b.raw("moved_times", fmt::format("{}", *e.moved_times));
  if (e.contradictions)
    b.raw("contradictions", fmt::format("{}", *e.contradictions));
  if (e.refunded_minor)
    b.raw("refunded_minor", fmt::format("{}", *e.refunded_minor));
  if (e.given_back_minor)
    b.raw("given_back_minor", fmt::format("{}", *e.given_back_minor));
}

void write(std::string& out, const sim::lies& lies) {
  if (lies == sim::lies{})
    return;
  out += "\n[lies]\n";
  block b(out);
  b.share("repeat", lies.repeat_ppm, 0);
  b.share("contradict", lies.contradict_ppm, 0);
  b.share("deny", lies.deny_ppm, 0);
  b.share("unknown_code", lies.unknown_code_ppm, 0);
  b.share("reply_after_timeout", lies.reply_after_timeout_ppm, 0);
  b.share("enquiry_failed", lies.enquiry_failed_ppm, 0);
  b.share("enquiry_unknown", lies.enquiry_unknown_ppm, 0);
  b.share("not_found_early", lies.not_found_early_ppm, 0);
  b.share("close_denied", lies.close_denied_ppm, 0);
  b.share("unnamed", lies.unnamed_ppm, 0);
  b.share("confirming", lies.confirming_ppm, 0);
  b.share("reversal_again", lies.reversal_again_ppm, 0);
  b.share("reversal_refused", lies.reversal_refused_ppm, 0);
  b.share("notices", lies.notices_ppm, 0);
  b.share("notice_copies", lies.notice_copies_ppm, 0);
  b.share("notice_contradict", lies.notice_contradict_ppm, 0);
  b.share("notice_other_amount", lies.notice_other_amount_ppm, 0);
  b.share("notice_stray", lies.notice_stray_ppm, 0);
  b.share("telling_refused", lies.telling_refused_ppm, 0);
  b.share("telling_hangs", lies.telling_hangs_ppm, 0);
  b.share("telling_lost", lies.telling_lost_ppm, 0);
}

void write(std::string& out, const sim::ruling_people& people) {
  if (people == sim::ruling_people{})
    return;
  out += "\n[rulings]\n";
  block b(out);
  b.share("ruled", people.rules_ppm, 0);
  b.share("mistaken", people.mistaken_ppm, 0);
  b.share("alone", people.alone_ppm, 0);
}

std::string between_text(const sim::microseconds_between& b) {
  return fmt::format("{{ min = {}, max = {} }}", us_text(b.min_us), us_text(b.max_us));
}

} // namespace

std::string write_scenario(const sim::plan& plan, const std::vector<std::string>& remarks) {
  const sim::plan usual;
  std::string out;
  for (const auto& remark : remarks)
    out += fmt::format("# {}\n", remark);
  if (!remarks.empty())
    out += "\n";
  block b(out);
  b.raw("name", in_quotes(plan.name));
  b.raw("seed", seed_text(plan.seed));
  b.number("clients", plan.clients, usual.clients);
  b.number("tickets", plan.tickets_total, usual.tickets_total);
  if (plan.commit != usual.commit)
    b.raw("commit", between_text(plan.commit));
  if (plan.link != usual.link)
    b.raw("link", between_text(plan.link));
  if (plan.settle_ms != usual.settle_ms)
    b.raw("settle", ms_text(plan.settle_ms));
  write(out, plan.lies);
  write(out, plan.people);
  if (plan.risk)
    write(out, *plan.risk);
  for (const auto& m : plan.merchants)
    write(out, m);
  for (const auto& c : plan.channels)
    write(out, c);
  for (const auto& o : plan.orders)
    write(out, o);
  for (const auto& batch : plan.batches)
    write(out, batch);
  for (const auto& d : plan.deeds)
    write(out, d);
  for (const auto& d : plan.disturbances)
    write(out, d);
  for (const auto& e : plan.expectations)
    write(out, e);
  return out;
}

} // namespace oncepay::cli
