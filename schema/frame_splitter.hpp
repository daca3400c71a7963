// Cuts a stream of bytes, read in pieces of any size, into frames. Free of sockets and of what frames mean.
#pragma once

#include "schema/error.hpp"
#include "schema/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

class frame_splitter {
public:
  /// Takes what was read. Holds at most one unfinished frame of earlier calls besides.
  void feed(bytes_view);

  /// The next whole frame, prefix included, at an 8-byte aligned address; valid until the next call. Nothing: more
  /// bytes are needed. An error: the length prefix is none; nothing that follows can be trusted.
  tl::expected<std::optional<bytes_view>, errc> next();

  /// True where a frame has begun and isn't whole.
  bool in_mid_frame() const { return begin_ < buffer_.size(); }

private:
  std::nullopt_t wait_for_more();

  std::vector<std::byte> buffer_;
  size_t begin_ = 0;
  std::vector<uint64_t> aligned_; ///< FlatBuffers reads numbers where they lie; frames begin anywhere.
};

} // namespace oncepay
