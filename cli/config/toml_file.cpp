#include "cli/config/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace oncepay::cli {
namespace {

config_mistakes one_mistake(std::string_view file, uint32_t line, std::string_view text) {
  return {fmt::format("{}:{}: {}", file, line, text)};
}

} // namespace

tl::expected<std::string, config_mistakes> read_whole_file(const std::filesystem::path& path) {
  const auto unreadable = [&](std::string_view why) {
    return tl::unexpected(one_mistake(path.string(), 1, fmt::format("can't be read: {}", why)));
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return unreadable("it is a directory");
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    return unreadable(errno != 0 ? std::strerror(errno) : "it can't be opened");
  // One byte beyond the bound is enough to know that it is exceeded, whatever a pipe or a device would go on to say.
  std::string text(limits::configuration_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad())
    return unreadable("reading broke off");
  text.resize(static_cast<size_t>(stream.gcount()));
  return text;
}

tl::expected<toml::table, config_mistakes> parse_toml(std::string_view text, std::string_view file) {
  if (text.size() > limits::configuration_bytes_max)
    return tl::unexpected(one_mistake(file, 1, fmt::format("larger than {} bytes", limits::configuration_bytes_max)));
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& e) {
    // Nothing after a place that isn't TOML can be read: this mistake stands alone.
    return tl::unexpected(one_mistake(file, std::max<uint32_t>(1, e.source().begin.line), e.description()));
  }
}

void seen_ids::note(config_table& table, std::string_view key, const std::string& id) {
  if (id.empty())
    return;
  const auto [found, is_new] = first_lines_.emplace(id, table.line_of_key(key));
  if (!is_new)
    table.mistake(key, fmt::format("{} '{}' stands already in line {}", what_, id, found->second));
}

} // namespace oncepay::cli
