// Small messages whose fields all point to one long text: FlatBuffers finds nothing wrong with them, and copying what
// they say would take hundreds of megabytes.
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "schema/packing.hpp"
#include "schema/stream.hpp"
#include "schema/wire_codec.hpp"

#include <array>
#include <functional>

#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

using namespace oncepay;

namespace {

using builder = flatbuffers::FlatBufferBuilder;
using table = flatbuffers::Offset<flatbuffers::Table>;

// Fields by their place in a table: 4 + 2 * id.
constexpr flatbuffers::voffset_t field(int id) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * id);
}

auto shared_texts(builder& b, size_t count, size_t length) {
  return b.CreateVector(std::vector(count, b.CreateString(std::string(length, 'x'))));
}

/// A channel's terms with nothing but a name and that list of methods.
table terms_sharing(builder& b, size_t count, size_t length) {
  auto methods = shared_texts(b, count, length);
  auto channel = b.CreateString("alpha");
  auto start = b.StartTable();
  b.AddOffset(field(0), channel);
  b.AddOffset(field(2), methods);
  return b.EndTable(start);
}

table holding(builder& b, int id, table inner) {
  auto start = b.StartTable();
  b.AddOffset(field(id), inner);
  return b.EndTable(start);
}

/// A command's or a reply's frame: request id, and the union whose value is field `body_id`.
std::vector<std::byte> frame_of(builder& b, const char* identifier, int body_id, uint8_t type, table body) {
  auto start = b.StartTable();
  b.AddElement<uint64_t>(field(0), 77, 0);
  b.AddOffset(field(body_id), body);
  b.AddElement<uint8_t>(field(body_id - 1), type, 0);
  b.FinishSizePrefixed(table(b.EndTable(start)), identifier);
  auto* bytes = reinterpret_cast<const std::byte*>(b.GetBufferPointer());
  return {bytes, bytes + b.GetSize()};
}

} // namespace

TEST_CASE("a command of 60 kB that would unfold to 200 MB is refused by its field, and the connection stays") {
  builder b;
  constexpr uint8_t open_channel = 3;
  auto frame = frame_of(b, "ONCQ", 3, open_channel, holding(b, 0, terms_sharing(b, 8'000, 28'000)));
  REQUIRE(frame.size() < limits::frame_bytes_max);
  auto result = decode_command(frame);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == errc::invalid_field);
  CHECK(result.error().text == "terms: larger than a frame once every text is written out");
  CHECK(result.error().request_id == 77);
}

TEST_CASE("a reply of 600 kB that would unfold to 20 GB is malformed") {
  builder b;
  constexpr uint8_t order_view_type = 1;
  auto lines = shared_texts(b, 70'000, 300'000);
  auto start = b.StartTable();
  b.AddOffset(field(9), lines);
  auto frame = frame_of(b, "ONCR", 6, order_view_type, b.EndTable(start));
  REQUIRE(frame.size() < limits::reply_bytes_max);
  auto result = decode_reply(frame);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().text == "the reply holds more than a reply may, once every text is written out");
}

namespace {

struct typed {
  uint8_t type;
  table content;
};

/// A record of channel alpha's first decision.
std::vector<std::byte> record_of(builder& b, typed input, const std::vector<typed>& events) {
  std::vector<uint8_t> types;
  std::vector<table> contents;
  for (const typed& e : events) {
    types.push_back(e.type);
    contents.push_back(e.content);
  }
  const auto event_types = b.CreateVector(types);
  const auto event_contents = b.CreateVector(contents);
  const std::string name = stream_name::of_channel(channel_id::parse("alpha").value()).bytes();
  auto stream = b.CreateVector(reinterpret_cast<const uint8_t*>(name.data()), name.size());
  auto start = b.StartTable();
  b.AddOffset(field(1), stream);
  b.AddElement<uint32_t>(field(2), 1, 0);
  b.AddOffset(field(6), input.content);
  b.AddElement<uint8_t>(field(5), input.type, 0);
  b.AddOffset(field(8), event_contents);
  b.AddOffset(field(7), event_types);
  b.Finish(table(b.EndTable(start)), "ONCL");
  auto stored = pack({reinterpret_cast<const std::byte*>(b.GetBufferPointer()), b.GetSize()});
  REQUIRE(stored.size() < limits::decision_bytes_max);
  return stored;
}

} // namespace

TEST_CASE("a stored decision that would unfold to 270 MB is damaged") {
  builder b;
  constexpr uint8_t channel_input_type = 4;
  auto terms = holding(b, 0, terms_sharing(b, 9'000, 30'000));
  auto stored = record_of(b, {channel_input_type, terms}, {});
  auto result = decode_decision(stored);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error() == "the stored decision unfolds to more than any decision holds");
}

TEST_CASE("a stored decision whose postings would unfold to 60 MB is damaged, whether its input is read or not") {
  builder b;
  constexpr uint8_t switch_input_type = 5;
  constexpr uint8_t order_paid_type = 7;
  struct line {
    int64_t amount_minor = 1;
    uint16_t currency = 156;
    uint16_t owner = 0;
    uint8_t account = 1;
    std::array<uint8_t, 3> padding{};
  };
  auto owners = shared_texts(b, 1, 30'000);
  auto lines = b.CreateVectorOfStructs(std::vector<line>(2'000));
  auto start = b.StartTable();
  b.AddOffset(field(0), owners);
  b.AddOffset(field(1), lines);
  auto paid = holding(b, 0, table(b.EndTable(start)));
  auto input = table(b.EndTable(b.StartTable()));
  auto stored = record_of(b, {switch_input_type, input}, {{order_paid_type, paid}});
  auto outcome = decode_outcome(stored);
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error() == "the stored decision unfolds to more than any decision holds");
  auto whole = decode_decision(stored);
  REQUIRE_FALSE(whole.has_value());
  CHECK(whole.error() == outcome.error());
}
