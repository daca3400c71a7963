#include "cli/config/config.hpp"

#include "cli/config/table.hpp"
#include "cli/config/terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

namespace oncepay::cli {
namespace {

constexpr std::string_view digits = "0123456789";

bool is_environment(std::string_view text) {
  return !text.empty() && text.size() <= limits::environment_bytes_max &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

/// "HOST:PORT"; a host with colons of its own (IPv6) stands in brackets.
bool is_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return false;
  const auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (host.empty() || (!bracketed && host.find_first_of(":[] ") != std::string_view::npos))
    return false;
  if (port.empty() || port.size() > 5 || port.find_first_not_of(digits) != std::string_view::npos)
    return false;
  return std::stoul(std::string(port)) <= 65'535;
}

/// Notes an id that was given before, with the line of the first.
class seen_ids {
public:
  explicit seen_ids(std::string_view what) : what_(what) {}

  void note(config_table& table, std::string_view key, const std::string& id) {
    if (id.empty())
      return;
    const auto [found, is_new] = first_lines_.emplace(id, table.line_of_key(key));
    if (!is_new)
      table.mistake(key, fmt::format("{} '{}' stands already in line {}", what_, id, found->second));
  }

private:
  std::string_view what_;
  std::map<std::string, uint32_t> first_lines_;
};

void read_store(config_table& table, configuration& config) {
  constexpr uint64_t gib = uint64_t{1} << 30;
  uint32_t map_gib = static_cast<uint32_t>(limits::map_bytes_default / gib);
  table.read("map_gib", map_gib);
  if (map_gib == 0 || map_gib > limits::map_gib_max)
    table.mistake("map_gib", fmt::format("must lie between 1 and {}", limits::map_gib_max));
  config.map_bytes = map_gib * gib;
}

void read_file(config_table& file, configuration& config) {
  file.require("environment", "it is part of every attempt id, and keeps test and production apart");
  file.read("environment", config.environment);
  if (!is_environment(config.environment))
    file.mistake_unless_known("environment", fmt::format("'{}' isn't of the form [a-z0-9-]{{1,{}}}", config.environment,
                                                         limits::environment_bytes_max));
  file.read_table("server", [&](config_table& server) {
    server.read("listen", config.listen);
    if (server.has("listen") && !is_listen_address(config.listen))
      server.mistake_unless_known("listen", fmt::format("'{}' isn't of the form HOST:PORT", config.listen));
  });
  file.read_table("store", [&](config_table& store) { read_store(store, config); });

  seen_ids merchants("merchant");
  file.read_tables("merchant", "[[merchant]]", [&](config_table& table) {
    config.merchants.push_back(read_merchant(table));
    merchants.note(table, "id", config.merchants.back().merchant.str());
  });

  seen_ids channels("channel");
  seen_ids books("book");
  file.read_tables("channel", "[[channel]]", [&](config_table& table) {
    config.channels.push_back(read_channel(table));
    const auto& terms = config.channels.back();
    channels.note(table, "id", terms.channel.str());
    // Two banks writing one book would each find the other's payments in it.
    books.note(table, "bank.book", terms.bank.book_file);
    if (config.channels.size() == limits::channels_max + 1)
      table.mistake_here(fmt::format("more than {} channels", limits::channels_max));
  });
  file.finish();
}

config_mistakes one_mistake(std::string_view file, uint32_t line, std::string_view text) {
  return {fmt::format("{}:{}: {}", file, line, text)};
}

} // namespace

tl::expected<configuration, config_mistakes> parse_configuration(std::string_view text, std::string_view file) {
  if (text.size() > limits::configuration_bytes_max)
    return tl::unexpected(one_mistake(file, 1, fmt::format("larger than {} bytes", limits::configuration_bytes_max)));
  toml::table parsed;
  try {
    parsed = toml::parse(text, file);
  } catch (const toml::parse_error& e) {
    // Nothing after a place that isn't TOML can be read: this mistake stands alone.
    return tl::unexpected(one_mistake(file, std::max<uint32_t>(1, e.source().begin.line), e.description()));
  }
  mistake_list mistakes;
  configuration config;
  config_table root(parsed, "", mistakes);
  read_file(root, config);
  if (!mistakes.empty())
    return tl::unexpected(mistakes.render(file));
  return config;
}

tl::expected<configuration, config_mistakes> load_configuration(const std::filesystem::path& path) {
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
  return parse_configuration(text, path.string());
}

} // namespace oncepay::cli
