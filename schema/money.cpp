#include "schema/money.hpp"

#include <charconv>

namespace oncepay {

namespace {

// A 64-bit amount times a 32-bit rate needs 96 bits, times another amount 127.
__extension__ using int128 = __int128;

constexpr int64_t ppm_whole = 1'000'000;

int64_t power_of_ten(int exponent) {
  int64_t result = 1;
  while (exponent-- > 0)
    result *= 10;
  return result;
}

bool all_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Digits, not empty: their value, or `amount_overflow`.
tl::expected<int64_t, errc> number(std::string_view digits) {
  int64_t value = 0;
  auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec != std::errc{})
    return tl::unexpected(errc::amount_overflow);
  return value;
}

/// `product / whole`, rounded half up on the absolute value: the one rounding rule.
tl::expected<int64_t, errc> rounded_quotient(int128 product, int64_t whole) {
  int128 magnitude = product < 0 ? -product : product;
  int128 rounded = (magnitude + whole / 2) / whole;
  if (product < 0)
    rounded = -rounded;
  if (rounded > INT64_MAX || rounded < INT64_MIN)
    return tl::unexpected(errc::amount_overflow);
  return static_cast<int64_t>(rounded);
}

} // namespace

tl::expected<int64_t, errc> checked_add(int64_t a_minor, int64_t b_minor) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a_minor, b_minor, &sum))
    return tl::unexpected(errc::amount_overflow);
  return sum;
}

tl::expected<int64_t, errc> checked_sub(int64_t a_minor, int64_t b_minor) {
  int64_t difference = 0;
  if (__builtin_sub_overflow(a_minor, b_minor, &difference))
    return tl::unexpected(errc::amount_overflow);
  return difference;
}

tl::expected<int64_t, errc> share_of(int64_t amount_minor, uint32_t rate_ppm) {
  return rounded_quotient(static_cast<int128>(amount_minor) * rate_ppm, ppm_whole);
}

tl::expected<int64_t, errc> proportion_of(int64_t total_minor, int64_t part_minor, int64_t whole_minor) {
  if (part_minor < 0 || whole_minor <= 0)
    return tl::unexpected(errc::invalid_amount);
  return rounded_quotient(static_cast<int128>(total_minor) * part_minor, whole_minor);
}

tl::expected<money, errc> parse_money(std::string_view text, currency in) {
  if (!is_known(in))
    return tl::unexpected(errc::unknown_currency);
  size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  auto digits = static_cast<size_t>(minor_digits(in));
  if (whole.empty() || !all_digits(whole) || !all_digits(fraction) || fraction.size() > digits ||
      (point != std::string_view::npos && fraction.empty()))
    return tl::unexpected(errc::invalid_amount);
  auto major = number(whole);
  if (!major)
    return tl::unexpected(major.error());
  int64_t minor = fraction.empty() ? 0 : number(fraction).value();
  minor *= power_of_ten(static_cast<int>(digits - fraction.size()));
  int64_t scaled = 0;
  if (__builtin_mul_overflow(*major, power_of_ten(static_cast<int>(digits)), &scaled))
    return tl::unexpected(errc::amount_overflow);
  return checked_add(scaled, minor).map([&](int64_t sum) { return money{sum, in}; });
}

std::string decimal(const money& m) {
  // The magnitude is taken unsigned: the smallest 64-bit number has no positive counterpart.
  uint64_t magnitude = m.minor < 0 ? uint64_t{0} - static_cast<uint64_t>(m.minor) : static_cast<uint64_t>(m.minor);
  std::string digits = std::to_string(magnitude);
  auto places = static_cast<size_t>(minor_digits(m.currency));
  if (places > 0) {
    if (digits.size() <= places)
      digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  return m.minor < 0 ? "-" + digits : digits;
}

std::string to_string(const money& m) {
  return decimal(m).append(" ").append(alpha_code(m.currency));
}

} // namespace oncepay
