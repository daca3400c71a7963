#include "cli/sim/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace oncepay::cli {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr int64_t us_per_ms = 1'000;
constexpr int64_t us_per_s = 1'000'000;
constexpr size_t fraction_digits_max = 6;

struct unit {
  std::string_view name;
  int64_t us;
};
constexpr std::array units{
    unit{"us", 1},
    unit{"ms", us_per_ms},
    unit{"s", us_per_s},
    unit{"m", 60 * us_per_s},
    unit{"h", 3'600 * us_per_s},
    unit{"d", 86'400 * us_per_s},
};

tl::expected<int64_t, std::string> refused(std::string_view text, std::string_view why) {
  return tl::unexpected(fmt::format("'{}' {}", text, why));
}

int64_t number(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// A number of `unit_us` with up to `decimals` of them, none of which is an idle zero.
std::string decimal_text(int64_t us, int64_t unit_us, int decimals, std::string_view name) {
  auto text = fmt::format("{}.{:0{}}", us / unit_us, us % unit_us, decimals);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.')
    text.pop_back();
  return text.append(name);
}

} // namespace

tl::expected<int64_t, std::string> parse_duration_us(std::string_view text) {
  constexpr std::string_view form = "isn't a time such as \"3.5s\" or \"300ms\" (us, ms, s, m, h, d)";
  const bool negative = text.starts_with('-');
  const auto body = text.substr(negative ? 1 : 0);
  const auto whole = body.substr(0, body.find_first_not_of(digits));
  auto rest = body.substr(whole.size());
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = rest.substr(0, rest.find_first_not_of(digits));
    rest.remove_prefix(fraction.size());
    if (fraction.empty())
      return refused(text, form);
  }
  const auto found = std::find_if(units.begin(), units.end(), [&](const unit& u) { return u.name == rest; });
  if (whole.empty() || found == units.end())
    return refused(text, form);
  constexpr size_t whole_digits_max = 18;
  if (whole.size() > whole_digits_max || number(whole) > duration_us_max / found->us)
    return refused(text, "is longer than ten years");
  if (fraction.size() > fraction_digits_max)
    return refused(text, "has more than six decimals");
  int64_t scale = 1;
  for (size_t i = 0; i < fraction.size(); ++i)
    scale *= 10;
  const int64_t scaled = number(fraction) * found->us;
  if (scaled % scale != 0)
    return refused(text, "isn't a whole number of microseconds");
  const int64_t us = number(whole) * found->us + scaled / scale;
  if (us > duration_us_max)
    return refused(text, "is longer than ten years");
  return negative ? -us : us;
}

std::string span_text(int64_t us) {
  if (us < 0)
    return "-" + span_text(-us);
  if (us == 0)
    return "0s";
  if (us < us_per_ms)
    return fmt::format("{}us", us);
  if (us < us_per_s)
    return decimal_text(us, us_per_ms, 3, "ms");
  for (const auto* u = &units.back(); u->us > us_per_s; --u)
    if (us % u->us == 0)
      return fmt::format("{}{}", us / u->us, u->name);
  return decimal_text(us, us_per_s, 6, "s");
}

} // namespace oncepay::cli
