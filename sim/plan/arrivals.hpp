// When orders arrive: densely, in waves, or along the hours of days.
#pragma once

#include "sim/plan/rates.hpp"

#include <cstdint>

namespace oncepay::sim {

/// When the order with this number, from 0 on, arrives. Later numbers never arrive earlier.
int64_t arrival_us(const traffic_rates&, const plan_size&, uint32_t number);

} // namespace oncepay::sim
