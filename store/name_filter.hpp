// Says of most names that aren't among many that they aren't, with one look at one line of the cache. Internal to this
// floor.
//
// A split block Bloom filter (as in the Parquet format): a name's key chooses a block of eight words and one bit in
// each. With `bits_per_key` bits for each of the names it was made for, it errs for some four in a thousand of all
// others, and never says no of one it holds.
#pragma once

#include "schema/hash.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace oncepay {

class name_filter {
public:
  static constexpr uint64_t bits_per_key = 12;

  /// Keys are parts of hashes: spread evenly, of any width.
  explicit name_filter(std::span<const uint64_t> keys);

  /// What `to_bytes` gave; nothing where that isn't what this is.
  static std::optional<name_filter> from_bytes(bytes_view);
  std::string to_bytes() const;

  using block = std::array<uint32_t, 8>;
  /// What is looked for, the same in filters of any size.
  struct probe {
    uint32_t place = 0; ///< Within the filter, as a fraction of 2^32.
    block bits{};
  };
  static probe probe_of(uint64_t key);
  bool may_hold(const probe&) const;

private:
  name_filter() = default;
  size_t block_of(const probe& p) const { return (uint64_t{p.place} * blocks_.size()) >> 32U; }

  std::vector<block> blocks_; ///< At least one.
};

} // namespace oncepay
