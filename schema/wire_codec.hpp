// Frames to commands and replies, and back. Every byte from outside is hostile until it has passed here: length,
// verifier, identifier, union present and known, required fields, each field's form.
#pragma once

#include "schema/command.hpp"
#include "schema/hash.hpp"
#include "schema/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

/// Why a frame was refused. `request_id` is 0 where it could not be read.
struct frame_error {
  errc code = errc::malformed_frame;
  uint64_t request_id = 0;
  std::string text; ///< Names the field at fault.
  /// After a malformed frame nothing that follows on the connection can be trusted; after an invalid field it can.
  bool must_close() const { return code == errc::malformed_frame || code == errc::frame_too_large; }
};

/// A size-prefixed frame, prefix included.
std::vector<std::byte> encode_frame(const command&);
std::vector<std::byte> encode_frame(const reply&);
/// The same, appended to `out` (several replies leave in one write).
void append_frame(std::vector<std::byte>& out, const reply&);

/// `frame` holds exactly one frame, prefix included, at an 8-byte aligned address.
tl::expected<command, frame_error> decode_command(bytes_view frame);
tl::expected<reply, frame_error> decode_reply(bytes_view frame);

/// The body's length from a frame's first four bytes, or the error to answer and close with.
tl::expected<uint32_t, errc> body_length(bytes_view prefix);

/// The first field of the terms that breaks its documented form, as "fee_rate_ppm: above 1000000"; empty: none.
/// Configuration and commands are checked by the same rules.
std::string fault_in(const merchant_terms&);
std::string fault_in(const channel_terms&);

} // namespace oncepay
