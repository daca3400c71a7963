// What an open log on disk consists of. Internal to this floor.
#pragma once

#include "store/index_tail.hpp"
#include "store/lmdb_event_log.hpp"
#include "store/log_directory.hpp"
#include "store/log_records.hpp"
#include "store/log_scan.hpp"
#include "store/stream_index.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace oncepay {

struct lmdb_event_log::state {
  log_directory dir;
  lmdb_log_options options;
  log_identity identity;
  index_tail::hash_function hash_of_name = nullptr;

  mutable std::mutex mutex;
  bool restored = false;             ///< Guarded by `mutex`.
  std::optional<store_error> failed; ///< Why appends are refused from here on. Guarded by `mutex`.

  writer_locks locks;                   ///< Released last: members end in the reverse order.
  std::unique_ptr<log_records> records; ///< Its thread may tell `fail` until it has ended.
  std::unique_ptr<stream_index> index;  ///< Null for a reader that found none to trust.

  /// Of a writer; null for a reader.
  std::shared_ptr<index_tail> tail;
  std::mutex fold_mutex;

  log_head head;                        ///< Guarded by `mutex`.
  std::shared_ptr<const log_scan> scan; ///< Of a reader; null for a writer. Guarded by `mutex`.

  /// When a reader was first seen at the state of the log that it still has.
  std::map<std::string, instant> readers;

  bool is_writer() const { return tail != nullptr; }
  store_error read_only_error() const {
    return {store_errc::missing, "the log in " + dir.root + " is open for reading only"};
  }
  log_head current_head() const;
  std::shared_ptr<const unfolded_part> unfolded() const;
  /// Nothing where a reader found no index.
  store_result<std::optional<index_snapshot>> snapshot() const;
  /// The number of the stream with exactly this name, 0: the index has none. `candidates` share the name's hash.
  store_result<uint64_t> number_among(const std::vector<uint64_t>& candidates, const stream_name&) const;
  store_result<uint64_t> number_of(const index_snapshot&, const stream_name&, uint64_t hash) const;
  /// A commit failed: nothing is appended any more, and if the disk was asked, not by the next process either.
  void fail(const store_error&, bool reached_disk);

  // Opening (lmdb_log_open.cpp).
  store_result<void> open_to_write();
  store_result<void> open_to_read();
  store_result<void> open_index();
  store_result<bool> index_fits() const;
  store_result<void> load_tail(const log_head& head);
  store_result<index_tail::addition> addition_for(uint64_t position, const decision_header&,
                                                  const hash256& chain) const;
  store_result<uint64_t> fold_some(size_t max);
  store_result<void> look_again();
};

} // namespace oncepay
