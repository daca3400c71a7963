// Values as scenarios spell them, read from one TOML table: times, orders, names of a fixed set.
#pragma once

#include "cli/config/table.hpp"
#include "schema/ids.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

/// A time of at least `min_us`.
void read_us(config_table&, std::string_view key, int64_t& to_us, int64_t min_us = 0);
void read_us(config_table&, std::string_view key, uint32_t& to_us);
/// The same in whole milliseconds.
void read_ms(config_table&, std::string_view key, int64_t& to_ms, int64_t min_ms = 0);
void read_ms(config_table&, std::string_view key, uint32_t& to_ms);

struct order_name {
  merchant_id merchant;
  oncepay::order_no order_no;
  auto operator<=>(const order_name&) const = default;
};
/// "MERCHANT/ORDER_NO" as two ids; the error is one clause for people.
tl::expected<order_name, std::string> parse_order_name(std::string_view);
/// A required key; nothing where it is missing or wrong.
std::optional<order_name> read_order_name(config_table&, std::string_view why, std::string_view key = "order");

template <class Id>
std::optional<Id> read_id(config_table& table, std::string_view key, std::string_view form) {
  std::string text;
  table.read(key, text);
  if (!table.has(key))
    return std::nullopt;
  if (auto id = Id::parse(text))
    return std::move(*id);
  table.mistake_unless_known(key, fmt::format("'{}' isn't of the form {}", text, form));
  return std::nullopt;
}

/// Plain text of at most so many bytes.
void read_plain(config_table&, std::string_view key, std::string& to, size_t bytes_max);

/// One of `values`, each called by its `name`.
template <class Enum>
void read_one_of(config_table& table, std::string_view key, Enum& to, const std::vector<Enum>& values) {
  std::string text;
  table.read(key, text);
  std::string names;
  for (const auto value : values) {
    if (text == name(value)) {
      to = value;
      return;
    }
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", name(value));
  }
  if (table.has(key))
    table.mistake_unless_known(key, fmt::format("'{}' is none of {}", text, names));
}

} // namespace oncepay::cli
