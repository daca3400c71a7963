// Options that only builds for testing have. What ships has none of them: not in its help, not on its command line.
#pragma once

#include "cli/options.hpp"

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

std::vector<option_spec> build_options();

/// Carries them out, for the whole process and those it forks, and returns them as words of a command line.
tl::expected<std::vector<std::string>, exit_code> take_build_options(const parsed_options&);

} // namespace oncepay::cli
