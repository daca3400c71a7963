#include "tests/sim/plan_text.hpp"

#include <fmt/format.h>

#include <iterator>
#include <variant>

namespace oncepay::sim {

namespace {

class writer {
public:
  template <class... Parts>
  void line(const Parts&... parts) {
    (put(parts), ...);
    text_.push_back('\n');
  }

  std::string take() && { return std::move(text_); }

private:
  template <class T>
  void put(const T& part) {
    if constexpr (std::is_enum_v<T>)
      put(static_cast<int>(part));
    else
      fmt::format_to(std::back_inserter(text_), "{} ", part);
  }
  template <class Rules>
  void put(const text_id<Rules>& id) {
    put(id.str());
  }
  void put(const currency& c) { put(c.numeric); }
  void put(const microseconds_between& span) {
    const auto& [min_us, max_us] = span;
    put(min_us);
    put(max_us);
  }
  template <class T>
  void put(const std::vector<T>& list) {
    put(list.size());
    for (const T& item : list)
      put(item);
  }

  std::string text_;
};

void write(writer& w, const merchant_terms& t) {
  const auto& [merchant, display_name, fee_rate_ppm, fee_minimum_minor, suspended, notify_url, per_s, burst,
               under_way] = t;
  w.line(merchant, display_name, fee_rate_ppm, fee_minimum_minor, suspended, notify_url);
  // Who has no quota is written as merchants were before there were any.
  if (per_s != 0 || under_way != 0)
    w.line(per_s, burst, under_way);
}

void write(writer& w, const bank_behaviour& b) {
  const auto& [seed, min_us, p50_us, p99_us, max_us, failures, unmoved, moved, late, capacity, enquiry_failed,
               enquiry_late, not_found_for, book] = b;
  w.line(seed, min_us, p50_us, p99_us, max_us, unmoved, moved, late, capacity, enquiry_failed, enquiry_late,
         not_found_for, book);
  for (const auto& [code, share_ppm, outcome] : failures)
    w.line(code, share_ppm, outcome);
}

void write(writer& w, const channel_terms& t) {
  const auto& [channel, display_name, served, in, min, max, cost_rate, cost_fixed, priority, weight, gray, allowed,
               concurrency, rate, queue, queue_wait, submit_within, reply_within, enquire_after, interval, enquiries,
               not_found_after, reverse_after, bank, http, check, check_after, pay_outs, in_house, cards] = t;
  w.line(channel, display_name, served, in, min, max, cost_rate, cost_fixed, priority, weight, gray, allowed,
         concurrency, rate, queue, queue_wait, submit_within, reply_within, enquire_after, interval, enquiries,
         not_found_after, reverse_after, pay_outs, cards);
  if (check != 0) // what isn't drawn leaves a plan as it was
    w.line(check, check_after);
  if (in_house != house_tool::none)
    w.line(in_house);
  write(w, bank);
  const auto& [url, dialect, settings] = http;
  for (const auto& [name, value] : settings)
    w.line(name, value);
  if (!url.empty())
    w.line(url, dialect);
}

void write(writer& w, const planned_order& o) {
  const auto& [at_us, client, pay, tries_max, retry_after_ms, twice_at_once, other_amount_minor, asks, expires_after_ms,
               close_after_ms, refunds, pays_out, confirmations, deed] = o;
  const auto& [merchant, number, amount, method, payer, placed_at, payer_code, expires_at, top_up, card, wallet,
               to_wallet, bind_token, bound_by] = pay;
  w.line(at_us, client, tries_max, retry_after_ms, twice_at_once, other_amount_minor, asks, expires_after_ms,
         close_after_ms);
  for (const auto& [refund_no, amount_minor, after_ms, refund_tries_max, refunds_twice, unbinds] : refunds) {
    w.line(refund_no, amount_minor, after_ms, refund_tries_max, refunds_twice);
    if (unbinds)
      w.line(unbinds);
  }
  w.line(merchant, number, amount.minor, amount.currency, method, payer, placed_at.ns, expires_at.ns);
  if (!payer_code.empty())
    w.line(payer_code);
  if (top_up || pays_out)
    w.line(top_up, pays_out);
  if (!card.empty())
    w.line(card);
  if (!wallet.empty() || !to_wallet.empty())
    w.line(wallet, to_wallet);
  if (deed != card_deed::none || !bound_by.empty())
    w.line(deed, bind_token, bound_by);
  for (const auto& [after_ms, genuine] : confirmations)
    w.line(after_ms, genuine);
}

void write(writer& w, const crash& c) {
  const auto& [after_steps, down_ms] = c;
  w.line(after_steps, down_ms);
}
void write(writer& w, const failed_commit& f) {
  const auto& [code, fate] = f;
  w.line(code, fate);
}
void write(writer& w, const full_disk& f) {
  const auto& [for_ms] = f;
  w.line(for_ms);
}
void write(writer& w, const slow_commits& s) {
  const auto& [commit_us, for_ms] = s;
  w.line(commit_us, for_ms);
}
void write(writer& w, const switch_channel& s) {
  const auto& [channel, on] = s;
  w.line(channel, on);
}
void write(writer& w, const switch_pay_outs& s) {
  const auto& [on, merchant, channel] = s;
  w.line(on, merchant, channel);
}
void write(writer& w, const switch_business& s) {
  const auto& [subject, name, on] = s;
  w.line(subject, name, on);
}
void write(writer& w, const clock_jump& j) {
  const auto& [by_ms] = j;
  w.line(by_ms);
}
void write(writer& w, const cut_connection& c) {
  const auto& [client, in_mid_frame] = c;
  w.line(client, in_mid_frame);
}
void write(writer& w, const channel_outage& o) {
  const auto& [channel, how, for_ms] = o;
  w.line(channel, how, for_ms);
}

void write(writer& w, const planned_deed& d) {
  const auto& [merchant, number, attempt_number, deed, refund_no, notices, asked] = d;
  const auto& [money_moves, answers, looked_at, confirms_after_us] = deed;
  w.line(merchant, number, attempt_number, money_moves, looked_at, refund_no, confirms_after_us);
  for (const auto& [after_us, outcome, code, names_agreement] : answers) {
    w.line(after_us, outcome, code);
    if (!names_agreement)
      w.line(names_agreement);
  }
  for (const auto& [after_us, outcome, code, amount_minor, copies, stray] : notices)
    w.line(after_us, outcome, code, amount_minor, copies, stray);
  for (const auto& [to, fault, times, acts] : asked)
    w.line(to, fault, times, acts);
}

void write(writer& w, const planned_batch& b) {
  const auto& [at_us, client, what, tries_max, retry_after_ms, asks_after_ms] = b;
  const auto& [merchant, batch_no, method, currency, total_minor, reason, lines] = what;
  w.line(at_us, client, tries_max, retry_after_ms, asks_after_ms);
  w.line(merchant, batch_no, method, currency, total_minor, reason);
  for (const auto& [number, amount_minor, payee] : lines)
    w.line(number, amount_minor, payee);
}

} // namespace

std::string text_of(const plan& p) {
  const auto& [seed, name, merchants, channels, clients, tickets_total, commit, link, lies, people, risk, orders,
               disturbances, deeds, expectations, settle_ms, services, batches] = p;
  writer w;
  w.line(seed, name, clients, tickets_total, commit, link, settle_ms);
  const auto& [repeat, contradict, deny, unknown_code, reply_after_timeout, enquiry_failed, enquiry_unknown,
               not_found_early, close_denied, unnamed, confirming, reversal_again, reversal_refused, notices,
               notice_copies, notice_contradict, notice_other_amount, notice_stray, telling_refused, telling_hangs,
               telling_lost] = lies;
  w.line(repeat, contradict, deny, unknown_code, reply_after_timeout, enquiry_failed, enquiry_unknown, not_found_early,
         close_denied, unnamed, confirming, reversal_again, reversal_refused, notices, notice_copies, notice_contradict,
         notice_other_amount, notice_stray, telling_refused, telling_hangs, telling_lost);
  const auto& [rules, mistaken, alone] = people;
  w.line(rules, mistaken, alone);
  if (risk)
    for (const risk::rule& r : risk->all)
      w.line(r.id, r.then, r.when.index());
  auto write_all = [&w](const auto& list) {
    w.line(list.size());
    for (const auto& item : list)
      write(w, item);
  };
  write_all(merchants);
  write_all(channels);
  write_all(orders);
  w.line(disturbances.size());
  for (const disturbance& d : disturbances) {
    w.line(d.at_us, name_of(d));
    std::visit([&w](const auto& what) { write(w, what); }, d.what);
  }
  write_all(deeds);
  w.line(expectations.size()); // Profiles have none.
  for (const service_fate fate : services)
    w.line(fate);
  for (const planned_batch& b : batches)
    write(w, b);
  return std::move(w).take();
}

} // namespace oncepay::sim
