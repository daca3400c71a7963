// The unfolded decisions of the process that writes, in memory: the start rebuilds it from the log. Besides, the newest
// version of streams that were folded lately, so that a payment's second decision needs no look into the index.
// Internal to this floor.
//
// One thread appends, one folds, any read.
#pragma once

#include "store/stream_index.hpp"
#include "store/unfolded_part.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

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
    uint64_t number = 0;        ///< 0: not opened yet.
    uint32_t version = 0;       ///< Appended.
    uint32_t version_asked = 0; ///< With what the batch at hand adds.
    uint64_t last_position = 0; ///< 0: nothing since this record was made.
  };

  // --- the appending thread ---

  uint64_t hash_of(const stream_name& name) const { return hash_(name.bytes()); }
  /// Null where neither unfolded nor lately folded.
  stream_record* find_record(uint64_t hash, const stream_name&);
  /// What the index knows of a stream that has no record.
  stream_record* add_record(uint64_t hash, const stream_name&, uint64_t number, uint32_t version);
  /// A record that nothing was appended to.
  void drop_record(stream_record*);

  struct addition {
    stream_record* stream = nullptr;
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

  uint64_t size() const;
  store_result<unfolded_stream> find(const stream_name&, uint32_t from_version) const override;
  store_result<std::vector<std::pair<uint64_t, stream_name>>> opened(stream_kind) const override;
  store_result<std::vector<due_change>> due_changes(const due_entry& after, instant until,
                                                    size_t present_max) const override;

private:
  struct tail_entry {
    stream_record* stream;
    uint64_t previous; ///< The stream's decision before this one; may be folded. 0: the first of this record.
    instant due_before;
    instant due;
    hash256 chain;
    uint32_t version;
  };
  struct key {
    uint64_t hash;
    std::string_view name; ///< Into the record.
    bool operator==(const key&) const = default;
  };
  struct key_hash {
    size_t operator()(const key& k) const { return k.hash; }
  };
  void drop_stale();

  mutable std::shared_mutex mutex_;
  uint64_t first_; ///< Position of the first entry.
  std::deque<tail_entry> entries_;
  std::unordered_map<key, std::unique_ptr<stream_record>, key_hash> records_;
  /// Folded decisions' records with their positions, oldest first: kept for a while, then dropped.
  std::deque<std::pair<stream_record*, uint64_t>> folded_;
  hash_function hash_;

  /// The newest statement about each due entry, made when somebody asks: most are gone by then.
  mutable std::mutex due_mutex_;
  mutable std::map<due_entry, std::pair<uint64_t, bool>> due_;
  mutable std::deque<std::pair<uint64_t, due_entry>> due_order_;
  mutable uint64_t due_next_ = 0; ///< First position that `due_` doesn't know.
};

} // namespace oncepay
