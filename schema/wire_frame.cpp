#include "schema/wire_frame.hpp"

#include <algorithm>

namespace oncepay {

tl::expected<uint32_t, errc> body_length(bytes_view prefix, uint32_t bytes_max) {
  if (prefix.size() < frame_prefix_bytes)
    return tl::unexpected(errc::malformed_frame);
  uint32_t length = 0;
  for (size_t i = 0; i < frame_prefix_bytes; ++i)
    length |= std::to_integer<uint32_t>(prefix[i]) << (8 * i);
  if (length > bytes_max)
    return tl::unexpected(errc::frame_too_large);
  if (length < limits::frame_bytes_min)
    return tl::unexpected(errc::malformed_frame);
  return length;
}

namespace flat {

tl::expected<bytes_view, frame_error> check_prefix(bytes_view frame, uint32_t bytes_max) {
  auto length = body_length(frame, bytes_max);
  if (!length && length.error() == errc::frame_too_large)
    return tl::unexpected(
        frame_error{errc::frame_too_large, 0, "the length prefix is above " + std::to_string(bytes_max)});
  if (!length)
    return malformed("the frame is too short to hold a message");
  if (*length != frame.size() - frame_prefix_bytes)
    return malformed("the length prefix doesn't match the frame");
  return aligned(frame);
}

uint64_t salvage_request_id(bytes_view frame, const char* identifier, flatbuffers::voffset_t field) {
  // The same steps as the verifier takes towards this field, and no further.
  if (frame.size() < frame_prefix_bytes + limits::frame_bytes_min ||
      !flatbuffers::BufferHasIdentifier(frame.data(), identifier, true))
    return 0;
  auto v = verifier(frame, limits::verifier_depth_max, limits::verifier_tables_max);
  auto root = v.VerifyOffset(frame_prefix_bytes);
  if (root == 0)
    return 0;
  auto* table = reinterpret_cast<const flatbuffers::Table*>(frame.data() + frame_prefix_bytes + root);
  if (!table->VerifyTableStart(v) || !table->VerifyField<uint64_t>(v, field, sizeof(uint64_t)))
    return 0;
  return table->GetField<uint64_t>(field, 0);
}

} // namespace flat

} // namespace oncepay
