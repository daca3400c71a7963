#include "store/name_filter.hpp"

#include <cstring>

namespace oncepay {

namespace {

constexpr uint64_t block_bits = sizeof(name_filter::block) * 8;
constexpr size_t check_bytes = sizeof(uint64_t);

/// Of the Parquet format's filter: odd, so that each word takes another five bits of the key.
constexpr name_filter::block salts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                      0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

} // namespace

name_filter::probe name_filter::probe_of(uint64_t key) {
  // Knuth's multiplicative hashing: a key may have its bits anywhere.
  const uint64_t spread = key * 0x9e3779b97f4a7c15U;
  probe p;
  p.place = static_cast<uint32_t>(spread >> 32U);
  const auto low = static_cast<uint32_t>((spread ^ (spread >> 29U)) & UINT32_MAX);
  for (size_t i = 0; i < p.bits.size(); ++i)
    p.bits[i] = 1U << ((low * salts[i]) >> 27U);
  return p;
}

name_filter::name_filter(std::span<const uint64_t> keys)
    : blocks_((keys.size() * bits_per_key + block_bits - 1) / block_bits + 1) {
  for (uint64_t key : keys) {
    const probe p = probe_of(key);
    block& b = blocks_[block_of(p)];
    for (size_t i = 0; i < b.size(); ++i)
      b[i] |= p.bits[i];
  }
}

bool name_filter::may_hold(const probe& p) const {
  const block& b = blocks_[block_of(p)];
  uint32_t missing = 0;
  for (size_t i = 0; i < b.size(); ++i)
    missing |= p.bits[i] & ~b[i];
  return missing == 0;
}

std::string name_filter::to_bytes() const {
  const bytes_view bits = std::as_bytes(std::span(blocks_));
  const uint64_t check = name_hash(as_text(bits));
  std::string bytes(check_bytes + bits.size(), '\0');
  std::memcpy(bytes.data(), &check, check_bytes);
  std::memcpy(bytes.data() + check_bytes, bits.data(), bits.size());
  return bytes;
}

std::optional<name_filter> name_filter::from_bytes(bytes_view bytes) {
  if (bytes.size() < check_bytes + sizeof(block) || (bytes.size() - check_bytes) % sizeof(block) != 0)
    return std::nullopt;
  uint64_t check = 0;
  std::memcpy(&check, bytes.data(), check_bytes);
  const bytes_view bits = bytes.subspan(check_bytes);
  // A bit that was lost would say that an order isn't there, and have it paid twice.
  if (name_hash(as_text(bits)) != check)
    return std::nullopt;
  name_filter filter;
  filter.blocks_.resize(bits.size() / sizeof(block));
  std::memcpy(filter.blocks_.data(), bits.data(), bits.size());
  return filter;
}

} // namespace oncepay
