#include "schema/hash.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace oncepay;

TEST_CASE("parts are hashed with their lengths, so that cutting elsewhere gives another hash") {
  CHECK(hash_parts_128({"ab", "c"}) != hash_parts_128({"a", "bc"}));
  CHECK(hash_parts_128({"a", ""}) != hash_parts_128({"a"}));
  CHECK(hash_parts_128({}) != hash_parts_128({""}));
  CHECK(hash_parts_128({"ab", "c"}) == hash_parts_128({"ab", "c"}));
}

TEST_CASE("a chain step depends on the head before, the position and every byte") {
  hash256 zero{}, other{};
  other[31] = std::byte{1};
  auto step = chain_step(zero, 1, as_bytes("x"));
  CHECK(step != chain_step(other, 1, as_bytes("x")));
  CHECK(step != chain_step(zero, 2, as_bytes("x")));
  CHECK(step != chain_step(zero, uint64_t{1} << 56, as_bytes("x")));
  CHECK(step != chain_step(zero, 1, as_bytes("y")));
  CHECK(step != chain_step(zero, 1, as_bytes("")));
}

TEST_CASE("hashes in existing logs and indexes stay valid: these values may never change") {
  CHECK(hex(hash_parts_128({"ab", "c"})) == "4826ed043ab3cdec576d8541fa5d5a80");
  CHECK(hex(chain_step(hash256{}, 7, as_bytes("stored"))) ==
        "48813eba0693de04b792e633fc2d7a1ab2dd52eefb14644223998002ceb3de50");
  CHECK(name_hash("order") == 15094874593311729915u);
}

TEST_CASE("hexadecimal is lower case, two digits a byte") {
  CHECK(hex(std::vector{std::byte{0x00}, std::byte{0xaf}, std::byte{0x9}}) == "00af09");
  CHECK(hex({}).empty());
}
