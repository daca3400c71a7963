// A simulated run's log as a data directory, for the commands that look at logs.
#pragma once

#include "store/event_log.hpp"

#include <functional>
#include <string>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// One line where `directory` can't take a log: only a new or an empty one can.
tl::expected<void, std::string> check_keep_directory(const std::string& directory);

/// Copies every decision; the copy's chain head is the log's. Told (done, total) now and then.
store_result<void> keep_log(const event_log&, const std::string& directory,
                            const std::function<void(uint64_t, uint64_t)>& tell);

} // namespace oncepay::cli
