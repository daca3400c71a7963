// Frames that no client of ours would send. Each gets its code, nothing crashes, and whether the connection may go on
// is decided as documented.
#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"
#include "tests/support/generators.hpp"

#include <cstring>
#include <functional>

#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

using namespace oncepay;

namespace {

using frame = std::vector<std::byte>;

command sound_command() {
  return {77, 0,
          pay_command{merchant_id::parse("m1").value(),
                      order_no::parse("A-7").value(),
                      {14'780, parse_currency("CNY").value()},
                      method_id::parse("card").value(),
                      "13800",
                      {1}}};
}

void set_prefix(frame& f, uint32_t length) {
  for (size_t i = 0; i < frame_prefix_bytes; ++i)
    f[i] = static_cast<std::byte>(length >> (8 * i));
}

errc code_of(const frame& f) {
  auto result = decode_command(f);
  return result ? errc::ok : result.error().code;
}

// Fields by their place in a table: 4 + 2 * id.
constexpr flatbuffers::voffset_t field(int id) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * id);
}

/// A command built without our encoder: any body type, any body or none.
frame raw_command(uint8_t body_type, const std::function<flatbuffers::uoffset_t(flatbuffers::FlatBufferBuilder&)>& body,
                  const char* identifier = "ONCQ") {
  flatbuffers::FlatBufferBuilder b;
  flatbuffers::uoffset_t body_at = body ? body(b) : 0;
  auto start = b.StartTable();
  b.AddElement<uint64_t>(field(0), 77, 0);
  if (body_at != 0)
    b.AddOffset(field(3), flatbuffers::Offset<void>(body_at));
  b.AddElement<uint8_t>(field(2), body_type, 0);
  b.FinishSizePrefixed(flatbuffers::Offset<flatbuffers::Table>(b.EndTable(start)), identifier);
  auto* bytes = reinterpret_cast<const std::byte*>(b.GetBufferPointer());
  return {bytes, bytes + b.GetSize()};
}

flatbuffers::uoffset_t empty_table(flatbuffers::FlatBufferBuilder& b) {
  return b.EndTable(b.StartTable());
}

constexpr uint8_t open_channel_type = 3;

} // namespace

TEST_CASE("a frame cut at any length is malformed and closes the connection") {
  frame whole = encode_frame(sound_command());
  for (size_t length = 0; length < whole.size(); ++length) {
    frame cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    auto result = decode_command(cut);
    REQUIRE_MESSAGE(!result.has_value(), "cut to " << length);
    CHECK(result.error().code == errc::malformed_frame);
    CHECK(result.error().must_close());
    // The same with a prefix that fits the cut.
    if (length < frame_prefix_bytes)
      continue;
    set_prefix(cut, static_cast<uint32_t>(length - frame_prefix_bytes));
    result = decode_command(cut);
    // What a cut takes from the end may be padding alone: then it is the same command, never another one.
    CHECK_MESSAGE((!result || *result == sound_command()), "cut to " << length);
    if (!result)
      CHECK(result.error().must_close());
  }
}

TEST_CASE("a frame with any byte changed crashes nothing and is read only as a command in its documented form") {
  frame whole = encode_frame(sound_command());
  size_t refused = 0;
  for (size_t at = 0; at < whole.size(); ++at)
    for (int change = 1; change < 256; ++change) {
      frame damaged = whole;
      damaged[at] ^= static_cast<std::byte>(change);
      auto result = decode_command(damaged);
      refused += !result;
      if (result)
        CHECK(decode_command(encode_frame(*result)).value() == *result);
    }
  CHECK(refused > whole.size() * 64);
}

TEST_CASE("commands of any kind with bytes changed crash nothing") {
  CHECK(rc::check("a few bytes changed", [] {
    frame f = encode_frame(*generate::any_command());
    for (int n = *rc::gen::inRange(1, 5); n > 0; --n)
      f[*rc::gen::inRange<size_t>(frame_prefix_bytes, f.size())] =
          static_cast<std::byte>(*rc::gen::arbitrary<uint8_t>());
    if (auto result = decode_command(f))
      RC_ASSERT(decode_command(encode_frame(*result)).value() == *result);
  }));
  CHECK(rc::check("replies too", [] {
    frame f = encode_frame(*generate::any_reply());
    for (int n = *rc::gen::inRange(1, 5); n > 0; --n)
      f[*rc::gen::inRange<size_t>(frame_prefix_bytes, f.size())] =
          static_cast<std::byte>(*rc::gen::arbitrary<uint8_t>());
    if (auto result = decode_reply(f))
      RC_ASSERT(decode_reply(encode_frame(*result)).has_value());
  }));
  CHECK(rc::check("bytes of no kind are malformed", [](const std::vector<uint8_t>& octets) {
    frame f(frame_prefix_bytes);
    for (uint8_t o : octets)
      f.push_back(static_cast<std::byte>(o));
    set_prefix(f, static_cast<uint32_t>(octets.size()));
    RC_ASSERT(code_of(f) == errc::malformed_frame);
  }));
}

