// A plan as text, every field of it, for comparing plans across builds. A field that is added to a plan doesn't compile
// here until the text has it.
#pragma once

#include "sim/plan/plan.hpp"

#include <string>

namespace oncepay::sim {

std::string text_of(const plan&);

} // namespace oncepay::sim
