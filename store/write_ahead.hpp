// Makes commits durable, one sync each, and hands them on to LMDB many at once, on a thread of its own. Internal to
// this floor.
#pragma once

#include "store/lmdb_records.hpp"
#include "store/pending_commits.hpp"
#include "store/write_ahead_file.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

namespace oncepay {

namespace limits {

/// Room for what is durable and not in LMDB yet: two seconds of payments at full speed. Also what a reader of another
/// process has in memory at most, and what a start reads at most.
inline constexpr uint64_t write_ahead_bytes_default = uint64_t{32} << 20;
/// LMDB is handed what there is once a quarter is full, or so long after the first commit: payments then share its two
/// syncs by the thousand, and the next commit's sync doesn't wait for more than a megabyte of LMDB's.
inline constexpr int64_t write_ahead_delay_ms = 100;

} // namespace limits

class write_ahead {
public:
  /// Told once, on the thread that found it: LMDB didn't take what is durable here.
  using failed_function = std::function<void(const commit_failure&)>;

  /// `file` belongs to `opening`, which LMDB names. Both outlive this.
  write_ahead(lmdb_records& lmdb, pending_commits& pending, std::unique_ptr<write_ahead_file> file,
              const opening_id& opening, failed_function failed);
  /// All commits are in LMDB then, unless it failed.
  ~write_ahead();
  write_ahead(const write_ahead&) = delete;
  write_ahead& operator=(const write_ahead&) = delete;

  /// Durable once this returns. Waits where the file is full of what LMDB doesn't have yet. One thread at a time.
  tl::expected<void, commit_failure> append(std::span<const append_entry>, const log_head& head);
  /// Waits until LMDB has all of it.
  tl::expected<void, commit_failure> flush();

private:
  tl::expected<void, commit_failure> append_to_file(frame_ptr);
  tl::expected<void, commit_failure> append_to_lmdb(frame_ptr);
  /// Waits until LMDB has everything or failed.
  void await_hand_on(std::unique_lock<std::mutex>&);
  /// Nothing is appended any more. LMDB is given what is durable, so that nobody needs a disk that failed for it.
  tl::unexpected<commit_failure> fail_at_file(commit_failure);
  void hand_on_in_turn();
  /// Everything pending; false where LMDB failed.
  bool hand_on(std::unique_lock<std::mutex>&);

  lmdb_records& lmdb_;
  pending_commits& pending_;
  const std::unique_ptr<write_ahead_file> file_;
  const opening_id opening_;
  const failed_function failed_function_;

  std::mutex mutex_; ///< Guards what follows, and the file's places.
  std::condition_variable work_;
  std::condition_variable handed_on_;
  uint64_t pending_bytes_ = 0;
  bool is_awaited_ = false;
  bool stops_ = false;
  std::optional<commit_failure> failure_;

  std::thread thread_;
};

} // namespace oncepay
