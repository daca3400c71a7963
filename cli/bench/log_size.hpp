// How much a log holds at one moment, for what a load adds to it.
#pragma once

#include "store/event_log.hpp"

#include <string>

namespace oncepay::cli {

struct log_size {
  uint64_t decisions = 0;
  uint64_t commits = 0;
  uint64_t file_bytes = 0;
};

/// Read beside whoever writes the log.
store_result<log_size> log_size_of(const std::string& directory);

/// What came in between.
log_size operator-(const log_size& after, const log_size& before);

} // namespace oncepay::cli
