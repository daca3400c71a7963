// Which program this is: what has to be the same for a seed to mean the same run.
#pragma once

#include <string>

namespace oncepay::cli {

/// "oncepay 0.1.0 (RelWithDebInfo)".
std::string build_text();

} // namespace oncepay::cli
