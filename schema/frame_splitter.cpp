#include "schema/frame_splitter.hpp"

#include "schema/wire_codec.hpp"

#include <cstring>

namespace oncepay {

void frame_splitter::feed(bytes_view bytes) {
  if (begin_ > 0) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

tl::expected<std::optional<bytes_view>, errc> frame_splitter::next() {
  constexpr size_t prefix = 4;
  const size_t have = buffer_.size() - begin_;
  if (have < prefix)
    return std::nullopt;
  auto length = body_length({buffer_.data() + begin_, prefix});
  if (!length)
    return tl::unexpected(length.error());
  const size_t whole = prefix + *length;
  if (have < whole)
    return std::nullopt;
  aligned_.resize((whole + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  std::memcpy(aligned_.data(), buffer_.data() + begin_, whole);
  begin_ += whole;
  return bytes_view{reinterpret_cast<const std::byte*>(aligned_.data()), whole};
}

} // namespace oncepay
