// Decisions to stored bytes and back: with wire_codec the only code that touches generated FlatBuffers code.
#pragma once

#include "schema/decision.hpp"
#include "schema/hash.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

/// The format this build reads and writes; another one is refused at opening.
inline constexpr uint32_t log_format_version = 1;

/// A FlatBuffer (log.fbs) with its zero bytes left out (packing.hpp). Deterministic.
std::vector<std::byte> encode(const decision&);

/// The decision, or one sentence saying what is wrong with the bytes. Verifies before reading; `stored` may have any
/// alignment (LMDB's is 2): unpacking copies.
tl::expected<decision, std::string> decode_decision(bytes_view stored);

/// What indexes are folded from, without decoding the rest.
struct decision_header {
  stream_name stream;
  uint32_t version = 0;
  instant at;
  instant due_before;
  instant due;
  bool operator==(const decision_header&) const = default;
};
tl::expected<decision_header, std::string> decode_header(bytes_view stored);

/// What views are folded from: what a decision changed, without the input that led to it.
struct decision_outcome {
  decision_header header;
  std::vector<event> events;
  bool operator==(const decision_outcome&) const = default;
};
/// The outcome, or one sentence saying what is wrong with the bytes; `decode_decision` then says the same. The input is
/// verified with the rest, but never built: views would only throw it away. So an input that verifies and that
/// `decode_decision` can't make sense of, of an unknown kind for example, goes unnoticed here.
tl::expected<decision_outcome, std::string> decode_outcome(bytes_view stored);

} // namespace oncepay
