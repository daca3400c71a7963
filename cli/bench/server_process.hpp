// What the machine says about a server that runs on it: the processor time it took, and its memory.
#pragma once

#include "cli/client/connection.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace oncepay::cli {

struct process_usage {
  int64_t user_ns = 0;
  int64_t system_ns = 0;
  uint64_t page_faults = 0; ///< Without reading from a disk.

  process_usage since(const process_usage& before) const {
    return {user_ns - before.user_ns, system_ns - before.system_ns, page_faults - before.page_faults};
  }
};

/// From the text of /proc/PID/stat.
std::optional<process_usage> usage_from_stat(std::string_view stat, int64_t ticks_per_s);
/// The inode of the socket that listens on `port`, from the text of /proc/net/tcp or tcp6.
std::optional<uint64_t> listening_inode(std::string_view table, uint16_t port);
/// Bytes of its own, not of files it maps, from the text of /proc/PID/status.
std::optional<uint64_t> anonymous_bytes_from_status(std::string_view status);

/// Who listens there, where that is this machine and its owner lets us look.
std::optional<pid_t> process_listening_on(const endpoint&);
/// Nothing where there is no such process.
std::optional<process_usage> usage_of(pid_t);
std::optional<uint64_t> anonymous_bytes_of(pid_t);
/// Of this process.
process_usage own_usage();

} // namespace oncepay::cli
