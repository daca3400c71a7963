#include "schema/hash.hpp"

namespace oncepay {

namespace {

constexpr std::string_view digits32 = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t text_length = 26;

constexpr std::array<uint8_t, 256> make_values() {
  std::array<uint8_t, 256> values{};
  values.fill(0xff);
  for (size_t i = 0; i < digits32.size(); ++i)
    values[static_cast<uint8_t>(digits32[i])] = static_cast<uint8_t>(i);
  return values;
}
constexpr auto values32 = make_values();

} // namespace

// 128 bits are read as one big-endian number and written in 130: the first character holds the upper three bits, so it
// is at most '7'. That makes the text of a hash unique.

std::string base32(const hash128& hash) {
  std::string text(text_length, '0');
  unsigned pending = 0;
  int bits = 0;
  size_t at = text_length;
  for (size_t i = hash.size(); i-- > 0;) {
    pending |= std::to_integer<unsigned>(hash[i]) << bits;
    for (bits += 8; bits >= 5; bits -= 5) {
      text[--at] = digits32[pending & 31];
      pending >>= 5;
    }
  }
  text[--at] = digits32[pending & 31];
  return text;
}

hash128 from_base32(std::string_view text) {
  hash128 hash{};
  if (text.size() != text_length || text[0] > '7')
    return hash;
  unsigned pending = 0;
  int bits = 0;
  size_t at = hash.size();
  for (size_t i = text.size(); i-- > 0;) {
    unsigned value = values32[static_cast<uint8_t>(text[i])];
    if (value > 31)
      return hash128{};
    pending |= value << bits;
    bits += 5;
    if (bits >= 8 && at > 0) {
      hash[--at] = static_cast<std::byte>(pending & 0xff);
      pending >>= 8;
      bits -= 8;
    }
  }
  return hash;
}

std::string hex(bytes_view bytes) {
  static constexpr std::string_view digits16 = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::byte b : bytes) {
    text += digits16[std::to_integer<size_t>(b) >> 4];
    text += digits16[std::to_integer<size_t>(b) & 15];
  }
  return text;
}

} // namespace oncepay
