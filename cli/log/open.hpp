// Opening a data directory for the commands that read the log.
#pragma once

#include "cli/options.hpp"
#include "store/lmdb_event_log.hpp"

#include <memory>

namespace oncepay::cli {

inline constexpr option_spec data_option = {"data", "DIR", "The data directory; required."};

/// Opens the log of `--data` for reading, also while a server writes it. A mistake was reported.
tl::expected<std::unique_ptr<lmdb_event_log>, exit_code> open_for_reading(const parsed_options&);

/// Reports what the store says, with exit code `data`.
exit_code fail_with(const store_error&);

} // namespace oncepay::cli
