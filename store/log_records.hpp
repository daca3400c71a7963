// What DIR/log holds: decisions by position, a chain head per commit, and what the log is. The newest commits lie in
// the write-ahead file and in memory, all others in LMDB; from here on up nobody can tell. Internal to this floor.
#pragma once

#include "store/lmdb_records.hpp"
#include "store/pending_commits.hpp"
#include "store/write_ahead.hpp"

#include <atomic>
#include <memory>
#include <span>
#include <string>

namespace oncepay {

struct record_counts {
  uint64_t decisions = 0;
  uint64_t commits = 0;
};

class log_records {
public:
  /// Nothing is to be read before `look_again` or `begin_writing`.
  static store_result<std::unique_ptr<log_records>> open(const lmdb::env_options&);
  ~log_records();

  /// Hands on to LMDB what the last opening left in the write-ahead file, and begins another.
  store_result<void> begin_writing(uint64_t write_ahead_bytes, write_ahead::failed_function failed);
  /// A reader knows from here on what was committed until now. What the disk can't read of the write-ahead file is
  /// passed over: it may have been the newest commit.
  store_result<void> look_again();
  uint64_t passed_over_pages() const { return passed_over_pages_; }

  /// One durable commit. `head` is the log's head after the batch.
  tl::expected<void, commit_failure> append(std::span<const append_entry>, const log_head& head);
  /// A writer's: waits until LMDB has all that is committed.
  tl::expected<void, commit_failure> flush();

  /// The newest commit's.
  store_result<log_head> last_head() const;
  /// The chain head right after `position`.
  store_result<hash256> chain_at(uint64_t position) const;
  /// The chain heads of commits that end within [from, to].
  store_result<std::vector<log_head>> heads_within(uint64_t from, uint64_t to) const;
  store_result<record_counts> counts() const;
  /// LMDB's file, and the decisions that aren't in it yet.
  uint64_t file_bytes() const;

  /// Adds decisions from `from` on, at least one, at most up to `to`. A gap is `damaged`.
  store_result<void> read_range(uint64_t from, uint64_t to, record_page&) const;
  /// Adds these decisions, in rising order, until the page is full.
  store_result<void> read_positions(std::span<const uint64_t>, record_page&) const;

  lmdb_records& stored() { return *lmdb_; }
  const lmdb_records& stored() const { return *lmdb_; }

private:
  explicit log_records(std::unique_ptr<lmdb_records> lmdb) : lmdb_(std::move(lmdb)) {}
  std::string write_ahead_path() const { return lmdb_->environment().directory() + "/write_ahead"; }
  store_result<void> look(write_ahead_file::unreadable);
  store_result<log_head> head_at_or_before(uint64_t position) const;
  tl::unexpected<store_error> missing(uint64_t position) const;

  std::unique_ptr<lmdb_records> lmdb_;
  pending_commits pending_;
  std::atomic<uint64_t> passed_over_pages_ = 0;
  std::unique_ptr<write_ahead> ahead_; ///< Of a writer. Ends first.
};

} // namespace oncepay
