#include "schema/packing.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace oncepay {

namespace {

static_assert(std::endian::native == std::endian::little, "byte i of a word is its bits 8i to 8i+7");

constexpr size_t word_bytes = 8;
constexpr unsigned tag_zero = 0x00;
constexpr unsigned tag_full = 0xff;
constexpr size_t run_max = 255; // a count is one byte

using byte_places = std::array<std::array<uint8_t, word_bytes>, 256>;

/// For each tag, which byte of the word is the k-th that isn't zero.
constexpr byte_places make_sources() {
  byte_places places{};
  for (unsigned tag = 0; tag < 256; ++tag)
    for (size_t i = 0, k = 0; i < word_bytes; ++i)
      if (tag >> i & 1)
        places[tag][k++] = static_cast<uint8_t>(i);
  return places;
}
constexpr byte_places sources = make_sources();

/// For each tag and byte of the word, its place behind the tag counted from 1; 0 where the byte is zero.
constexpr byte_places make_places() {
  byte_places places{};
  for (unsigned tag = 0; tag < 256; ++tag)
    for (size_t i = 0, k = 0; i < word_bytes; ++i)
      if (tag >> i & 1)
        places[tag][i] = static_cast<uint8_t>(++k);
  return places;
}
constexpr byte_places places_behind_tag = make_places();

/// How many bytes a tag counts. A table, because without a flag for newer processors the compiler calls a function.
constexpr std::array<uint8_t, 256> make_counts() {
  std::array<uint8_t, 256> counts{};
  for (unsigned tag = 0; tag < 256; ++tag)
    counts[tag] = static_cast<uint8_t>(std::popcount(tag));
  return counts;
}
constexpr std::array<uint8_t, 256> counts_of = make_counts();

/// The word at `at`, its missing bytes zero.
uint64_t word_at(bytes_view bytes, size_t at) {
  uint64_t word = 0;
  if (bytes.size() - at >= word_bytes) [[likely]]
    std::memcpy(&word, bytes.data() + at, word_bytes);
  else
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
  return word;
}

/// Bit i: byte i isn't zero. Adding 0x7f to a byte's lower seven bits carries into its eighth unless they are all zero;
/// the multiplication gathers the eighth bits.
unsigned tag_of(uint64_t word) {
  constexpr uint64_t low_bits = 0x7f7f'7f7f'7f7f'7f7f;
  uint64_t nonzero = (((word & low_bits) + low_bits) | word) & ~low_bits;
  return static_cast<unsigned>(((nonzero >> 7) * 0x0102'0408'1020'4080) >> 56);
}

/// How many words from `at` on have this tag, at most `run_max`.
size_t run_length(bytes_view bytes, size_t at, unsigned tag) {
  size_t n = 0;
  while (n < run_max && at + n * word_bytes < bytes.size() && tag_of(word_at(bytes, at + n * word_bytes)) == tag)
    ++n;
  return n;
}

/// Words that grow as needed and never shrink, so that a thread's next record finds them there.
class word_buffer {
public:
  explicit word_buffer(std::vector<uint64_t>& words) : words_(words) {}

  size_t size() const { return size_; }
  /// Room for `n` more, at least.
  uint64_t* extend(size_t n) {
    if (words_.size() < size_ + n)
      words_.resize(std::max(2 * words_.size(), size_ + n));
    size_ += n;
    return words_.data() + size_ - n;
  }
  bytes_view view() const { return {reinterpret_cast<const std::byte*>(words_.data()), size_ * word_bytes}; }

private:
  std::vector<uint64_t>& words_;
  size_t size_ = 0;
};

/// Writes the word behind a tag. Every byte is looked up, absent ones at place 0, which holds zero: a loop as long as
/// the tag counts would mispredict its end for every other word.
void spread(unsigned tag, const std::byte* from, size_t left, uint64_t* word) {
  std::array<std::byte, 1 + word_bytes> source{};
  if (left >= word_bytes) [[likely]]
    std::memcpy(source.data() + 1, from, word_bytes);
  else
    std::copy_n(from, left, source.data() + 1);
  auto* bytes = reinterpret_cast<std::byte*>(word);
#pragma GCC unroll 8
  for (size_t i = 0; i < word_bytes; ++i)
    bytes[i] = source[places_behind_tag[tag][i]];
}

} // namespace

std::vector<std::byte> pack(bytes_view bytes) {
  // A word takes at most ten bytes: tag, itself, count.
  const size_t words = (bytes.size() + word_bytes - 1) / word_bytes;
  std::vector<std::byte> out(words * (word_bytes + 2));
  std::byte* to = out.data();
  for (size_t at = 0; at < bytes.size();) {
    uint64_t word = word_at(bytes, at);
    unsigned tag = tag_of(word);
    at += word_bytes;
    *to++ = static_cast<std::byte>(tag);
    // All eight places are written and as many kept as the tag counts, for the same reason as in `spread`.
    auto* source = reinterpret_cast<const std::byte*>(&word);
#pragma GCC unroll 8
    for (size_t k = 0; k < word_bytes; ++k)
      to[k] = source[sources[tag][k]];
    to += counts_of[tag];
    if (tag != tag_zero && tag != tag_full)
      continue;
    size_t run = run_length(bytes, at, tag);
    *to++ = static_cast<std::byte>(run);
    if (tag == tag_full) {
      std::memcpy(to, bytes.data() + at, run * word_bytes);
      to += run * word_bytes;
    }
    at += run * word_bytes;
  }
  out.resize(static_cast<size_t>(to - out.data()));
  return out;
}

std::optional<bytes_view> unpack(bytes_view packed, size_t bytes_max, std::vector<uint64_t>& scratch,
                                 size_t bytes_wanted) {
  word_buffer out(scratch);
  const size_t words_max = bytes_max / word_bytes;
  const std::byte* from = packed.data();
  const std::byte* const end = from + packed.size();
  auto left = [&] {
    return static_cast<size_t>(end - from);
  };
  while (from != end && out.size() * word_bytes < bytes_wanted) {
    auto tag = std::to_integer<unsigned>(*from++);
    const size_t count = counts_of[tag];
    if (out.size() == words_max || count > left())
      return std::nullopt;
    spread(tag, from, left(), out.extend(1));
    from += count;
    if (tag != tag_zero && tag != tag_full)
      continue;
    if (from == end)
      return std::nullopt;
    auto run = std::to_integer<size_t>(*from++);
    if (run > words_max - out.size() || (tag == tag_full && run * word_bytes > left()))
      return std::nullopt;
    uint64_t* words = out.extend(run);
    if (tag == tag_full) {
      std::memcpy(words, from, run * word_bytes);
      from += run * word_bytes;
    } else {
      std::fill_n(words, run, 0);
    }
  }
  return out.view();
}

} // namespace oncepay
