#include "sim/plan/market.hpp"

#include "sim/plan/drawn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace oncepay::sim {

namespace {

/// What a channel is like in every profile. "Served" counts from the front of `methods` and `currencies`.
struct sketch {
  std::string_view name;
  std::string_view display_name;
  size_t methods_from = 0;
  size_t methods_to = 0;
  size_t currencies_served = 0;
  int64_t amount_minor_min = 1;
  int64_t amount_minor_max = 0;
  uint32_t cost_rate_ppm = 0;
  int64_t cost_fixed_minor = 0;
  uint32_t priority = 0;
  uint32_t weight = 1;
  uint32_t gray_ppm = 1'000'000;
  uint32_t white_listed = 0; ///< So many merchants, the first ones; 0: everybody.
};

// The first two rank alike, so that weights decide; one is a gray release, one has a white list, and one takes all.
constexpr std::array sketches{
    sketch{.name = "alder",
           .display_name = "Alder Cards",
           .methods_to = 1,
           .currencies_served = 2,
           .amount_minor_min = 100,
           .amount_minor_max = 5'000'000,
           .cost_rate_ppm = 6'000,
           .priority = 10,
           .weight = 3},
    sketch{.name = "birch",
           .display_name = "Birch Pay",
           .methods_to = 2,
           .currencies_served = 3,
           .cost_rate_ppm = 6'000,
           .priority = 10},
    sketch{.name = "cedar",
           .display_name = "Cedar, being tried out",
           .methods_to = 3,
           .currencies_served = 4,
           .cost_rate_ppm = 4'500,
           .cost_fixed_minor = 5,
           .priority = 20,
           .gray_ppm = 500'000},
    sketch{.name = "elm",
           .display_name = "Elm, the last resort",
           .methods_to = 3,
           .currencies_served = 4,
           .cost_rate_ppm = 8'000,
           .cost_fixed_minor = 10,
           .priority = 30},
    sketch{.name = "house",
           .display_name = "House bank of a few",
           .methods_to = 2,
           .currencies_served = 1,
           .cost_rate_ppm = 1'000,
           .priority = 5,
           .white_listed = 2},
};

uint32_t share(uint32_t whole, uint32_t percent) {
  return static_cast<uint32_t>(uint64_t{whole} * percent / 100);
}

/// Half to one and a half times as much.
uint32_t about(choice& c, uint32_t whole) {
  return share(whole, static_cast<uint32_t>(c.between(50, 150)));
}

bank_behaviour behaviour_of(choice& c, const bank_rates& rates) {
  bank_behaviour bank;
  bank.seed = c.next();
  bank.latency_min_us = rates.latency_min_us;
  bank.latency_p50_us = rates.latency_p50_us;
  bank.latency_p99_us = rates.latency_p99_us;
  bank.latency_max_us = rates.latency_max_us;
  auto fails = [&](std::string_view code, uint32_t ppm, reply_class outcome) {
    if (ppm != 0)
      bank.failures.push_back({std::string(code), about(c, ppm), outcome});
  };
  fails("DECLINED", rates.declined_ppm, reply_class::failed_try_another);
  fails("STOLEN_CARD", rates.refused_ppm, reply_class::failed_final);
  fails("E_0815", rates.unmapped_ppm, reply_class::unknown);
  bank.timeout_unmoved_ppm = about(c, rates.timeout_unmoved_ppm);
  bank.timeout_moved_ppm = about(c, rates.timeout_moved_ppm);
  bank.late_ppm = about(c, rates.late_ppm);
  return bank;
}

channel_terms terms_of(const sketch& s, const profile_rates& rates, choice c) {
  channel_terms t;
  t.channel = channel_id::trusted(s.name);
  t.display_name = s.display_name;
  for (const std::string_view method : std::span(methods).subspan(s.methods_from, s.methods_to - s.methods_from))
    t.methods.push_back(method_id::trusted(method));
  t.pay_out_methods = t.methods;
  t.card_methods = t.methods;
  t.currencies.assign(currencies.begin(), currencies.begin() + static_cast<ptrdiff_t>(s.currencies_served));
  t.amount_minor_min = s.amount_minor_min;
  t.amount_minor_max = s.amount_minor_max;
  t.cost_rate_ppm = s.cost_rate_ppm;
  t.cost_fixed_minor = s.cost_fixed_minor;
  t.priority = s.priority;
  t.weight = s.weight;
  t.gray_ppm = s.gray_ppm;
  for (uint32_t i = 1; i <= s.white_listed; ++i)
    t.merchants_allowed.push_back(merchant_named(i));
  // One draw for all of them: a channel is large or small as a whole.
  const auto percent = static_cast<uint32_t>(c.between(50, 150));
  t.concurrency_max = std::max(1u, share(rates.channels.concurrency, percent));
  t.rate_per_s_max = share(rates.channels.rate_per_s, percent);
  t.queue_max = share(rates.channels.queue, percent);
  t.queue_wait_ms_max = draw_within(c, rates.channels.queue_wait_ms);
  t.submit_within_ms = draw_within(c, rates.channels.submit_within_ms);
  t.reply_within_ms = draw_within(c, rates.channels.reply_within_ms);
  t.enquire_after_ms = draw_within(c, rates.channels.enquire_after_ms);
  t.bank = behaviour_of(c, rates.banks);
  t.bank.capacity = share(rates.banks.capacity, percent);
  return t;
}

void draw_patience(channel_terms& t, const channel_rates& rates, choice c) {
  t.enquire_interval_ms_max = draw_within(c, rates.enquire_interval_ms);
  t.enquiries_max = draw_within(c, rates.enquiries);
  t.not_found_after_ms = draw_within(c, rates.not_found_after_ms);
  t.reverse_after_ms = draw_within(c, rates.reverse_after_ms);
}

/// Inside the house, behind no bank: as large and as patient as another channel.
channel_terms purse_of(const profile_rates& rates, choice c) {
  constexpr sketch like_others{
      .name = "purse", .display_name = "Customers' wallets", .currencies_served = 2, .priority = 10};
  channel_terms t = terms_of(like_others, rates, c);
  t.methods = {method_id::trusted(wallet_method)};
  t.in_house = house_tool::wallet;
  t.bank = {};
  return t;
}

/// Where nothing is checked the terms stay the usual ones.
void draw_checks(channel_terms& t, const channel_rates& rates, choice c) {
  if (rates.checks_ppm == 0)
    return;
  t.check_ppm = rates.checks_ppm;
  t.check_after_ms = draw_within(c, rates.check_after_ms);
}

} // namespace

merchant_id merchant_named(uint32_t number) {
  return merchant_id::trusted(fmt::format("m{:02}", number));
}

risk::rules risk_rules_of() {
  using enum risk_outcome;
  const currency cny = currencies.front();
  risk::rules r;
  r.version = "simulated";
  r.confirm_within_ms = 15'000;
  r.wrong_max = 3;
  r.all = {
      {"regulars", pass, {}, {}, risk::listed{risk::subject::payer, {"payer-1", "payer-2", "payer-3"}, {}}},
      {"stolen", block, {}, {}, risk::listed{risk::subject::payer, {"payer-13", "payer-14", "payer-15"}, {}}},
      {"large", step_up, {}, {}, risk::above{{2'000'000, cny}}},
      {"unknown-payer-at-m03", step_up, {merchant_named(3)}, {}, risk::unnamed{risk::subject::payer}},
      {"often", block, {}, {}, risk::velocity{risk::subject::payer, 600, 6, std::nullopt}},
      {"much", step_up, {}, {}, risk::velocity{risk::subject::payer, 60, 0, money{5'000'000, cny}}},
  };
  return r;
}

std::vector<merchant_terms> merchants_of(const profile_rates& rates, uint64_t seed) {
  std::vector<merchant_terms> all;
  for (uint32_t i = 1; i <= rates.traffic.merchants; ++i) {
    choice c = choice_for(seed, drawn::merchant, i);
    merchant_terms t;
    t.merchant = merchant_named(i);
    t.display_name = fmt::format("Merchant {}", i);
    t.fee_rate_ppm = static_cast<uint32_t>(c.between(0, 30'000));
    t.fee_minimum_minor = c.chance_ppm(500'000) ? static_cast<int64_t>(c.between(1, 30)) : 0;
    t.suspended = i == rates.traffic.merchants;
    if (rates.traffic.told && i % 2 == 0)
      t.notify_url = fmt::format("https://{}.example/told", t.merchant.str());
    if (i == 1) {
      t.requests_per_s_max = rates.traffic.quota_per_s;
      t.requests_burst_max = rates.traffic.quota_burst;
      t.requests_under_way_max = rates.traffic.quota_under_way;
    }
    all.push_back(std::move(t));
  }
  return all;
}

std::vector<channel_terms> channels_of(const profile_rates& rates, uint64_t seed) {
  std::vector<channel_terms> all;
  for (size_t i = 0; i <= sketches.size(); ++i) {
    choice c = choice_for(seed, drawn::channel, i);
    all.push_back(i == sketches.size() ? purse_of(rates, c) : terms_of(sketches[i], rates, c));
    draw_patience(all.back(), rates.channels, choice_for(seed, drawn::enquiries, i));
    draw_checks(all.back(), rates.channels, choice_for(seed, drawn::checks, i));
  }
  return all;
}

} // namespace oncepay::sim
