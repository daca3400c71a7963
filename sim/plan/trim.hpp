// What a plan says about orders nobody sends and channels nobody has: gone.
#pragma once

#include "sim/plan/plan.hpp"

namespace oncepay::sim {

/// Takes out what lost its subject: deeds and expectations of orders that aren't sent, what happens to channels that
/// don't exist, and orders of merchants who don't.
void trim(plan&);

} // namespace oncepay::sim
