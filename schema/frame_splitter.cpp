#include "schema/frame_splitter.hpp"

#include "schema/wire_codec.hpp"

#include <cstring>

namespace oncepay {

namespace {

/// What a connection between frames keeps of the buffers that its largest frame needed: the two thousand idle ones that
/// a server lets in would else hold 250 MiB for good.
constexpr size_t kept_bytes_max = 16 * 1024;

} // namespace

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
    return wait_for_more();
  auto length = body_length({buffer_.data() + begin_, prefix});
  if (!length)
    return tl::unexpected(length.error());
  const size_t whole = prefix + *length;
  if (have < whole)
    return wait_for_more();
  aligned_.resize((whole + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  std::memcpy(aligned_.data(), buffer_.data() + begin_, whole);
  begin_ += whole;
  return bytes_view{reinterpret_cast<const std::byte*>(aligned_.data()), whole};
}

std::nullopt_t frame_splitter::wait_for_more() {
  if (aligned_.capacity() * sizeof(uint64_t) > kept_bytes_max)
    std::vector<uint64_t>().swap(aligned_);
  if (const size_t rest = buffer_.size() - begin_; rest <= kept_bytes_max && buffer_.capacity() > kept_bytes_max) {
    std::vector<std::byte>(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.end()).swap(buffer_);
    begin_ = 0;
  }
  return std::nullopt;
}

} // namespace oncepay
