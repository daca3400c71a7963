// An event log that fails when told to, or by chance from a seed: wraps any other.
//
// Injected: a commit that fails with `io` or `full`, after which the log refuses every append as the contract demands.
// The batch is then lost, or it is on the disk although the caller was told otherwise: after a failed fsync both
// happen, and whoever restarts must live with either. `restart` is the next process opening the same log.
//
// Not injected: torn batches (LMDB's commits are atomic; a log that loses half a batch isn't one), damaged bytes (what
// finds them is tested by damaging a file), failing reads, and delays (the journal's scheduler owns time).
#pragma once

#include "store/event_log.hpp"

#include <atomic>
#include <vector>

namespace oncepay {

/// What became of a batch whose commit was reported as failed.
enum class batch_fate : uint8_t {
  lost,
  written, ///< On the disk after all: the next process finds it, this one never sees it.
};

struct fault_plan {
  uint64_t fail_append_number = 0; ///< Counted from 1 since the last restart; 0: none.
  store_errc code = store_errc::io;
  batch_fate fate = batch_fate::lost;

  /// Besides: each append fails with this chance, its code and fate drawn too. Same seed, same appends, same faults.
  uint64_t seed = 0;
  uint32_t fail_ppm = 0;
};

class faulty_event_log final : public event_log {
public:
  /// `inner` outlives this.
  explicit faulty_event_log(event_log& inner, fault_plan plan = {});

  /// The next process's view of the same disk: appends are taken again. The chance goes on where it was.
  void restart(fault_plan plan);
  /// An append has failed since the last restart.
  bool has_failed() const { return failed_; }
  uint64_t appends() const { return appends_; }

  store_result<log_head> append(std::span<const append_entry> batch) override;
  store_result<void> read(const stream_name&, uint32_t from_version, const decision_visitor&) const override;
  store_result<void> read_all(uint64_t from_position, size_t max, const decision_visitor&) const override;
  store_result<uint32_t> version_of(const stream_name&) const override;
  store_result<std::vector<stream_name>> streams_of(stream_kind) const override;
  store_result<std::vector<due_entry>> due(const due_entry& after, instant until, size_t max) const override;
  log_head head() const override;
  store_result<uint64_t> fold(size_t max) override;
  uint64_t unfolded() const override;

private:
  uint64_t draw();
  store_error fail(store_errc, batch_fate, std::span<const append_entry> batch);

  event_log& inner_;
  fault_plan plan_;
  uint64_t chance_;
  uint64_t appends_ = 0;
  std::vector<append_entry> written_after_all_;
  std::atomic<bool> failed_ = false;
};

} // namespace oncepay
