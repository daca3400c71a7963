#include "cli/sim/spans.hpp"

#include "cli/sim/duration.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return {};
  return value;
}

} // namespace

tl::expected<int64_t, std::string> parse_span_us(std::string_view text) {
  const auto us = parse_duration_us(text);
  if (us && *us <= 0)
    return tl::unexpected(fmt::format("'{}' isn't after the opening", text));
  return us;
}

tl::expected<seed_range, std::string> parse_seed_range(std::string_view text) {
  const auto dots = text.find("..");
  const auto first = whole_number<uint64_t>(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? std::nullopt : whole_number<uint64_t>(text.substr(dots + 2));
  if (!first || !last)
    return tl::unexpected(fmt::format("\"{}\" is no range of seeds: two whole numbers, like 1..200", text));
  if (*first > *last)
    return tl::unexpected(fmt::format("{} is above {}", *first, *last));
  if (*last - *first >= seeds_max)
    return tl::unexpected(fmt::format("\"{}\" is more than {} seeds", text, seeds_max));
  return seed_range{*first, *last};
}

} // namespace oncepay::cli
