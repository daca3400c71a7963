#include "cli/sim/scenario_table.hpp"

#include "cli/sim/duration.hpp"
#include "schema/plain_text.hpp"

#include <limits>

namespace oncepay::cli {
namespace {

constexpr int64_t us_per_ms = 1'000;

/// Nothing where the key is absent or wrong; what is wrong was noted.
std::optional<int64_t> read_any_us(config_table& table, std::string_view key) {
  std::string text;
  table.read(key, text);
  if (!table.has(key))
    return std::nullopt;
  const auto us = parse_duration_us(text);
  if (us)
    return *us;
  table.mistake_unless_known(key, us.error());
  return std::nullopt;
}

std::optional<int64_t> read_bounded(config_table& table, std::string_view key, int64_t unit_us, int64_t min,
                                    int64_t max) {
  const auto us = read_any_us(table, key);
  if (!us)
    return std::nullopt;
  if (*us % unit_us != 0) {
    table.mistake(key, "must be whole milliseconds");
    return std::nullopt;
  }
  const int64_t value = *us / unit_us;
  if (value < min || value > max) {
    table.mistake(key, value < min ? fmt::format("must be at least {}", span_text(min * unit_us))
                                   : fmt::format("must be at most {}", span_text(max * unit_us)));
    return std::nullopt;
  }
  return value;
}

template <class T>
void read_into(config_table& table, std::string_view key, int64_t unit_us, int64_t min, T& to) {
  constexpr int64_t most = std::numeric_limits<T>::max();
  if (const auto value = read_bounded(table, key, unit_us, min, std::min(most, duration_us_max / unit_us)))
    to = static_cast<T>(*value);
}

} // namespace

void read_us(config_table& table, std::string_view key, int64_t& to_us, int64_t min_us) {
  read_into(table, key, 1, min_us, to_us);
}
void read_us(config_table& table, std::string_view key, uint32_t& to_us) {
  read_into(table, key, 1, 0, to_us);
}
void read_ms(config_table& table, std::string_view key, int64_t& to_ms, int64_t min_ms) {
  read_into(table, key, us_per_ms, min_ms, to_ms);
}
void read_ms(config_table& table, std::string_view key, uint32_t& to_ms) {
  read_into(table, key, us_per_ms, 0, to_ms);
}

tl::expected<order_name, std::string> parse_order_name(std::string_view text) {
  const auto slash = text.find('/');
  auto merchant = merchant_id::parse(text.substr(0, slash));
  auto number = order_no::parse(slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1));
  if (!merchant || !number)
    return tl::unexpected(fmt::format("'{}' isn't an order such as \"m1/A-7\": its merchant and its number", text));
  return order_name{std::move(*merchant), std::move(*number)};
}

std::optional<order_name> read_order_name(config_table& table, std::string_view why, std::string_view key) {
  std::string text;
  table.require(key, why);
  table.read(key, text);
  if (!table.has(key))
    return std::nullopt;
  auto parsed = parse_order_name(text);
  if (parsed)
    return std::move(*parsed);
  table.mistake_unless_known(key, parsed.error());
  return std::nullopt;
}

void read_plain(config_table& table, std::string_view key, std::string& to, size_t bytes_max) {
  table.read(key, to);
  if (to.size() > bytes_max)
    table.mistake(key, fmt::format("longer than {} bytes", bytes_max));
  else if (!is_plain_text(to))
    table.mistake(key, "holds control characters");
}

} // namespace oncepay::cli
