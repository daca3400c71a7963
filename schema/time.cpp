#include "schema/time.hpp"

#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace oncepay {

namespace {

constexpr int64_t seconds_max = INT64_MAX / ns_per_s - 1;

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A field of exactly `width` digits at `at`.
std::optional<unsigned> field(std::string_view text, size_t at, size_t width) {
  if (at + width > text.size() || !all_digits(text.substr(at, width)))
    return std::nullopt;
  unsigned value = 0;
  std::from_chars(text.data() + at, text.data() + at + width, value);
  return value;
}

/// ".123" as nanoseconds; what follows a ninth digit would be lost, so more are refused.
std::optional<int64_t> fraction_ns(std::string_view text) {
  if (text.empty())
    return 0;
  text.remove_prefix(1);
  if (!all_digits(text) || text.size() > 9)
    return std::nullopt;
  int64_t ns = 0;
  std::from_chars(text.data(), text.data() + text.size(), ns);
  for (size_t i = text.size(); i < 9; ++i)
    ns *= 10;
  return ns;
}

tl::expected<instant, std::string> mistake(std::string_view text, std::string_view what) {
  return tl::unexpected(fmt::format("\"{}\": {}", text, what));
}

tl::expected<instant, std::string> parse_calendar(std::string_view text) {
  constexpr std::string_view form = "not a time such as 2026-11-20T13:40:43Z (UTC) or seconds since 1970";
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text.back() != 'Z')
    return mistake(text, form);
  auto year = field(text, 0, 4), month = field(text, 5, 2), day = field(text, 8, 2);
  auto hour = field(text, 11, 2), minute = field(text, 14, 2), second = field(text, 17, 2);
  std::string_view fraction = text.substr(19, text.size() - 20);
  if (!year || !month || !day || !hour || !minute || !second || (!fraction.empty() && fraction[0] != '.'))
    return mistake(text, form);
  auto ns = fraction_ns(fraction);
  if (!ns)
    return mistake(text, "a fraction has one to nine digits");
  using namespace std::chrono;
  year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59)
    return mistake(text, "no such date or time of day");
  if (*year < 1970 || *year > 2261)
    return mistake(text, "the year is not within 1970 to 2261");
  int64_t seconds =
      int64_t{sys_days(date).time_since_epoch().count()} * 86'400 + *hour * 3'600 + *minute * 60 + *second;
  return instant{seconds * ns_per_s + *ns};
}

} // namespace

std::string to_string(instant t) {
  using namespace std::chrono;
  sys_time<nanoseconds> point{nanoseconds(t.ns)};
  // Floors, not casts: before 1970 a cast would round up, into the next second or day.
  auto days_passed = floor<days>(point);
  year_month_day date(days_passed);
  int64_t ms = (floor<milliseconds>(point) - days_passed).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), ms / 3'600'000,
                     ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
}

tl::expected<instant, std::string> parse_instant(std::string_view text) {
  auto result = [&]() -> tl::expected<instant, std::string> {
    if (!all_digits(text))
      return parse_calendar(text);
    int64_t seconds = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec != std::errc{} || seconds > seconds_max)
      return mistake(text, "more seconds since 1970 than a time can hold");
    return instant{seconds * ns_per_s};
  }();
  // Zero stands for "no time" everywhere: read as a time it would mean the opposite of what was asked.
  if (result && !*result)
    return mistake(text, "the very start of 1970 stands for no time");
  return result;
}

} // namespace oncepay
