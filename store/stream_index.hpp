// The environment DIR/index: where each stream's decisions lie, which streams there are, and which are due when. All of
// it is derived from the log and folded later, in sorted bulk transactions. Internal to this floor.
//
//   streams     (stream number, version), big-endian      -> position
//   names, filters  `store/name_generations.hpp`
//   open        (due time, name)                           -> nothing
//   kinds       (kind, stream number), not for orders      -> name
//   checkpoint  "checkpoint/2", the layout's number        -> position and chain head that all of it was folded up to,
//                                                             and how far the names' generations reach
//
// A stream's number is the position of its first decision.
//
// Commits are synced but for LMDB's meta page (MDB_NOMETASYNC): a power cut may undo the newest fold, never tear it,
// and a start folds again what is missing. MDB_NOSYNC would save a sync per fold, off the payments' path, and could
// leave a torn file that looks whole; a wrong answer to "does this order exist?" pays it twice.
#pragma once

#include "schema/stream.hpp"
#include "store/event_log.hpp"
#include "store/lmdb.hpp"
#include "store/name_generations.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace oncepay {

struct index_checkpoint {
  uint64_t position = 0;
  hash256 chain{};
  name_generations::extent names{}; ///< Of no meaning to who folds: a fold carries it on from the one before.
};
static_assert(sizeof(index_checkpoint) == 48, "it is stored as it lies in memory");

/// One decision, as the index sees it.
struct fold_entry {
  uint64_t position = 0;
  uint64_t number = 0;
  uint32_t version = 0;
  uint64_t name_hash = 0;
  const stream_name* name = nullptr; ///< Alive during the fold.
  instant due_before;
  instant due;
};

/// The index at one moment. Short-lived: it is a read transaction.
class index_snapshot {
public:
  index_checkpoint checkpoint() const { return checkpoint_; }
  /// What is told of the names is what there is: one generation too few would have its orders opened again.
  store_result<bool> names_are_whole() const;
  /// Streams whose name has this hash, and perhaps others.
  store_result<std::vector<uint64_t>> numbers_of(uint64_t name_hash) const;
  /// At most `max` positions of a stream from a version on, in order.
  store_result<std::vector<uint64_t>> positions_of(uint64_t number, uint32_t from_version, size_t max) const;
  /// 0: unknown.
  store_result<uint32_t> version_of(uint64_t number) const;
  store_result<std::vector<std::pair<uint64_t, stream_name>>> streams_of(stream_kind) const;
  /// Due entries in `(after, until]`, in order, until the visitor returns false.
  store_result<void> due(const due_entry& after, instant until, const std::function<bool(due_entry&&)>&) const;
  /// Streams and decisions it holds.
  store_result<std::pair<uint64_t, uint64_t>> counts() const;

private:
  friend class stream_index;
  index_snapshot(lmdb::read_txn txn, const class stream_index& owner) : txn_(std::move(txn)), owner_(&owner) {}
  store_error cannot_read(int rc) const;

  lmdb::read_txn txn_;
  const class stream_index* owner_;
  index_checkpoint checkpoint_;
};

class stream_index {
public:
  /// An index of another layout has another key, and so nothing that was folded.
  static constexpr std::string_view checkpoint_key = "checkpoint/2";
  /// A fold of a second at full speed dirties a part of so many names' 1 700 pages, and a look-up among a hundred
  /// million orders asks 400 filters.
  static constexpr size_t names_per_generation_default = 262'144;

  /// For writing, what can't be read is an error like any other: whoever opens it removes it and makes it again.
  static store_result<std::unique_ptr<stream_index>> open(const lmdb::env_options&,
                                                          size_t names_per_generation = names_per_generation_default);
  /// Removes the files of an index that isn't open.
  static store_result<void> remove(const std::string& directory);

  store_result<index_snapshot> snapshot() const;

  /// Folds decisions that follow the checkpoint's without a gap, in one transaction.
  store_result<void> fold(std::span<const fold_entry>, const index_checkpoint& after);

  lmdb::environment& environment() { return *env_; }

private:
  friend class index_snapshot;
  stream_index(std::unique_ptr<lmdb::environment> env, const std::vector<MDB_dbi>& handles, size_t names_per_generation)
      : env_(std::move(env)), streams_(handles.at(0)), open_(handles.at(1)), kinds_(handles.at(2)),
        checkpoint_(handles.at(3)), names_(handles.at(4), handles.at(5), names_per_generation) {}

  store_result<index_checkpoint> checkpoint_in(MDB_txn*) const;
  int fold_streams(MDB_txn*, std::span<const fold_entry>) const;
  int fold_names(MDB_txn*, std::span<const fold_entry>, name_generations::extent&) const;
  int fold_open(MDB_txn*, std::span<const fold_entry>) const;
  int fold_kinds(MDB_txn*, std::span<const fold_entry>) const;

  std::unique_ptr<lmdb::environment> env_;
  MDB_dbi streams_;
  MDB_dbi open_;
  MDB_dbi kinds_;
  MDB_dbi checkpoint_;
  name_generations names_;
};

} // namespace oncepay
