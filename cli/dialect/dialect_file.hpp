// A dialect from its TOML file. Everything is checked here, so that a mistake in a table stops the start and not a
// payment.
#pragma once

#include "actors/domain/dialect/dialect.hpp"
#include "cli/config/config.hpp"

#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// All mistakes, each with its line; `file` is only the text's name.
tl::expected<dialect, config_mistakes> parse_dialect(std::string_view text, std::string_view file);

/// One that is part of the program ("wechat-v2"), else a file's.
tl::expected<dialect, config_mistakes> load_dialect(const std::string& name_or_file);

/// The names of the dialects that are part of the program.
std::vector<std::string_view> shipped_dialects();

/// The text of one of these; empty: there is none.
std::string_view shipped_dialect_text(std::string_view name);

/// The settings its templates ask a channel for, without "set.".
std::set<std::string> settings_of(const dialect&);

} // namespace oncepay::cli
