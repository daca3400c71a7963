// Batches of pay-outs that merchants send beside their customers' orders, and how they go about them.
#pragma once

#include "sim/plan/rates.hpp"

#include <optional>

namespace oncepay::sim {

/// The batch that comes with the order of this number, from 0 on; of most orders none does.
std::optional<planned_batch> batch_beside(const profile_rates&, const plan_size&, uint32_t number);

} // namespace oncepay::sim
