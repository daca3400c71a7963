// One finished run as JSON and back: what the process that ran it tells the one that adds up.
#pragma once

#include "cli/sim/totals.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

/// Text that isn't UTF-8 is made so: JSON can't carry it.
nlohmann::ordered_json to_json(const sim::run_violation&);

std::string seed_run_line(const seed_run&);

/// Nothing where it isn't such a line. What the checkers and the log say arrives as printable text.
std::optional<seed_run> parse_seed_run(std::string_view line);

} // namespace oncepay::cli
