// The rule file: what `risk_rules` of the configuration names. It is checked completely, and a server doesn't start
// with one that has a mistake: whoever writes a rule relies on it.
#pragma once

#include "actors/domain/dialect/signing.hpp"
#include "actors/domain/risk.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

class config_table;

struct risk_file {
  risk::rules rules;           ///< With names, to be hashed.
  signing_keys confirmed_with; ///< Never printed.
};

/// Mistakes as "FILE:LINE: KEY: what is wrong".
tl::expected<risk_file, std::vector<std::string>> load_risk_file(const std::filesystem::path&);
tl::expected<risk_file, std::vector<std::string>> parse_risk_file(std::string_view text, std::string_view file);

/// The rules alone, for whatever holds them in a table of its own.
void read_risk_rules(config_table&, risk::rules&);

} // namespace oncepay::cli
