// The first word after `oncepay`: which command runs, or which help is printed.
#pragma once

#include "cli/commands.hpp"

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace oncepay::cli {

/// What `oncepay --help` prints.
std::string help_text(std::span<const command_entry>);

/// Runs the command that `args` (without the program's name) begin with and hands it the rest. No command, or an
/// unknown one: `usage`, with one line on `err` that names the nearest.
exit_code dispatch(std::span<const command_entry>, const arguments& args, std::string_view version, std::FILE* out,
                   std::FILE* err);

} // namespace oncepay::cli
