// A commit as it stands in the write-ahead file and, until LMDB has it too, in memory. Internal to this floor.
//
//   header        who wrote it, which decisions, the log's head after them, and a hash of all that
//   per decision  its size (4 bytes), its stored bytes
//   zeros         up to a whole number of pages, so that writing the next frame rewrites nothing of this one
//
// In the machine's byte order, like LMDB's own pages.
#pragma once

#include "store/event_log.hpp"
#include "store/record_page.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace oncepay {

/// Drawn at random for each time that a log is opened for writing, and known to nobody else: what a client had written
/// into a decision can't pass for a frame, nor can what is left of earlier openings.
using opening_id = std::array<std::byte, 16>;

/// The write-ahead file that belongs to a log: whose frames count, and how long the file must be.
struct named_ring {
  opening_id opening{};
  uint64_t bytes = 0;
  bool operator==(const named_ring&) const = default;
};

struct frame_header {
  opening_id opening;
  uint64_t first; ///< Position of the first decision.
  uint64_t bytes; ///< Of the decisions with their sizes.
  uint32_t decisions;
  uint32_t unused;
  int64_t at_ns;
  hash256 chain; ///< After the last decision.
  uint64_t check;

  uint64_t last() const { return first + decisions - 1; }
  /// Header, decisions and zeros.
  uint64_t frame_bytes() const;
};
static_assert(sizeof(frame_header) == 88);

class commit_frame {
public:
  static constexpr size_t page_bytes = 4'096;

  /// `head` is the log's after the batch.
  static commit_frame of(const opening_id&, std::span<const append_entry> batch, const log_head& head);
  static uint64_t bytes_for(std::span<const append_entry> batch);

  /// The header at the beginning of a page, where it is one of this opening's.
  static std::optional<frame_header> header_in(bytes_view page, const opening_id&);
  /// The frame, where its decisions lead from the chain head `before` to its own: torn writes and damage don't.
  static std::optional<commit_frame> from(std::vector<std::byte> bytes, const hash256& before);

  uint64_t first() const { return head_.position - offsets_.size() + 1; }
  const log_head& head() const { return head_; }
  size_t size() const { return offsets_.size(); }
  /// Not aligned.
  bytes_view stored(size_t i) const;
  bytes_view bytes() const { return bytes_; }

private:
  commit_frame(std::vector<std::byte> bytes, std::vector<uint32_t> offsets, const log_head& head)
      : bytes_(std::move(bytes)), offsets_(std::move(offsets)), head_(head) {}

  std::vector<std::byte> bytes_;
  std::vector<uint32_t> offsets_; ///< Of each decision's size.
  log_head head_;
};

using frame_ptr = std::shared_ptr<const commit_frame>;

} // namespace oncepay
