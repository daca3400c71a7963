// Scenarios as text: exactly one plan in a TOML file. `tests/scenarios/README.md` documents the format.
#pragma once

#include "cli/config/config.hpp"
#include "sim/plan/plan.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Reads and checks a file; all mistakes are listed, each as "FILE:LINE: KEY: what is wrong".
tl::expected<sim::plan, config_mistakes> load_scenario(const std::filesystem::path&);

/// The same for a text; `file` is only its name in mistakes.
tl::expected<sim::plan, config_mistakes> parse_scenario(std::string_view text, std::string_view file);

/// The text of a plan that has no mistakes: parsed, it is the same plan again. `remarks` become comments at the top,
/// one line each.
std::string write_scenario(const sim::plan&, const std::vector<std::string>& remarks = {});

} // namespace oncepay::cli
