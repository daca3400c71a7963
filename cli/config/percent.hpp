// Percentages as people write them in the configuration, as the integers that rules compute with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Parts per million: "0.60%" is 6000, "100%" is 1000000. Digits, at most four of them after a point, and the sign, and
/// nothing else; what a part per million can't hold is refused rather than rounded. Bounds below 1000 % are the
/// caller's. The error is one clause for people.
tl::expected<uint32_t, std::string> parse_percent(std::string_view);

} // namespace oncepay::cli
