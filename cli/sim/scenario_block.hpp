// A block of a scenario as text: its lines, and values as they are spelled there.
#pragma once

#include "cli/sim/duration.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace oncepay::cli {

inline std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

inline std::string percent(uint32_t ppm) {
  constexpr uint32_t ppm_per_percent = 10'000;
  auto text = fmt::format("{}.{:04}", ppm / ppm_per_percent, ppm % ppm_per_percent);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.')
    text.pop_back();
  return in_quotes(text + '%');
}

/// What no TOML integer holds stands in quotes.
inline std::string seed_text(uint64_t seed) {
  const auto text = fmt::format("{}", seed);
  return seed > static_cast<uint64_t>(INT64_MAX) ? in_quotes(text) : text;
}

inline std::string us_text(int64_t us) {
  return in_quotes(span_text(us));
}

inline std::string ms_text(int64_t ms) {
  return us_text(ms * 1'000);
}

/// Lines of "key = value"; those that `differs` guards are left out where they say what goes without saying.
class block {
public:
  explicit block(std::string& out) : out_(out) {}

  void raw(std::string_view key, std::string_view value) { out_ += fmt::format("{} = {}\n", key, value); }
  void text(std::string_view key, std::string_view value, std::string_view otherwise = {}) {
    if (value != otherwise)
      raw(key, in_quotes(value));
  }
  template <class T>
  void number(std::string_view key, T value, std::type_identity_t<T> otherwise) {
    if (value != otherwise)
      raw(key, fmt::format("{}", value));
  }
  void share(std::string_view key, uint32_t ppm, uint32_t otherwise) {
    if (ppm != otherwise)
      raw(key, percent(ppm));
  }
  template <class Ids>
  void texts(std::string_view key, const Ids& ids) {
    std::string list;
    for (const auto& id : ids)
      list += fmt::format("{}{}", list.empty() ? "" : ", ", in_quotes(id.str()));
    raw(key, fmt::format("[{}]", list));
  }

private:
  std::string& out_;
};

} // namespace oncepay::cli
