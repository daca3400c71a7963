#include "cli/sim/keep.hpp"

#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "sim/run.hpp"
#include "store/lmdb_event_log.hpp"

#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace oncepay::cli {

tl::expected<void, std::string> check_keep_directory(const std::string& directory) {
  std::error_code error;
  const auto status = std::filesystem::status(directory, error);
  if (!std::filesystem::exists(status))
    return {};
  if (!std::filesystem::is_directory(status))
    return tl::unexpected(fmt::format("{} is no directory", directory));
  const bool is_empty = std::filesystem::is_empty(directory, error);
  if (error)
    return tl::unexpected(fmt::format("{} can't be read: {}", directory, error.message()));
  if (!is_empty)
    return tl::unexpected(fmt::format("{} isn't empty: a run is kept in a new directory", directory));
  return {};
}

store_result<void> keep_log(const event_log& log, const std::string& directory,
                            const std::function<void(uint64_t, uint64_t)>& tell) {
  // Written once and then read: its batches are too large for a write-ahead file, of which the smallest is left behind.
  constexpr uint64_t write_ahead_bytes = 4'096;
  const auto copy = lmdb_event_log::open(directory, {.environment = std::string(sim::environment),
                                                     .access = log_access::read_write,
                                                     .map_bytes = 0,
                                                     .write_ahead_bytes = write_ahead_bytes,
                                                     .hash_of_name = nullptr});
  if (!copy)
    return tl::unexpected(copy.error());
  const auto total = log.head().position;
  std::string unreadable;
  std::vector<append_entry> batch;
  for (uint64_t position = 1; position <= total;) {
    batch.clear();
    const auto read = log.read_all(position, limits::read_batch_decisions, [&](uint64_t at, bytes_view stored) {
      auto header = decode_header(stored);
      if (!header) {
        unreadable = fmt::format("position {} of the run's log can't be read: {}", at, header.error());
        return false;
      }
      batch.push_back({.stream = std::move(header->stream),
                       .version = header->version,
                       .at = header->at,
                       .due_before = header->due_before,
                       .due = header->due,
                       .stored = {stored.begin(), stored.end()}});
      return true;
    });
    if (!read)
      return read;
    if (unreadable.empty() && batch.empty())
      unreadable = fmt::format("position {} is missing from the run's log", position);
    if (!unreadable.empty())
      return tl::unexpected(store_error{store_errc::damaged, unreadable});
    if (const auto appended = (*copy)->append(batch); !appended)
      return tl::unexpected(appended.error());
    // Whoever reads the copy finds its index complete.
    if (const auto folded = (*copy)->fold(batch.size()); !folded)
      return tl::unexpected(folded.error());
    position += batch.size();
    tell(position - 1, total);
  }
  return {};
}

} // namespace oncepay::cli
