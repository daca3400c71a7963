#include "cli/config/percent.hpp"

namespace oncepay::cli {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr size_t fraction_digits_max = 4; // 0.0001 % is one part per million.
constexpr size_t whole_digits_max = 3;    // Keeps the result within 32 bits.

} // namespace

tl::expected<uint32_t, std::string> parse_percent(std::string_view text) {
  const auto refused = [&](std::string_view why) {
    return tl::unexpected("'" + std::string(text) + "' " + std::string(why));
  };
  if (!text.ends_with('%'))
    return refused("isn't a percentage such as \"0.60%\"");
  const auto number = text.substr(0, text.size() - 1);
  const auto point = number.find('.');
  const auto whole = number.substr(0, point);
  const auto fraction = point == std::string_view::npos ? std::string_view() : number.substr(point + 1);
  const bool well_formed = !whole.empty() && whole.find_first_not_of(digits) == std::string_view::npos &&
                           fraction.find_first_not_of(digits) == std::string_view::npos &&
                           (point == std::string_view::npos || !fraction.empty());
  if (!well_formed)
    return refused("isn't a percentage such as \"0.60%\"");
  if (whole.size() > whole_digits_max)
    return refused("is too large for a percentage");
  if (fraction.size() > fraction_digits_max)
    return refused("has more than four decimals: parts of a millionth can't be charged");

  uint32_t ppm = 0;
  for (const char digit : whole)
    ppm = ppm * 10 + static_cast<uint32_t>(digit - '0');
  for (size_t i = 0; i < fraction_digits_max; ++i)
    ppm = ppm * 10 + (i < fraction.size() ? static_cast<uint32_t>(fraction[i] - '0') : 0);
  return ppm;
}

} // namespace oncepay::cli
