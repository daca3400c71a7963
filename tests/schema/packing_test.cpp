#include "schema/packing.hpp"
#include "tests/support/generators.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (int v : values)
    bytes.push_back(static_cast<std::byte>(v));
  return bytes;
}

/// Bytes with as many zeros as FlatBuffers have, in runs as they have them.
std::vector<std::byte> generate_bytes() {
  std::vector<std::byte> bytes;
  for (size_t runs = *rc::gen::inRange<size_t>(0, 12); runs > 0; --runs) {
    bool zeros = *rc::gen::arbitrary<bool>();
    size_t length = *rc::gen::element<size_t>(1, 3, 8, 17, 64, 2100);
    for (size_t i = 0; i < length; ++i)
      bytes.push_back(static_cast<std::byte>(zeros ? 0 : 1 + i % 255));
  }
  return bytes;
}

} // namespace

TEST_CASE("packing leaves zeros out and nothing else") {
  CHECK(pack({}).empty());
  CHECK(pack(bytes_of({8, 0, 0, 0, 3, 0, 2, 0})) == bytes_of({0x51, 8, 3, 2}));
  CHECK(pack(bytes_of({0, 0, 0, 0, 0, 0, 0, 0})) == bytes_of({0, 0}));
  CHECK(pack(bytes_of({1, 2, 3, 4, 5, 6, 7, 8})) == bytes_of({0xff, 1, 2, 3, 4, 5, 6, 7, 8, 0}));
  CHECK(pack(bytes_of({7})) == bytes_of({1, 7}));
}

TEST_CASE("what was packed unpacks to the same bytes and zeros up to a whole word") {
  CHECK(rc::check("unpack after pack", [] {
    auto bytes = generate_bytes();
    std::vector<uint64_t> scratch;
    auto back = unpack(pack(bytes), bytes.size() + 8, scratch);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->size() == (bytes.size() + 7) / 8 * 8);
    RC_ASSERT(std::equal(bytes.begin(), bytes.end(), back->begin()));
    RC_ASSERT(std::all_of(back->begin() + static_cast<std::ptrdiff_t>(bytes.size()), back->end(),
                          [](std::byte b) { return b == std::byte{0}; }));
  }));
  CHECK(rc::check("the front of an unpacking is the unpacking's front", [] {
    auto bytes = generate_bytes();
    size_t wanted = *rc::gen::inRange<size_t>(0, 200);
    std::vector<uint64_t> scratch;
    auto front = unpack(pack(bytes), bytes.size() + 8, scratch, wanted);
    RC_ASSERT(front.has_value());
    RC_ASSERT(front->size() >= std::min(wanted, bytes.size()));
    RC_ASSERT(std::equal(bytes.begin(),
                         bytes.begin() + static_cast<std::ptrdiff_t>(std::min(front->size(), bytes.size())),
                         front->begin()));
  }));
}

TEST_CASE("a scratch that held a longer record leaves no trace in the next") {
  std::vector<uint64_t> scratch;
  REQUIRE(unpack(pack(std::vector(4096, std::byte{0xee})), 4096, scratch));
  auto back = unpack(pack(std::vector(64, std::byte{0})), 64, scratch);
  REQUIRE(back);
  CHECK(back->size() == 64);
  CHECK(std::all_of(back->begin(), back->end(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST_CASE("packed bytes that end too early or unpack too far are refused") {
  std::vector<uint64_t> scratch;
  CHECK_FALSE(unpack(bytes_of({0x03, 1}), 64, scratch));                      // a byte is missing
  CHECK_FALSE(unpack(bytes_of({0x00}), 64, scratch));                         // the count is
  CHECK_FALSE(unpack(bytes_of({0xff, 1, 2, 3, 4, 5, 6, 7, 8}), 64, scratch)); // the same
  CHECK_FALSE(unpack(bytes_of({0xff, 1, 2, 3, 4, 5, 6, 7, 8, 1, 9}), 64, scratch));
  CHECK_FALSE(unpack(bytes_of({0, 8}), 64, scratch)); // nine words
  CHECK(unpack(bytes_of({0, 7}), 64, scratch));       // eight
  std::vector<std::byte> bomb;
  for (int i = 0; i < 30'000; ++i)
    for (int v : {0, 255})
      bomb.push_back(static_cast<std::byte>(v));
  CHECK_FALSE(unpack(bomb, 256 * 1024, scratch));
  CHECK(scratch.capacity() <= 2 * 256 * 1024 / 8);
  CHECK(rc::check("any bytes are refused or unpack within bounds", [](const std::vector<uint8_t>& octets) {
    std::vector<uint64_t> words;
    auto back = unpack(as_bytes({reinterpret_cast<const char*>(octets.data()), octets.size()}), 1024, words);
    RC_ASSERT(!back || back->size() <= 1024);
  }));
}
