#include "sim/plan/arrivals.hpp"

#include "schema/assert.hpp"
#include "sim/plan/drawn.hpp"

#include <array>
#include <numeric>

namespace oncepay::sim {

namespace {

constexpr uint64_t us_per_s = 1'000'000;
constexpr uint64_t us_per_hour = 3'600 * us_per_s;

/// Parts of a day's orders by the hour they come in: quiet nights, a peak at noon and a higher one in the evening.
constexpr std::array<uint64_t, 24> parts_of_hours{3,  2,  1,  1,  1,  2,  4,  8,  14, 20, 26, 30,
                                                  34, 28, 22, 20, 22, 28, 36, 42, 40, 28, 14, 6};
constexpr uint64_t parts_of_day = std::accumulate(parts_of_hours.begin(), parts_of_hours.end(), uint64_t{0});

/// An order comes somewhere within its own slot, so that later ones never come earlier.
constexpr uint64_t slot_fractions = 256;

int64_t dense(const traffic_rates& t, choice c, uint32_t number) {
  const uint64_t gap_us = us_per_s / t.orders_per_s;
  const uint64_t wave_gap_us = gap_us / t.wave_factor;
  const uint64_t wave_us = t.wave_orders * wave_gap_us;
  const uint64_t in_cycle = number % (t.wave_orders + t.quiet_orders);
  const uint64_t cycles = number / (t.wave_orders + t.quiet_orders);
  const uint64_t cycle_us = cycles * (wave_us + t.quiet_orders * gap_us);
  const bool in_wave = in_cycle < t.wave_orders;
  const uint64_t slot_us = in_wave ? in_cycle * wave_gap_us : wave_us + (in_cycle - t.wave_orders) * gap_us;
  return static_cast<int64_t>(cycle_us + slot_us + c.below(in_wave ? wave_gap_us : gap_us));
}

int64_t along_days(const plan_size& size, choice c, uint32_t number) {
  // All orders share all parts of all days alike; what remains says how far into its part an order comes.
  ONCEPAY_ASSERT(size.orders <= 10'000'000 && size.days <= 10'000);
  const uint64_t slots = size.orders * slot_fractions;
  const uint64_t along = (number * slot_fractions + c.below(slot_fractions)) * size.days * parts_of_day;
  const uint64_t day = along / slots / parts_of_day;
  uint64_t part = along / slots % parts_of_day;
  size_t hour = 0;
  while (part >= parts_of_hours[hour])
    part -= parts_of_hours[hour++];
  const uint64_t into_hour_us = (part * us_per_hour + along % slots * us_per_hour / slots) / parts_of_hours[hour];
  return static_cast<int64_t>((day * 24 + hour) * us_per_hour + into_hour_us);
}

} // namespace

int64_t arrival_us(const traffic_rates& traffic, const plan_size& size, uint32_t number) {
  const choice c = choice_for(size.seed, drawn::arrival, number);
  return size.days == 0 ? dense(traffic, c, number) : along_days(size, c, number);
}

} // namespace oncepay::sim
