// The envelope of a frame: length, identifier, verifier. Internal to the wire codecs.
#pragma once

#include "schema/flat.hpp"
#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"

#include <string>

namespace oncepay::flat {

struct frame_bounds {
  uint32_t bytes_max;
  uint32_t tables_max;
};

/// The frame, at an address fit for reading, once its size and prefix agree and are within bounds.
tl::expected<bytes_view, frame_error> check_prefix(bytes_view frame, uint32_t bytes_max);

/// The request id of a frame that doesn't verify as a whole; 0 where the path to it doesn't either.
uint64_t salvage_request_id(bytes_view frame, const char* identifier, flatbuffers::voffset_t field);

inline tl::unexpected<frame_error> malformed(std::string text, uint64_t request_id = 0) {
  return tl::unexpected(frame_error{errc::malformed_frame, request_id, std::move(text)});
}

/// Verifies everything that a buffer's structure can be verified for: the root table, or the error, with the request
/// id where that much could still be read safely. `request_id_field` is its place in the root table.
template <class Root>
tl::expected<const Root*, frame_error> open_frame(bytes_view frame, const char* identifier, frame_bounds bounds,
                                                  flatbuffers::voffset_t request_id_field) {
  auto checked = check_prefix(frame, bounds.bytes_max);
  if (!checked)
    return tl::unexpected(std::move(checked.error()));
  if (!flatbuffers::BufferHasIdentifier(checked->data(), identifier, true))
    return malformed(std::string("the frame's file identifier isn't ").append(identifier));
  auto v = verifier(*checked, limits::verifier_depth_max, bounds.tables_max);
  if (!v.VerifySizePrefixedBuffer<Root>(identifier))
    return malformed("the frame doesn't verify, or lacks a required field",
                     salvage_request_id(*checked, identifier, request_id_field));
  return flatbuffers::GetSizePrefixedRoot<Root>(checked->data());
}

} // namespace oncepay::flat
