// Lengths of time as people write them in scenarios: a number and its unit, to the microsecond.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// The longest time a scenario may name, either way: ten years.
inline constexpr int64_t duration_us_max = int64_t{3'660} * 86'400 * 1'000'000;

/// Microseconds: "250us", "300ms", "3.5s", "2m", "1h", "1.5d", each with a minus in front where that makes sense.
/// What isn't a whole number of microseconds is refused rather than rounded. The error is one clause for people.
tl::expected<int64_t, std::string> parse_duration_us(std::string_view);

/// The same length in the unit that reads best; at most `duration_us_max`, it is read back as the same number.
std::string span_text(int64_t us);

} // namespace oncepay::cli
