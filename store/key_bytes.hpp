// Numbers as sortable key bytes: big-endian, so that their order is the order of the bytes. Internal to this floor.
#pragma once

#include "schema/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace oncepay {

/// Flipped in a signed number, so that what is below zero sorts before what is above.
inline constexpr uint64_t sign_bit = uint64_t{1} << 63;

template <class Int>
void append_big_endian(std::string& out, Int value) {
  for (size_t i = sizeof(Int); i-- > 0;)
    out += static_cast<char>(static_cast<uint8_t>(value >> (8 * i)));
}

/// The bytes begin with it.
template <class Int>
Int read_big_endian(bytes_view bytes) {
  Int value = 0;
  for (size_t i = 0; i < sizeof(Int); ++i)
    value = static_cast<Int>(static_cast<Int>(value << 8) | static_cast<Int>(std::to_integer<uint8_t>(bytes[i])));
  return value;
}

} // namespace oncepay
