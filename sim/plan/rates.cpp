#include "sim/plan/rates.hpp"

#include "schema/assert.hpp"

#include <array>

namespace oncepay::sim {

namespace {

// Dense on purpose: between payments the simulated server only ticks, and the speed of ticks is nobody's question.
constexpr profile_rates calm{
    .what = profile::calm,
    .name = "calm",
    .summary = "a normal hour: many merchants, few declines, rare time-outs",
    .tickets_total = 8'192,
    .traffic = {.orders_per_s = 10'000, .clients = 8, .merchants = 20, .odd_ppm = 1'000},
    .customers = {.double_click_ppm = 2'000, .conflict_ppm = 1'000, .asks_ppm = 10'000},
    .banks = {.declined_ppm = 20'000,
              .refused_ppm = 10'000,
              .timeout_unmoved_ppm = 1'000,
              .timeout_moved_ppm = 1'000,
              .late_ppm = 1'000},
    .channels = {.concurrency = 2'000, .queue = 2'000},
    .lies = {.repeat_ppm = 1'000},
    .disturbances = {},
};

constexpr profile_rates promotion{
    .what = profile::promotion,
    .name = "promotion",
    .summary = "ten times the load in waves, one hot merchant, too little capacity everywhere",
    .tickets_total = 200,
    .traffic = {.orders_per_s = 500,
                .wave_factor = 10,
                .wave_orders = 400,
                .quiet_orders = 100,
                .clients = 8,
                .merchants = 8,
                .hot_merchant_ppm = 800'000},
    .customers = {.retries_ppm = 800'000,
                  .tries_max = 5,
                  .retry_after_ms = {200, 2'000},
                  .double_click_ppm = 100'000,
                  .conflict_ppm = 5'000,
                  .asks_ppm = 50'000},
    .banks = {.declined_ppm = 30'000,
              .refused_ppm = 10'000,
              .timeout_unmoved_ppm = 3'000,
              .timeout_moved_ppm = 3'000,
              .late_ppm = 3'000,
              .capacity = 22},
    .channels = {.concurrency = 30, .rate_per_s = 600, .queue = 15, .queue_wait_ms = {100, 800}},
    .lies = {.repeat_ppm = 2'000},
    .disturbances = {.slow_commits = {1, 5}, .slow_commit_us = {5'000, 50'000}, .cuts = {1, 10}},
};

constexpr profile_rates storm{
    .what = profile::storm,
    .name = "storm",
    .summary = "everything at once, at moderate rates",
    .settle_ms = 400'000, // Deadlines take twice as long after a jump back.
    .traffic = {.orders_per_s = 120, .clients = 6, .merchants = 8, .hot_merchant_ppm = 200'000, .odd_ppm = 5'000},
    .customers = {.retries_ppm = 700'000,
                  .tries_max = 5,
                  .retry_after_ms = {200, 5'000},
                  .double_click_ppm = 30'000,
                  .conflict_ppm = 10'000,
                  .asks_ppm = 50'000},
    .banks = {.latency_min_us = 5'000,
              .latency_p99_us = 600'000,
              .latency_max_us = 900'000,
              .declined_ppm = 60'000,
              .refused_ppm = 20'000,
              .unmapped_ppm = 8'000,
              .timeout_unmoved_ppm = 10'000,
              .timeout_moved_ppm = 15'000,
              .late_ppm = 15'000,
              .capacity = 30},
    .channels = {.concurrency = 60, .queue = 60},
    .lies = {.repeat_ppm = 20'000,
             .contradict_ppm = 5'000,
             .deny_ppm = 5'000,
             .unknown_code_ppm = 8'000,
             .reply_after_timeout_ppm = 10'000,
             .enquiry_failed_ppm = 100'000,
             .enquiry_unknown_ppm = 100'000,
             .not_found_early_ppm = 300'000},
    .disturbances = {.crashes = {2, 12},
                     .crash_again_ppm = 300'000,
                     .failed_commits = {1, 6},
                     .full_disks = {1, 2},
                     .slow_commits = {1, 10},
                     .switches = {1, 10},
                     .clock_jumps = {2, 6},
                     .cuts = {3, 60},
                     .outages = {1, 6}},
};

constexpr profile_rates outage{
    .what = profile::outage,
    .name = "outage",
    .summary = "channels go and come: decline, fall silent, hang, are switched off and on; customers retry",
    .traffic = {.orders_per_s = 300, .clients = 6, .merchants = 8},
    .customers = {.retries_ppm = 900'000,
                  .tries_max = 5,
                  .retry_after_ms = {300, 4'000},
                  .double_click_ppm = 20'000,
                  .conflict_ppm = 2'000,
                  .asks_ppm = 100'000},
    .banks = {.declined_ppm = 30'000,
              .refused_ppm = 10'000,
              .timeout_unmoved_ppm = 2'000,
              .timeout_moved_ppm = 2'000,
              .late_ppm = 2'000},
    .channels = {.concurrency = 100, .queue = 100},
    .lies = {.repeat_ppm = 2'000},
    .disturbances = {.switches = {2, 20}, .cuts = {1, 10}, .outages = {3, 15}, .out_for_ms = {500, 6'000}},
};

constexpr profile_rates liar{
    .what = profile::liar,
    .name = "liar",
    .summary = "banks take the money and time out, repeat, contradict and deny themselves, and tell the truth late",
    .traffic = {.orders_per_s = 400, .clients = 6, .merchants = 8},
    .customers = {.retries_ppm = 700'000,
                  .tries_max = 4,
                  .retry_after_ms = {500, 5'000},
                  .double_click_ppm = 20'000,
                  .conflict_ppm = 5'000,
                  .asks_ppm = 100'000},
    .banks = {.declined_ppm = 60'000,
              .refused_ppm = 20'000,
              .unmapped_ppm = 20'000,
              .timeout_unmoved_ppm = 30'000,
              .timeout_moved_ppm = 60'000,
              .late_ppm = 40'000},
    .channels = {.concurrency = 400, .queue = 400},
    .lies = {.repeat_ppm = 80'000,
             .contradict_ppm = 60'000,
             .deny_ppm = 60'000,
             .unknown_code_ppm = 60'000,
             .reply_after_timeout_ppm = 80'000,
             .enquiry_failed_ppm = 200'000,
             .enquiry_unknown_ppm = 200'000,
             .not_found_early_ppm = 500'000},
    .disturbances = {.crashes = {1, 2}, .cuts = {1, 10}},
};

constexpr profile_rates disk{
    .what = profile::disk,
    .name = "disk",
    .summary = "commits fail, lost or written after all, or crawl; the disk is full; the process dies besides",
    .traffic = {.orders_per_s = 300, .clients = 4, .merchants = 8},
    .customers = {.retries_ppm = 900'000,
                  .tries_max = 5,
                  .retry_after_ms = {200, 3'000},
                  .double_click_ppm = 20'000,
                  .conflict_ppm = 5'000,
                  .asks_ppm = 50'000},
    .banks = {.declined_ppm = 30'000,
              .refused_ppm = 10'000,
              .timeout_unmoved_ppm = 3'000,
              .timeout_moved_ppm = 3'000,
              .late_ppm = 3'000},
    .channels = {.concurrency = 200},
    .lies = {.repeat_ppm = 2'000},
    .disturbances = {.crashes = {1, 10},
                     .crash_again_ppm = 300'000,
                     .failed_commits = {3, 25},
                     .full_disks = {1, 4},
                     .slow_commits = {2, 20}},
};

constexpr profile_rates crash{
    .what = profile::crash,
    .name = "crash",
    .summary = "the process is killed at any point, again and again, also while it is starting",
    .traffic = {.orders_per_s = 200, .clients = 4, .merchants = 8},
    .customers = {.retries_ppm = 900'000,
                  .tries_max = 5,
                  .retry_after_ms = {100, 3'000},
                  .double_click_ppm = 20'000,
                  .conflict_ppm = 5'000,
                  .asks_ppm = 50'000},
    .banks = {.declined_ppm = 60'000,
              .refused_ppm = 10'000,
              .timeout_unmoved_ppm = 5'000,
              .timeout_moved_ppm = 10'000,
              .late_ppm = 10'000},
    .channels = {.concurrency = 200},
    .lies = {.repeat_ppm = 5'000,
             .enquiry_failed_ppm = 100'000,
             .enquiry_unknown_ppm = 20'000,
             .not_found_early_ppm = 300'000},
    .disturbances = {.crashes = {6, 50}, .down_ms = {10, 1'000}, .crash_again_ppm = 500'000},
};

constexpr profile_rates clock{
    .what = profile::clock,
    .name = "clock",
    .summary = "the wall clock jumps, minutes to a day, forwards and back, with crashes in between",
    .settle_ms = 400'000, // Deadlines take twice as long after a jump back.
    .traffic = {.orders_per_s = 300, .clients = 4, .merchants = 8},
    .customers = {.retries_ppm = 800'000,
                  .tries_max = 4,
                  .retry_after_ms = {500, 4'000},
                  .double_click_ppm = 20'000,
                  .conflict_ppm = 5'000,
                  .asks_ppm = 50'000},
    .banks = {.declined_ppm = 30'000,
              .refused_ppm = 10'000,
              .timeout_unmoved_ppm = 5'000,
              .timeout_moved_ppm = 5'000,
              .late_ppm = 10'000},
    .channels = {.concurrency = 200},
    .lies = {.repeat_ppm = 2'000,
             .reply_after_timeout_ppm = 5'000,
             .enquiry_failed_ppm = 50'000,
             .enquiry_unknown_ppm = 20'000,
             .not_found_early_ppm = 100'000},
    .disturbances = {.crashes = {2, 8}, .clock_jumps = {5, 25}, .jump_ms = {60'000, 86'400'000}},
};

constexpr std::array all{calm, promotion, storm, outage, liar, disk, crash, clock};

} // namespace

const profile_rates& rates_of(profile p) {
  const auto& found = all.at(static_cast<size_t>(p));
  ONCEPAY_ASSERT(found.what == p);
  return found;
}

} // namespace oncepay::sim
