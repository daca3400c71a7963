// What customers order, and how they go about it.
#pragma once

#include "sim/plan/rates.hpp"

namespace oncepay::sim {

/// The order with this number, from 0 on; by the seed and the number alone, but for the time along days.
planned_order order_of(const profile_rates&, const plan_size&, uint32_t number);

} // namespace oncepay::sim
