// Random plans whose parts fit each other, for properties: orders name merchants that exist, everybody a client that
// does, and what scenarios can't say doesn't occur (banks with books on a disk).
#pragma once

#include "sim/plan/plan.hpp"

#include <rapidcheck.h>

namespace oncepay::generate {

rc::Gen<sim::plan> scenario_plan();

} // namespace oncepay::generate
