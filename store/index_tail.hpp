// The unfolded decisions of the process that writes, in memory: the start rebuilds it from the log. Besides, the newest
// version of streams that were folded lately, so that a payment's second decision needs no look into the index.
// Internal to this floor.
//
// One thread appends, one folds, any read.
#pragma once

#include "store/stream_index.hpp"
#include "store/unfolded_part.hpp"

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

namespace oncepay {

class index_tail final : public unfolded_part {
public:
  using hash_function = uint64_t (*)(std::string_view);

  /// Begins after the index's checkpoint.
  index_tail(uint64_t folded_position, hash_function hash);

  /// A stream as the appending thread knows it.
  struct stream_record {
    stream_name name;
    uint64_t hash = 0;
    // No part of what a record is found by, and so free to change within the table.
    mutable uint64_t number = 0;        ///< 0: not opened yet.
    mutable uint32_t version = 0;       ///< Appended.
    mutable uint32_t version_asked = 0; ///< With what the batch at hand adds.
    mutable uint64_t last_position = 0; ///< 0: nothing since this record was made.
  };

  // --- the appending thread ---

  uint64_t hash_of(const stream_name& name) const { return hash_(name.bytes()); }
  /// Null where neither unfolded nor lately folded.
  const stream_record* find_record(uint64_t hash, const stream_name&);
  /// What the index knows of a stream that has no record.
  const stream_record* add_record(uint64_t hash, const stream_name&, uint64_t number, uint32_t version);
  /// A record that nothing was appended to.
  void drop_record(const stream_record*);

  struct addition {
    const stream_record* stream = nullptr;
    uint32_t version = 0;
    instant due_before;
    instant due;
    hash256 chain{};
  };
  /// Decisions that are on the disk, in order.
  void append(std::span<const addition>);

  // --- the folding thread ---

  /// At most `max` decisions to fold and the checkpoint after them; valid until `forget`.
  std::pair<std::vector<fold_entry>, index_checkpoint> to_fold(size_t max) const;
  /// The index has them now.
  void forget(size_t count);

  // --- any thread ---

  uint64_t size() const { return size_.load(std::memory_order_relaxed); }
  store_result<unfolded_stream> find(const stream_name&, uint32_t from_version) const override;
  store_result<std::vector<std::pair<uint64_t, stream_name>>> opened(stream_kind) const override;
  store_result<std::vector<due_change>> due_changes(const due_entry& after, instant until,
                                                    size_t present_max) const override;

private:
  struct tail_entry {
    const stream_record* stream;
    uint64_t previous; ///< The stream's decision before this one; may be folded. 0: the first of this record.
    instant due_before;
    instant due;
    hash256 chain;
    uint32_t version;
  };
  /// What a record is found by. Records lie in the table's own nodes, which never move: one allocation each.
  struct record_key {
    uint64_t hash;
    std::string_view name;
  };
  struct record_hash {
    using is_transparent = void;
    size_t operator()(const record_key& k) const { return k.hash; }
    size_t operator()(const stream_record& r) const { return r.hash; }
  };
  struct record_equal {
    using is_transparent = void;
    bool operator()(const record_key& a, const stream_record& b) const { return a.name == b.name.bytes(); }
    bool operator()(const stream_record& a, const record_key& b) const { return a.name.bytes() == b.name; }
    bool operator()(const stream_record& a, const stream_record& b) const { return a.name == b.name; }
  };
  void erase(const stream_record&);
  void drop_stale();

  mutable std::shared_mutex mutex_;
  uint64_t first_; ///< Position of the first entry.
  std::deque<tail_entry> entries_;
  std::atomic<uint64_t> size_{0}; ///< Of these: every command asks, and isn't to wait for whoever changes them.
  std::unordered_set<stream_record, record_hash, record_equal> records_;
  /// Folded decisions' records with their positions, oldest first: kept for a while, then dropped.
  std::deque<std::pair<const stream_record*, uint64_t>> folded_;
  hash_function hash_;

  /// What an unfolded decision says about one due entry.
  struct due_statement {
    uint64_t position;
    instant due;
    const stream_record* stream; ///< Valid while the decision is unfolded.
    bool present;
    bool taken; ///< Into `due_`.
  };

  mutable std::mutex due_mutex_;
  /// Of the unfolded decisions, in their order. Hardly any is ever asked for: payments are over, and folded, long
  /// before they would be due.
  mutable std::deque<due_statement> statements_;
  /// The newest of those that were asked for, about each due entry.
  mutable std::map<due_entry, std::pair<uint64_t, bool>> due_;
  mutable std::deque<std::pair<uint64_t, due_entry>> due_order_;
  mutable uint64_t due_next_ = 0; ///< First position that `statements_` doesn't know.
};

} // namespace oncepay
