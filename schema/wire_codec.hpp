// Frames to commands and replies, and back. Every byte from outside is hostile until it has passed here: length,
// verifier, identifier, union present and known, required fields, each field's form.
#pragma once

#include "schema/command.hpp"
#include "schema/hash.hpp"
#include "schema/limits.hpp"
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
/// The same, appended to `out` (several replies leave in one write). A reply above `limits::reply_bytes_max` could be
/// read by no client: it leaves as `internal` instead, with the same request id and position.
void append_frame(std::vector<std::byte>& out, const reply&);

/// `frame` holds exactly one frame, prefix included; at an 8-byte aligned address it is read in place, else copied.
tl::expected<command, frame_error> decode_command(bytes_view frame);
tl::expected<reply, frame_error> decode_reply(bytes_view frame);

inline constexpr size_t frame_prefix_bytes = 4;

/// The body's length from a frame's first four bytes, or the error to answer and close with. A server reads commands
/// and keeps to `limits::frame_bytes_max`; a client reads replies, up to `limits::reply_bytes_max`.
tl::expected<uint32_t, errc> body_length(bytes_view prefix, uint32_t bytes_max = limits::frame_bytes_max);

/// The first field of the terms that breaks its documented form, as "fee_rate_ppm: above 1000000"; empty: none.
/// Configuration and commands are checked by the same rules.
std::string fault_in(const merchant_terms&);
std::string fault_in(const channel_terms&);

} // namespace oncepay
