// A TOML file from the disk to a table, for whatever reads one: the configuration, scenarios.
#pragma once

#include "cli/config/config.hpp"
#include "cli/config/table.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// The file's text, at most `limits::configuration_bytes_max` and one byte. The error is one mistake.
tl::expected<std::string, config_mistakes> read_whole_file(const std::filesystem::path&);

/// The table of a text of at most `limits::configuration_bytes_max`; `file` is only its name in mistakes. What isn't
/// TOML is one mistake with its line.
tl::expected<toml::table, config_mistakes> parse_toml(std::string_view text, std::string_view file);

/// Notes an id that was given before, with the line of the first.
class seen_ids {
public:
  explicit seen_ids(std::string_view what) : what_(what) {}

  void note(config_table&, std::string_view key, const std::string& id);

private:
  std::string_view what_;
  std::map<std::string, uint32_t> first_lines_;
};

} // namespace oncepay::cli
