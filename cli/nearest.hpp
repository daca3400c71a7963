// "Did you mean …?": the known name a mistyped one is closest to.
#pragma once

#include <span>
#include <string_view>

namespace oncepay::cli {

/// The candidate with the fewest typing mistakes (a letter too many, missing, wrong, or two swapped) between it and
/// `typed`; empty where none is near enough to be what was meant.
std::string_view nearest(std::string_view typed, std::span<const std::string_view> candidates);

} // namespace oncepay::cli
