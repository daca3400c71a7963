// Who reads the log for how long: an old reader keeps freed pages from being reused, and the file grows.
#include "schema/limits.hpp"
#include "store/lmdb_event_log.hpp"
#include "store/lmdb_log_state.hpp"

#include <cinttypes>
#include <cstdio>

namespace oncepay {

namespace {

struct seen_reader {
  uint64_t pid = 0;
  std::string key; ///< Environment, process, place and the state of the log that it has.
};

struct reader_listing {
  std::string environment;
  std::vector<seen_reader> readers;
};

/// LMDB tells its readers as lines of text: process, thread, transaction; "-" for a place without a reader.
int add_reader(const char* line, void* context) {
  auto& listing = *static_cast<reader_listing*>(context);
  uint64_t pid = 0;
  uint64_t thread = 0;
  uint64_t transaction = 0;
  if (std::sscanf(line, "%" SCNu64 " %" SCNx64 " %" SCNu64, &pid, &thread, &transaction) == 3)
    listing.readers.push_back({pid, listing.environment + ' ' + line});
  return 0;
}

} // namespace

std::vector<std::string> lmdb_event_log::check_readers(instant now) {
  std::vector<std::string> warnings;
  std::map<std::string, instant> still_there;
  auto check = [&](const lmdb::environment& env) {
    int dead = 0;
    if (mdb_reader_check(env.raw(), &dead) == MDB_SUCCESS && dead > 0)
      warnings.push_back(std::to_string(dead) + " readers of " + env.directory() + " ended without closing it; freed");
    reader_listing listing{env.directory(), {}};
    mdb_reader_list(env.raw(), add_reader, &listing);
    for (const seen_reader& reader : listing.readers) {
      auto before = state_->readers.find(reader.key);
      const instant since = before == state_->readers.end() ? now : before->second;
      still_there.emplace(reader.key, since);
      const int64_t age_ms = (now.ns - since.ns) / ns_per_ms;
      if (age_ms >= limits::reader_age_warn_ms)
        warnings.push_back("process " + std::to_string(reader.pid) + " has kept one state of " + env.directory() +
                           " open for " + std::to_string(age_ms / 1'000) + " s: its file grows meanwhile");
    }
  };
  check(state_->records->stored().environment());
  if (state_->index != nullptr)
    check(state_->index->environment());
  state_->readers = std::move(still_there);
  return warnings;
}

} // namespace oncepay
