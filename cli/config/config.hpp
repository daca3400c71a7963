// The configuration file: TOML at the edge, terms inside. It is checked completely before anything starts (D2): every
// mistake is listed, not only the first, so that one look repairs the file.
#pragma once

#include "cli/config/outside.hpp"
#include "cli/config/risk_file.hpp"
#include "schema/limits.hpp"
#include "schema/terms.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

struct configuration {
  std::string environment; ///< `[a-z0-9-]{1,32}`; part of every attempt id.
  std::string listen;      ///< "HOST:PORT", port 0 for any free one; empty: not configured.
  std::string notices;     ///< "HOST:PORT" where channels' notices are taken; empty: nowhere.
  std::string notices_url; ///< How channels reach that from outside, "https://HOST[/PREFIX]"; with `notices` only.
  uint64_t map_bytes = limits::map_bytes_default;
  std::vector<merchant_terms> merchants;         ///< As in the file, no id twice.
  std::vector<channel_terms> channels;           ///< As in the file, no id twice.
  std::map<channel_id, outside_channel> outside; ///< Of those spoken to over HTTP: their words and keys.
  std::map<merchant_id, told_merchant> told;     ///< Of those told of results: where, and their keys.
  std::optional<risk_file> risk;                 ///< What `risk_rules` names.
};

/// The path of a channel's notices: "/notice/wechat".
std::string notice_path(const channel_id&);

/// What is wrong with a file, in the order of its lines, each as "FILE:LINE: KEY: what is wrong".
using config_mistakes = std::vector<std::string>;

/// Reads and checks a file.
tl::expected<configuration, config_mistakes> load_configuration(const std::filesystem::path&);

/// The same for a text; `file` is only its name in mistakes.
tl::expected<configuration, config_mistakes> parse_configuration(std::string_view text, std::string_view file);

} // namespace oncepay::cli
