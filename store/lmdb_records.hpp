// The LMDB environment DIR/log: decisions by position, a chain head per commit, and what the log is. Commits come here
// many at once, from the write-ahead file. Internal to this floor.
#pragma once

#include "store/commit_frame.hpp"
#include "store/event_log.hpp"
#include "store/lmdb.hpp"
#include "store/record_page.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace oncepay {

struct log_identity {
  uint32_t format_version = 0;
  std::string environment;
  bool is_restored = false;
  std::optional<hash128> keys = {}; ///< `payer_vault::check` of those it is written with; none: nobody has said yet.
};

/// A commit that didn't happen, or of which nobody knows.
struct commit_failure {
  store_error error;
  /// The disk was asked and failed: what it holds is unknown. False: nothing was written.
  bool reached_disk = false;
};

/// What one transaction says.
struct stored_state {
  log_head head; ///< The newest commit's.
  uint64_t decisions = 0;
  uint64_t commits = 0;
  /// Where the commits after `head` are; nothing where the log was closed in good order.
  std::optional<named_ring> ring;
};

class lmdb_records {
public:
  static store_result<std::unique_ptr<lmdb_records>> open(const lmdb::env_options&);

  /// Reads who the log is without touching it, not even LMDB's lock file: only under the writer's lock, or where no
  /// writer ever was. Nothing: there is no log yet.
  static store_result<std::optional<log_identity>> probe(const std::string& directory);

  /// Writes who the log is, where it is new.
  store_result<void> found(const log_identity&);
  store_result<log_identity> identity() const;
  store_result<void> set_restored(bool);
  store_result<void> set_keys(const hash128&);

  store_result<stored_state> state() const;
  /// The newest commit's at or before `position`; position 0 where there is none.
  store_result<log_head> head_at_or_before(uint64_t position) const;

  /// One durable transaction for all of them, the commits after the newest.
  tl::expected<void, commit_failure> append(std::span<const frame_ptr>);
  /// The same for a copy made from `page`; `heads` are those of the commits that end in it.
  store_result<void> append_copy(const record_page& page, std::span<const log_head> heads);
  /// From here on the write-ahead file belongs to the log, or, nothing, it doesn't. While it does the log has a format
  /// number that builds from before the write-ahead file refuses: they would append over what lies there.
  store_result<void> set_ring(const std::optional<named_ring>&);

  /// Fills the page with decisions from `from` up to `to`, both included. A gap is `damaged`.
  store_result<void> read_range(uint64_t from, uint64_t to, record_page&) const;
  /// Fills the page with these decisions until it is full.
  store_result<void> read_positions(std::span<const uint64_t>, record_page&) const;
  /// The chain heads of commits that end within [from, to].
  store_result<std::vector<log_head>> heads_within(uint64_t from, uint64_t to) const;

  lmdb::environment& environment() { return *env_; }
  const lmdb::environment& environment() const { return *env_; }

private:
  lmdb_records(std::unique_ptr<lmdb::environment> env, MDB_dbi log, MDB_dbi heads, MDB_dbi meta)
      : env_(std::move(env)), log_(log), heads_(heads), meta_(meta) {}
  /// One durable transaction of `what`, which returns LMDB's code.
  template <class Change>
  store_result<void> change(Change&& what);
  store_result<log_head> head_in(MDB_txn*, uint64_t position) const;
  store_error cannot_read(int rc) const;
  store_error cannot_write(int rc) const;

  std::unique_ptr<lmdb::environment> env_;
  MDB_dbi log_;
  MDB_dbi heads_;
  MDB_dbi meta_;
};

} // namespace oncepay
