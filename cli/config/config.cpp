#include "cli/config/config.hpp"

#include "cli/config/table.hpp"
#include "cli/config/terms.hpp"
#include "cli/config/toml_file.hpp"
#include "schema/http_url.hpp"

#include <fmt/format.h>

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

void read_address(config_table& table, std::string_view key, std::string& to) {
  table.read(key, to);
  if (table.has(key) && !is_listen_address(to))
    table.mistake_unless_known(key, fmt::format("'{}' isn't of the form HOST:PORT", to));
}

/// Where notices are taken, and what channels are told of it: one is of no use without the other.
void read_notices(config_table& server, configuration& config) {
  read_address(server, "notices", config.notices);
  server.read("notices_url", config.notices_url);
  if (server.has("notices") && !server.has("notices_url"))
    server.mistake("notices", "is of no use without notices_url, by which channels reach it");
  if (!server.has("notices_url"))
    return;
  if (!server.has("notices"))
    server.mistake("notices_url", "is of no use without notices: nobody would listen there");
  if (const auto url = http_url::parse(config.notices_url); !url)
    server.mistake_unless_known("notices_url", url.error());
  else if (config.notices_url.size() + notice_path(channel_id()).size() + limits::channel_id_bytes_max >
           limits::url_bytes_max)
    server.mistake("notices_url", fmt::format("with a channel's path longer than {} bytes", limits::url_bytes_max));
}

void read_store(config_table& table, configuration& config) {
  constexpr uint64_t gib = uint64_t{1} << 30;
  uint32_t map_gib = static_cast<uint32_t>(limits::map_bytes_default / gib);
  table.read("map_gib", map_gib);
  if (map_gib == 0 || map_gib > limits::map_gib_max)
    table.mistake("map_gib", fmt::format("must lie between 1 and {}", limits::map_gib_max));
  config.map_bytes = map_gib * gib;
}

void read_file(config_table& file, configuration& config, std::string& risk_rules) {
  file.require("environment", "it is part of every attempt id, and keeps test and production apart");
  file.read("environment", config.environment);
  if (!is_environment(config.environment))
    file.mistake_unless_known("environment", fmt::format("'{}' isn't of the form [a-z0-9-]{{1,{}}}", config.environment,
                                                         limits::environment_bytes_max));
  file.read("risk_rules", risk_rules);
  if (file.has("risk_rules") && risk_rules.empty())
    file.mistake_unless_known("risk_rules", "names no file");
  file.read_table("server", [&](config_table& server) {
    read_address(server, "listen", config.listen);
    read_notices(server, config);
  });
  file.read_table("store", [&](config_table& store) { read_store(store, config); });

  seen_ids merchants("merchant");
  file.read_tables("merchant", "[[merchant]]", [&](config_table& table) {
    std::optional<told_merchant> told;
    config.merchants.push_back(read_merchant(table, &told));
    if (told)
      config.told.insert_or_assign(config.merchants.back().merchant, std::move(*told));
    merchants.note(table, "id", config.merchants.back().merchant.str());
  });

  seen_ids channels("channel");
  seen_ids books("book");
  file.read_tables("channel", "[[channel]]", [&](config_table& table) {
    std::optional<outside_channel> outside;
    config.channels.push_back(read_channel(table, &outside));
    const auto& terms = config.channels.back();
    if (outside)
      config.outside.insert_or_assign(terms.channel, std::move(*outside));
    channels.note(table, "id", terms.channel.str());
    // Two banks writing one book would each find the other's payments in it.
    books.note(table, "bank.book", terms.bank.book_file);
    if (config.channels.size() == limits::channels_max + 1)
      table.mistake_here(fmt::format("more than {} channels", limits::channels_max));
  });
  file.finish();
}

} // namespace

std::string notice_path(const channel_id& channel) {
  return "/notice/" + channel.str();
}

tl::expected<configuration, config_mistakes> parse_configuration(std::string_view text, std::string_view file) {
  const auto parsed = parse_toml(text, file);
  if (!parsed)
    return tl::unexpected(parsed.error());
  mistake_list mistakes;
  configuration config;
  config_table root(*parsed, "", mistakes);
  std::string risk_rules;
  read_file(root, config, risk_rules);
  config_mistakes all = mistakes.render(file);
  // A server without the rules that it is told to have would let everything pass.
  if (!risk_rules.empty()) {
    auto rules = load_risk_file(risk_rules);
    if (rules)
      config.risk = std::move(*rules);
    else
      all.insert(all.end(), rules.error().begin(), rules.error().end());
  }
  if (!all.empty())
    return tl::unexpected(std::move(all));
  return config;
}

tl::expected<configuration, config_mistakes> load_configuration(const std::filesystem::path& path) {
  const auto text = read_whole_file(path);
  if (!text)
    return tl::unexpected(text.error());
  return parse_configuration(*text, path.string());
}

} // namespace oncepay::cli
