// Spans as people type them: of simulated time ("90s", "3d") and of seeds ("1..200").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Above 0, written as in scenarios (duration.hpp).
tl::expected<int64_t, std::string> parse_span_us(std::string_view);

/// Both ends belong to it.
struct seed_range {
  uint64_t first = 1;
  uint64_t last = 1;
  uint64_t count() const { return last - first + 1; }
  bool operator==(const seed_range&) const = default;
};

/// More than these at once is a mistyped number.
inline constexpr uint64_t seeds_max = 1'000'000;

/// "A..B", A not above B.
tl::expected<seed_range, std::string> parse_seed_range(std::string_view);

} // namespace oncepay::cli
