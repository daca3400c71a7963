// The append-only log of decisions: the one truth. Everything else is a fold over it.
//
// Contract, tested over every implementation by tests/store/event_log_contract.cpp:
//  - `append` is atomic and durable: all entries of a batch are in the log once it returns, or none is.
//  - Positions are 1, 2, 3, … without gaps, in the order of the batch.
//  - Each entry names its stream's next version; anything else is `version_mismatch`, and nothing of the batch is
//    written. The caller treats it as a broken rule of its own: there is one author per stream.
//  - What `append` has returned is seen by every later read, indexes included, whether or not it was folded yet.
//  - Chain head after a decision: `chain_step(head before, position, stored bytes)`; before the first it is all zero.
//  - After an append failed with `io` or `full` the log refuses every further append: the page cache can't be trusted.
//  - Reads are thread-safe and concurrent with the one appending thread. Visitors run outside any read transaction and
//    get bytes aligned for FlatBuffers, valid during the call; a visitor returning false ends the read.
#pragma once

#include "schema/hash.hpp"
#include "schema/stream.hpp"
#include "schema/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

enum class store_errc : uint8_t {
  version_mismatch = 1, ///< An entry's version isn't the stream's next.
  io,                   ///< The disk failed; the log is marked and refuses appends.
  full,                 ///< The disk or the reserved map is full.
  too_large,            ///< An entry above `limits::decision_bytes_max`, or an empty batch.
  in_use,               ///< Another process writes this log.
  foreign_format,       ///< Made by another format version, or no log at all.
  foreign_environment,  ///< Made for another environment id.
  marked,               ///< A commit failed earlier; see `store_error::text`.
  missing,              ///< The directory or log doesn't exist, or can't be read or written.
  damaged,              ///< The chain doesn't match, a record doesn't decode, a position is missing.
};

std::string_view name(store_errc);

struct store_error {
  store_errc code = store_errc::io;
  std::string text; ///< One line: what, where, and what to do.
};

template <class T>
using store_result = tl::expected<T, store_error>;

struct append_entry {
  stream_name stream;
  uint32_t version = 0; ///< The stream's version after this decision: 1 opens it.
  instant at;
  instant due_before; ///< The stream's entry in the `open` index until now; none: 0.
  instant due;        ///< From here on.
  std::vector<std::byte> stored;
};

struct log_head {
  uint64_t position = 0; ///< 0: empty.
  hash256 chain{};
  instant at; ///< Time of the last decision.
  bool operator==(const log_head&) const = default;
};

struct due_entry {
  instant due;
  stream_name stream;
  auto operator<=>(const due_entry&) const = default;
};

/// Called with (position, stored bytes); false ends the read.
using decision_visitor = std::function<bool(uint64_t, bytes_view)>;

class event_log {
public:
  virtual ~event_log() = default;

  /// Writes the batch and returns the new head. One thread at a time.
  virtual store_result<log_head> append(std::span<const append_entry> batch) = 0;

  /// The stream's decisions from `from_version` (1 is the first) on, in order.
  virtual store_result<void> read(const stream_name&, uint32_t from_version, const decision_visitor&) const = 0;

  /// At most `max` decisions from `from_position` on, in order.
  virtual store_result<void> read_all(uint64_t from_position, size_t max, const decision_visitor&) const = 0;

  /// The stream's version; 0: it doesn't exist.
  virtual store_result<uint32_t> version_of(const stream_name&) const = 0;

  /// All streams of a kind other than `order`, in the order of their opening.
  virtual store_result<std::vector<stream_name>> streams_of(stream_kind) const = 0;

  /// At most `max` streams due in `(after, until]`, ordered by due time, then name. `after` is the last entry of the
  /// page before.
  virtual store_result<std::vector<due_entry>> due(const due_entry& after, instant until, size_t max) const = 0;

  virtual log_head head() const = 0;

  /// Folds up to `max` decisions into the indexes; returns how many are left unfolded. Any one thread.
  virtual store_result<uint64_t> fold(size_t max) = 0;

  /// Decisions not folded yet.
  virtual uint64_t unfolded() const = 0;
};

} // namespace oncepay
