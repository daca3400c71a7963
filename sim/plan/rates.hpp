// What a profile is made of: how often what happens, as data. The table of all profiles stands in rates.cpp; whoever
// wants to know how much bad luck there is in one reads it there, and nowhere else.
#pragma once

#include "sim/plan/plan.hpp"
#include "sim/plan/profile.hpp"

#include <cstdint>

namespace oncepay::sim {

/// Both ends included.
struct from_to {
  uint32_t min = 0;
  uint32_t max = 0;
};

/// How many times in a run: so often in any, however short it is, and so often more for each 10 000 orders.
struct times {
  uint32_t in_any_run = 0;
  uint32_t per_10k_orders = 0;
};

struct traffic_rates {
  uint32_t orders_per_s = 100;
  uint32_t wave_factor = 1;  ///< In a wave they come so many times as fast …
  uint32_t wave_orders = 0;  ///< … for so many orders …
  uint32_t quiet_orders = 1; ///< … and then at the plain rate for so many.
  uint32_t clients = 4;
  uint32_t merchants = 8;
  uint32_t hot_merchant_ppm = 0; ///< Share of orders that go to the first merchant whatever else.
  uint32_t odd_ppm = 2'000;      ///< Orders that can't be served: unknown merchant, method or currency, huge amount.
  bool told = false;             ///< Every second merchant is told of results.
  // The quota of the first merchant, which may be a hot one; 0: none.
  uint32_t quota_per_s = 0;
  uint32_t quota_burst = 0;
  uint32_t quota_under_way = 0;
  bool risky = false; ///< There are risk rules, and payers who confirm, wrongly or never.
};

struct customer_rates {
  uint32_t retries_ppm = 500'000; ///< Who sends again where no answer came; the others give up.
  uint32_t tries_max = 3;
  from_to retry_after_ms{1'000, 5'000};
  uint32_t double_click_ppm = 0;
  uint32_t conflict_ppm = 0;
  uint32_t asks_ppm = 0;
  uint32_t refunds_ppm = 0; ///< Whose merchant gives money back: all, a part, or several parts, some of them too much.
  uint32_t closes_ppm = 0;
  uint32_t expires_ppm = 0;
  uint32_t codes_ppm = 0; ///< Who shows a code at a till.
  uint32_t top_ups_ppm = 0;
  uint32_t pay_outs_ppm = 0; ///< To few payees and of few amounts, so that they look alike.
  uint32_t batches_ppm = 0;  ///< So many batches of pay-outs besides, by the number of orders.
  uint32_t wallets_ppm = 0;  ///< Of all the others: who tops up a wallet, pays from it, transfers or withdraws.
  uint32_t cards_ppm = 0;    ///< Whose cards are bound or authenticated: a half; the others pay by what was bound.
};

/// Shares of requests. Each channel gets between half and one and a half times as much.
struct bank_rates {
  uint32_t latency_min_us = 20'000;
  uint32_t latency_p50_us = 60'000;
  uint32_t latency_p99_us = 180'000;
  uint32_t latency_max_us = 200'000;
  uint32_t declined_ppm = 0; ///< Another channel may be tried.
  uint32_t refused_ppm = 0;  ///< Final.
  uint32_t unmapped_ppm = 0; ///< A code nobody knows; the money did not move.
  uint32_t timeout_unmoved_ppm = 0;
  uint32_t timeout_moved_ppm = 0;
  uint32_t late_ppm = 0;
  uint32_t capacity = 0; ///< 0: no bound.
};

struct channel_rates {
  uint32_t concurrency = 100;
  uint32_t rate_per_s = 0; ///< 0: no bound.
  uint32_t queue = 1'000;
  from_to queue_wait_ms{500, 2'000};
  from_to submit_within_ms{1'000, 3'000};
  from_to reply_within_ms{1'000, 3'000};
  from_to enquire_after_ms{5'000, 20'000};
  from_to enquire_interval_ms{5'000, 25'000};
  from_to enquiries{3, 5};
  from_to not_found_after_ms{8'000, 30'000};
  from_to reverse_after_ms{4'000, 12'000};
  uint32_t checks_ppm = 0; ///< Of settled attempts: asked about again.
  from_to check_after_ms{2'000, 40'000};
};

struct disturbance_rates {
  times crashes{};
  uint32_t crash_after_steps_max = 300;
  from_to down_ms{50, 2'000};
  uint32_t crash_again_ppm = 0; ///< Dies once more while it is starting.

  times failed_commits{}; ///< Half of them lost, half of them written after all.

  times full_disks{};
  from_to full_for_ms{500, 4'000};

  times slow_commits{};
  from_to slow_commit_us{20'000, 300'000};
  from_to slow_for_ms{100, 1'500};

  times switches{}; ///< Off, and on again after a while.
  from_to off_for_ms{100, 5'000};

  times pay_out_stops{}; ///< All of them, one merchant's or one channel's; for as long.
  times degrades{};      ///< Of merchants and methods; off, and on again after a while.

  times clock_jumps{};
  from_to jump_ms{500, 120'000};
  uint32_t jump_back_ppm = 500'000;

  times cuts{};
  uint32_t mid_frame_ppm = 300'000;

  times outages{};
  from_to out_for_ms{500, 5'000};
};

struct profile_rates {
  profile what;
  std::string_view name;
  std::string_view summary;
  uint32_t tickets_total = 4'096;
  microseconds_between commit{100, 300};
  microseconds_between link{200, 1'000};
  int64_t settle_ms = 180'000;
  traffic_rates traffic;
  customer_rates customers;
  bank_rates banks;
  channel_rates channels;
  sim::lies lies;
  ruling_people people{};
  disturbance_rates disturbances;
};

const profile_rates& rates_of(profile);

} // namespace oncepay::sim
