// What disturbs a profile's runs from outside: the process, its disk and clock, connections, operators, banks.
#pragma once

#include "sim/plan/rates.hpp"

#include <vector>

namespace oncepay::sim {

/// By time.
std::vector<disturbance> troubles_of(const profile_rates&, const plan_size&, const std::vector<channel_terms>&,
                                     const std::vector<merchant_terms>&);

} // namespace oncepay::sim
