#include "cli/sim/build.hpp"

#include <string_view>

#include <fmt/format.h>

namespace oncepay::cli {

std::string build_text() {
  constexpr std::string_view type = ONCEPAY_BUILD_TYPE;
#ifdef ONCEPAY_MUTATIONS
  constexpr std::string_view rules = ", its rules can be broken";
#else
  constexpr std::string_view rules;
#endif
  return fmt::format("oncepay {} ({}{})", ONCEPAY_VERSION, type.empty() ? "no build type" : type, rules);
}

} // namespace oncepay::cli
