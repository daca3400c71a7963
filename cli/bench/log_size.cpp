#include "cli/bench/log_size.hpp"

#include "store/lmdb_event_log.hpp"

namespace oncepay::cli {

store_result<log_size> log_size_of(const std::string& directory) {
  const auto log = lmdb_event_log::open(
      directory, {.environment = {}, .access = log_access::read_only, .map_bytes = 0, .hash_of_name = nullptr});
  if (!log)
    return tl::unexpected(log.error());
  const auto s = (*log)->statistics();
  if (!s)
    return tl::unexpected(s.error());
  return log_size{s->head.position, s->commits, s->file_bytes};
}

log_size operator-(const log_size& after, const log_size& before) {
  return {after.decisions - before.decisions, after.commits - before.commits, after.file_bytes - before.file_bytes};
}

} // namespace oncepay::cli
