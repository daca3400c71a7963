// What a server's bytes may do to a client, with a right length prefix and without.
#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/entry.hpp"

using namespace oncepay;
using fuzz::demand;

namespace {

void decode(bytes_view frame) {
  auto read = decode_reply(frame);
  if (!read) {
    demand(!read.error().text.empty(), "a refusal says what is wrong");
    return;
  }
  auto again = encode_frame(*read);
  demand(again.size() <= frame_prefix_bytes + limits::reply_bytes_max, "what was read can be sent");
  auto reread = decode_reply(again);
  demand(reread.has_value(), "what was read can be read again");
  const bool too_large = reread->code == errc::internal && read->code != errc::internal;
  demand(*reread == *read || too_large, "what was read means the same when it is sent again");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > frame_prefix_bytes + limits::reply_bytes_max)
    return 0;
  const bytes_view bytes{reinterpret_cast<const std::byte*>(data), size};
  decode(bytes);
  std::vector<std::byte> framed(frame_prefix_bytes);
  for (size_t i = 0; i < frame_prefix_bytes; ++i)
    framed[i] = static_cast<std::byte>(size >> (8 * i));
  framed.insert(framed.end(), bytes.begin(), bytes.end());
  decode(framed);
  return 0;
}
