// The event log on disk. DIR holds
//   log/            the truth: decisions, a chain head per commit, what the log is; the newest commits are durable in
//                   log/write_ahead, and soon after in LMDB
//   index/          streams, names, due times: derived, folded lazily, rebuilt at opening where it can't be trusted
//   lock            whoever writes this log holds it, with its process id
//   COMMIT_FAILED   a durable commit failed; why
// One process writes, any number read. In one process a log is opened once (LMDB's locks demand it), and never across a
// fork.
#pragma once

#include "store/event_log.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace oncepay {

enum class log_access : uint8_t {
  read_write, ///< Creates what is missing; one process at a time.
  read_only,  ///< For other processes, also while a server writes. Creates nothing, sees the log as of opening.
};

struct lmdb_log_options {
  /// Part of every attempt's id. Writing needs it; a reader leaves it empty and takes the log's own.
  std::string environment;
  log_access access = log_access::read_write;
  /// Address space reserved; 0: `limits::map_bytes_default`. A reader takes the writer's.
  uint64_t map_bytes = 0;
  /// Whole pages of 4 096 bytes; 0: `limits::write_ahead_bytes_default`.
  uint64_t write_ahead_bytes = 0;
  /// For tests of collisions; null: `name_hash`. An index was made with one function and must be read with it.
  uint64_t (*hash_of_name)(std::string_view) = nullptr;
  /// For tests of the index's generations; 0: `stream_index::names_per_generation_default`.
  size_t names_per_generation = 0;
};

struct log_statistics {
  log_head head;
  instant first_at;        ///< Time of the first decision; none: 0.
  uint64_t file_bytes = 0; ///< Decisions alone; the index can be made again.
  uint64_t commits = 0;    ///< Durable ones until now, of which each holds one decision or many.
  uint64_t streams = 0;    ///< Folded ones.
  uint64_t unfolded = 0;   ///< Decisions not in the index yet.
  bool has_index = false;
  std::string environment;
  uint32_t format_version = 0;
  bool restored = false;
  std::optional<std::string> marked; ///< Why a commit failed, where one did.
};

/// What `verify` found. `damage` is empty where everything is sound.
struct verification {
  uint64_t decisions = 0; ///< Found sound, from the first on.
  /// The first that can't be trusted. Chain heads are kept per commit, so bytes that still decode are narrowed down to
  /// the commit that begins here.
  uint64_t damaged_position = 0;
  std::string damage;
  bool is_sound() const { return damage.empty(); }
};

/// Called now and then with (decisions done, decisions in all); false gives up.
using log_progress = std::function<bool(uint64_t, uint64_t)>;

class lmdb_event_log final : public event_log {
public:
  /// A refused opening changes nothing on the disk.
  static store_result<std::unique_ptr<lmdb_event_log>> open(const std::string& directory, const lmdb_log_options&);
  ~lmdb_event_log() override;
  lmdb_event_log(const lmdb_event_log&) = delete;
  lmdb_event_log& operator=(const lmdb_event_log&) = delete;

  store_result<log_head> append(std::span<const append_entry> batch) override;
  store_result<void> read(const stream_name&, uint32_t from_version, const decision_visitor&) const override;
  store_result<void> read_all(uint64_t from_position, size_t max, const decision_visitor&) const override;
  store_result<uint32_t> version_of(const stream_name&) const override;
  store_result<std::vector<stream_name>> streams_of(stream_kind) const override;
  store_result<std::vector<due_entry>> due(const due_entry& after, instant until, size_t max) const override;
  log_head head() const override;
  store_result<uint64_t> fold(size_t max) override;
  uint64_t unfolded() const override;

  const std::string& environment() const;

  /// The log came from a backup and may lack the newest orders: queries only, until an operator releases it.
  bool is_restored() const;
  /// Ends restored mode, durably.
  store_result<void> release();

  /// `payer_vault::check` of the keys that it is written with, as of its opening; none: written by no server that said.
  const std::optional<hash128>& keys() const;
  /// Those of who writes it from now on, durably; before anything else is done with a log.
  store_result<void> set_keys(const hash128& check);

  /// Why nothing is appended any more; none: nothing has failed. What was acknowledged may fail to get from the
  /// write-ahead file into LMDB while nobody appends.
  std::optional<store_error> failure() const;
  /// Waits until LMDB has all that was acknowledged, or says why it hasn't: before a server says that it has stopped.
  store_result<void> flush();

  /// A reader sees from here on what was committed until now. A writer always does.
  store_result<void> refresh();

  store_result<log_statistics> statistics() const;

  /// The log's file alone, without a look into it.
  uint64_t file_bytes() const;

  /// Readers of any process that have kept one state of the log for longer than `limits::reader_age_warn_ms`, as lines
  /// for operators; frees the places of readers that died. One thread, every few seconds.
  std::vector<std::string> check_readers(instant now);

  /// Copies the log as it is now into the new directory `target`, marked as restored; never a key, never the index.
  /// The chain is followed while copying: a damaged log isn't copied.
  store_result<log_head> backup_to(const std::string& target, const log_progress&) const;

  /// Walks over all stored bytes: chain, chain heads, headers, versions without gaps, agreement of the index. Of
  /// streams that aren't folded `followed_streams_max` are followed: beyond it their gaps go unnoticed, for memory has
  /// a bound.
  store_result<verification> verify(const log_progress&, size_t followed_streams_max = 1'000'000) const;

  /// Pages of the write-ahead file that a reader couldn't read, and passed over: the newest decisions may be missing.
  uint64_t passed_over_pages() const;

  struct state; ///< Internal to the store.

private:
  explicit lmdb_event_log(std::unique_ptr<state>);
  std::unique_ptr<state> state_;
};

} // namespace oncepay