TEST_CASE("a length prefix that lies is found before anything is read") {
  frame f = encode_frame(sound_command());
  auto length = static_cast<uint32_t>(f.size() - frame_prefix_bytes);
  for (uint32_t lie : {0u, 1u, 7u, length - 1, length + 1, length + 8, limits::frame_bytes_max}) {
    set_prefix(f, lie);
    CHECK_MESSAGE(code_of(f) == errc::malformed_frame, lie);
  }
  for (uint32_t lie : {limits::frame_bytes_max + 1, 0x7fff'ffffu, 0x8000'0000u, 0xffff'ffffu}) {
    set_prefix(f, lie);
    auto result = decode_command(f);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == errc::frame_too_large);
    CHECK(result.error().must_close());
  }
}

TEST_CASE("a body's length is known, or refused, from four bytes") {
  auto length_of = [](uint32_t n) {
    frame f(frame_prefix_bytes);
    set_prefix(f, n);
    return body_length(f);
  };
  CHECK(length_of(limits::frame_bytes_min).value() == limits::frame_bytes_min);
  CHECK(length_of(limits::frame_bytes_max).value() == limits::frame_bytes_max);
  CHECK(length_of(limits::frame_bytes_min - 1).error() == errc::malformed_frame);
  CHECK(length_of(0).error() == errc::malformed_frame);
  CHECK(length_of(limits::frame_bytes_max + 1).error() == errc::frame_too_large);
  CHECK(length_of(0xffff'ffff).error() == errc::frame_too_large);
  CHECK(body_length(frame(3)).error() == errc::malformed_frame);
  frame large(frame_prefix_bytes);
  set_prefix(large, limits::reply_bytes_max);
  CHECK(body_length(large, limits::reply_bytes_max).value() == limits::reply_bytes_max);
}

TEST_CASE("another file's identifier is malformed, a reply sent as a command too") {
  CHECK(code_of(raw_command(1, empty_table, "ONCX")) == errc::malformed_frame);
  CHECK(code_of(encode_frame(reply{77, errc::ok, "", 0, false, {}})) == errc::malformed_frame);
  CHECK(decode_reply(encode_frame(sound_command())).error().code == errc::malformed_frame);
}

TEST_CASE("a command this build doesn't know is told so by its request id, and the connection stays") {
  for (uint8_t type : {uint8_t{22}, uint8_t{200}, uint8_t{255}}) {
    auto result = decode_command(raw_command(type, empty_table));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == errc::unsupported_command);
    CHECK(result.error().request_id == 77);
    CHECK_FALSE(result.error().must_close());
  }
}

TEST_CASE("a command without a body, or without a required field, is malformed but answered by its request id") {
  for (const frame& f : {raw_command(1, nullptr), raw_command(0, empty_table), raw_command(0, nullptr),
                         raw_command(1, empty_table), raw_command(open_channel_type, empty_table)}) {
    auto result = decode_command(f);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == errc::malformed_frame);
    CHECK(result.error().request_id == 77);
    CHECK(result.error().must_close());
  }
}

TEST_CASE("a small frame whose tables are shared thousandfold is refused, not worked through") {
  auto body = [](flatbuffers::FlatBufferBuilder& b) {
    auto code = b.CreateString("A");
    auto start = b.StartTable();
    b.AddOffset(field(0), code);
    flatbuffers::Offset<flatbuffers::Table> failure(b.EndTable(start));
    auto failures = b.CreateVector(std::vector(10'000, failure));
    start = b.StartTable();
    b.AddOffset(field(5), failures);
    flatbuffers::Offset<flatbuffers::Table> bank(b.EndTable(start));
    auto channel = b.CreateString("alpha");
    start = b.StartTable();
    b.AddOffset(field(0), channel);
    b.AddOffset(field(19), bank);
    flatbuffers::Offset<flatbuffers::Table> terms(b.EndTable(start));
    start = b.StartTable();
    b.AddOffset(field(0), terms);
    return b.EndTable(start);
  };
  frame f = raw_command(open_channel_type, body);
  REQUIRE(f.size() < limits::frame_bytes_max);
  CHECK(code_of(f) == errc::malformed_frame);
}

TEST_CASE("a frame is read at any alignment") {
  frame whole = encode_frame(sound_command());
  for (size_t offset = 0; offset < 8; ++offset) {
    frame shifted(offset);
    shifted.insert(shifted.end(), whole.begin(), whole.end());
    CHECK(decode_command({shifted.data() + offset, whole.size()}).value() == sound_command());
  }
}
