// What actor tests share: a simulated server with a merchant and channels whose banks do as each test says.
#pragma once

#include "sim/world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace oncepay::test {

inline const currency cny = *parse_currency("CNY");
inline const method_id card = *method_id::parse("card");

inline merchant_terms merchant(std::string_view id) {
  merchant_terms t;
  t.merchant = *merchant_id::parse(id);
  t.display_name = id;
  t.fee_rate_ppm = 6'000;
  return t;
}

/// A channel whose bank answers at once and always pays.
inline channel_terms channel(std::string_view id, uint32_t priority = 10) {
  channel_terms t;
  t.channel = *channel_id::parse(id);
  t.display_name = id;
  t.methods = {card};
  t.currencies = {cny};
  t.cost_rate_ppm = 2'000;
  t.priority = priority;
  t.concurrency_max = 1'000;
  t.queue_max = 1'000;
  t.queue_wait_ms_max = 2'000;
  t.submit_within_ms = 5'000;
  t.reply_within_ms = 1'000;
  t.enquire_after_ms = 120'000;
  t.bank.latency_min_us = t.bank.latency_p50_us = t.bank.latency_p99_us = t.bank.latency_max_us = 1'000;
  return t;
}

inline channel_terms declining(channel_terms t) {
  t.bank.failures = {{"DECLINED", 1'000'000, reply_class::failed_try_another}};
  return t;
}
inline channel_terms silent(channel_terms t, bool money_moves) {
  (money_moves ? t.bank.timeout_moved_ppm : t.bank.timeout_unmoved_ppm) = 1'000'000;
  return t;
}
inline channel_terms late(channel_terms t) {
  t.bank.late_ppm = 1'000'000;
  return t;
}
inline channel_terms slow(channel_terms t, uint32_t latency_ms) {
  t.bank.latency_min_us = t.bank.latency_p50_us = t.bank.latency_p99_us = t.bank.latency_max_us = latency_ms * 1'000;
  return t;
}

inline sim::world_options town(std::vector<channel_terms> channels, uint64_t seed = 1) {
  return {seed, {merchant("m1"), merchant("m2")}, std::move(channels), 1'000};
}

inline pay_command pay(std::string_view order, int64_t amount_minor = 10'000, std::string_view merchant_name = "m1") {
  return {*merchant_id::parse(merchant_name), *order_no::parse(order), {amount_minor, cny}, card, "alice", {}};
}

inline query_order_command query(std::string_view order, std::string_view merchant_name = "m1") {
  return {*merchant_id::parse(merchant_name), *order_no::parse(order), false};
}

inline const order_view& order_in(const reply& r) {
  REQUIRE(std::holds_alternative<order_view>(r.body));
  return std::get<order_view>(r.body);
}

/// Balances once the view holds everything that is in the log now.
inline std::vector<balance> balances(sim::world& w, sim::client& c, std::string prefix = {}) {
  const reply r = w.ask(c, query_balances_command{std::move(prefix)}, w.log().head().position);
  REQUIRE(r.code == errc::ok);
  return std::get<balance_list>(r.body).balances;
}

inline int64_t balance_of(const std::vector<balance>& all, std::string_view path) {
  for (const balance& b : all)
    if (b.path == path)
      return b.amount.minor;
  return 0;
}

inline int64_t sum_of(const std::vector<balance>& all) {
  int64_t sum = 0;
  for (const balance& b : all)
    sum += b.amount.minor;
  return sum;
}

} // namespace oncepay::test
