// Zero bytes left out. A FlatBuffer is made for reading in place and is half zeros: the upper bytes of numbers,
// vtables, padding. On disk they cost twice, in the commit and in the hash chain. The scheme is Cap'n Proto's packed
// encoding: each 8-byte word becomes a tag byte, whose bit i says that byte i isn't zero, and those bytes; a tag of
// 0x00 is followed by the count of zero words after it, a tag of 0xff by the count of words that follow as they are.
#pragma once

#include "schema/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace oncepay {

/// Deterministic: equal bytes pack to equal bytes. What doesn't fill the last word is filled with zeros.
std::vector<std::byte> pack(bytes_view);

/// What was packed, in whole words, kept in `scratch`, whose memory is reused. Nothing where the bytes are no packing,
/// or would unpack to more than `bytes_max`. Ends early once `bytes_wanted` bytes are there.
std::optional<bytes_view> unpack(bytes_view packed, size_t bytes_max, std::vector<uint64_t>& scratch,
                                 size_t bytes_wanted = SIZE_MAX);

} // namespace oncepay
