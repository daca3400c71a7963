// The hashes and text encodings everything above shares: BLAKE2b of libsodium, Crockford's base 32.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace oncepay {

using bytes_view = std::span<const std::byte>;

inline bytes_view as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(bytes_view bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

using hash128 = std::array<std::byte, 16>;
using hash256 = std::array<std::byte, 32>;

/// BLAKE2b over the parts, each preceded by its length, so that ("ab","c") and ("a","bc") differ.
hash128 hash_parts_128(std::initializer_list<std::string_view> parts);

/// The next chain head: BLAKE2b-256 over (previous head, position as 8 little-endian bytes, stored bytes).
hash256 chain_step(const hash256& head, uint64_t position, bytes_view stored);

/// 64-bit hash of a stream's name, for indexes; collisions are resolved by comparing the full name.
uint64_t name_hash(std::string_view name);

/// Crockford's base 32 in lower case: 26 characters for 16 bytes.
std::string base32(const hash128&);

/// The 16 bytes behind 26 such characters; all zero where the text isn't one.
hash128 from_base32(std::string_view);

/// Lower-case hexadecimal.
std::string hex(bytes_view);

} // namespace oncepay
