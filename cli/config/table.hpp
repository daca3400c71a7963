// Reading one TOML table key by key. Every mistake is noted with its line and reading goes on, so that all are found;
// keys that nobody asked for are mistakes too, for a misspelt bound would otherwise silently not be set.
#pragma once

#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace oncepay::cli {

class mistake_list {
public:
  void add(uint32_t line, std::string path, std::string text);
  bool empty() const { return noted_.empty(); }
  /// "FILE:LINE: PATH: text", in the order of lines.
  std::vector<std::string> render(std::string_view file) const;

private:
  struct mistake {
    uint32_t line = 0;
    std::string path;
    std::string text;
  };
  std::vector<mistake> noted_;
};

uint32_t line_of(const toml::node&);

/// One table. Keys are literals: the table keeps their addresses. The readers leave `to` as it is where the key is
/// absent or wrong.
class config_table {
public:
  /// `path` is what the table is called in mistakes: "channel.bank"; empty for the whole file.
  config_table(const toml::table& table, std::string path, mistake_list& mistakes, config_table* above = nullptr);

  void read(std::string_view key, std::string& to);
  void read(std::string_view key, bool& to);
  void read(std::string_view key, int64_t& to) { read_integer(key, to, to_range<int64_t>()); }
  void read(std::string_view key, uint32_t& to) { read_integer(key, to, to_range<uint32_t>()); }
  /// The upper half, which no TOML integer holds, is written in quotes.
  void read(std::string_view key, uint64_t& to);
  /// A percentage in quotes, as parts per million.
  void read_percent(std::string_view key, uint32_t& to_ppm);
  /// Each string of an array, with its line.
  void read_texts(std::string_view key, const std::function<void(const std::string&, uint32_t)>& each);
  /// A table below this one; it is given to `use` and then checked for unknown keys.
  void read_table(std::string_view key, const std::function<void(config_table&)>& use);
  /// Each table of an array of tables. `as_written` shows how such a block is written.
  void read_tables(std::string_view key, std::string_view as_written, const std::function<void(config_table&)>& each);

  /// Notes a mistake where the key is absent; `why` says what it is needed for.
  void require(std::string_view key, std::string_view why);
  bool has(std::string_view key) const { return table_.contains(key); }
  /// True where a table stands behind the key.
  bool holds_table(std::string_view key) const;
  /// The keys as they are written, for tables whose keys are names of somebody else's; they live as long as the file.
  std::vector<std::string_view> keys() const;

  /// Notes that something is wrong with a key; see `line_of_key`.
  void mistake(std::string_view key, std::string text);
  /// The same, but only where nothing is known to be wrong with the key (or what is below it): of what follows from a
  /// mistake nobody wants to read.
  void mistake_unless_known(std::string_view key, std::string text);
  /// The same as `mistake` with a line of one's own: an array's element.
  void mistake_at(uint32_t line, std::string_view key, std::string text);
  /// About the table as a whole.
  void mistake_here(std::string text);

  uint32_t line() const { return line_of(table_); }
  /// The line of a key, or of one in a table below ("bank.latency_us.p50"); where it is absent, that of the innermost
  /// table that exists.
  uint32_t line_of_key(std::string_view key) const;

  /// Notes the keys nobody read. Call it last.
  void finish();

private:
  template <class T>
  struct range {
    T min;
    T max;
  };
  template <class T>
  static constexpr range<int64_t> to_range() {
    // A TOML integer has 64 bits with sign.
    constexpr auto max = std::numeric_limits<T>::max();
    constexpr auto int64_max = std::numeric_limits<int64_t>::max();
    if constexpr (std::is_same_v<T, int64_t>)
      return {std::numeric_limits<int64_t>::min(), int64_max};
    else
      return {0, max > static_cast<uint64_t>(int64_max) ? int64_max : static_cast<int64_t>(max)};
  }
  template <class T>
  void read_integer(std::string_view key, T& to, range<int64_t> allowed) {
    if (const auto value = integer(key, allowed.min, allowed.max))
      to = static_cast<T>(*value);
  }
  std::optional<int64_t> integer(std::string_view key, int64_t min, int64_t max);

  /// The node behind a key, which counts as known from now on.
  const toml::node* take(std::string_view key);
  std::string path_of(std::string_view key) const;
  void note(uint32_t line, std::string path, std::string text);

  const toml::table& table_;
  std::string path_;
  mistake_list& mistakes_;
  config_table* above_; ///< The table this one stands in, while that one is being read.
  std::vector<std::string_view> known_;
  std::set<std::string> faulty_; ///< Paths, those of the tables below included.
};

} // namespace oncepay::cli
