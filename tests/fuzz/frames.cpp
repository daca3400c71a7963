// What a connection's bytes may do: anything, except to be read as something else than what they say.
//
// The input is a stream of frames, and besides it is the body of one frame: a change in a body would otherwise be
// hidden behind a length prefix that no longer fits.
#include "schema/frame_splitter.hpp"
#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/entry.hpp"

#include <algorithm>
#include <optional>

using namespace oncepay;
using fuzz::demand;

namespace {

void decode(bytes_view frame) {
  auto read = decode_command(frame);
  if (!read) {
    demand(!read.error().text.empty(), "a refusal says what is wrong");
    return;
  }
  auto again = encode_frame(*read);
  demand(again.size() <= frame_prefix_bytes + limits::frame_bytes_max, "what was read can be sent");
  auto reread = decode_command(again);
  demand(reread.has_value(), "what was read can be read again");
  demand(*reread == *read, "what was read means the same when it is sent again");
}

struct split {
  std::vector<std::vector<std::byte>> frames;
  std::optional<errc> refused;
  bool in_mid_frame = false;
  bool operator==(const split&) const = default;
};

/// The stream as a socket hands it on, in pieces of at most so many bytes.
split split_in_pieces(bytes_view stream, size_t piece_max) {
  frame_splitter splitter;
  split found;
  while (!stream.empty() && !found.refused) {
    const size_t n = std::min(piece_max, stream.size());
    splitter.feed(stream.first(n));
    stream = stream.subspan(n);
    for (;;) {
      auto next = splitter.next();
      if (!next)
        found.refused = next.error();
      if (!next || !*next)
        break;
      demand(reinterpret_cast<uintptr_t>((*next)->data()) % alignof(uint64_t) == 0, "frames lie aligned");
      found.frames.emplace_back((*next)->begin(), (*next)->end());
    }
  }
  found.in_mid_frame = splitter.in_mid_frame();
  return found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > frame_prefix_bytes + limits::frame_bytes_max)
    return 0;
  const bytes_view stream{reinterpret_cast<const std::byte*>(data), size};
  const split whole = split_in_pieces(stream, stream.size());
  // After a refusal what was fed beyond it is no frame of anybody: only what came before must agree.
  const split pieces = split_in_pieces(stream, 1 + size % 61);
  demand(whole.frames == pieces.frames && whole.refused == pieces.refused, "frames don't depend on how bytes arrive");
  demand(whole.refused || whole.in_mid_frame == pieces.in_mid_frame, "nor does whether one is under way");
  for (const auto& frame : whole.frames)
    decode(frame);

  std::vector<std::byte> framed(frame_prefix_bytes);
  for (size_t i = 0; i < frame_prefix_bytes; ++i)
    framed[i] = static_cast<std::byte>(size >> (8 * i));
  framed.insert(framed.end(), stream.begin(), stream.end());
  decode(framed);
  return 0;
}
