// Stored decisions copied out of a read transaction, so that visitors run without one. Internal to this floor.
#pragma once

#include "schema/hash.hpp"
#include "schema/limits.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

namespace oncepay {

class record_page {
public:
  /// Enough for one read; a page holds at least one decision, however large.
  static constexpr size_t bytes_max = 1024 * 1024;

  void clear() {
    words_.clear();
    items_.clear();
  }
  bool is_full() const { return items_.size() >= limits::read_batch_decisions || words_.size() * 8 >= bytes_max; }

  /// Copied to an address aligned for FlatBuffers.
  void add(uint64_t position, bytes_view stored) {
    items_.push_back({position, words_.size(), stored.size()});
    words_.resize(words_.size() + (stored.size() + 7) / 8);
    if (!stored.empty())
      std::memcpy(words_.data() + items_.back().word, stored.data(), stored.size());
  }

  size_t size() const { return items_.size(); }
  uint64_t position(size_t i) const { return items_[i].position; }
  bytes_view stored(size_t i) const {
    return {reinterpret_cast<const std::byte*>(words_.data() + items_[i].word), items_[i].bytes};
  }

private:
  struct item {
    uint64_t position;
    size_t word;
    size_t bytes;
  };
  std::vector<uint64_t> words_;
  std::vector<item> items_;
};

} // namespace oncepay
