#include "schema/hash.hpp"
#include "schema/ids.hpp"
#include "schema/limits.hpp"
#include "tests/support/generators.hpp"

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

std::string repeated(size_t n) {
  return std::string(n, 'a');
}

} // namespace

TEST_CASE("identifiers keep to their documented form") {
  CHECK(merchant_id::parse("m_1-x").value().str() == "m_1-x");
  CHECK(merchant_id::parse(repeated(limits::merchant_id_bytes_max)).has_value());
  for (std::string text : {std::string(), repeated(33), std::string("M1"), std::string("a b"), std::string("a/b"),
                           std::string("a\0b", 3), std::string("ä"), std::string("a.b")})
    CHECK_MESSAGE(merchant_id::parse(text).error() == errc::invalid_field, text);
  CHECK(channel_id::parse(repeated(16)).has_value());
  CHECK_FALSE(channel_id::parse(repeated(17)).has_value());
  CHECK(order_no::parse("A/7:#~!").has_value());
  CHECK(order_no::parse(repeated(64)).has_value());
  for (std::string text : {std::string(), repeated(65), std::string("a b"), std::string("a\n"), std::string("\x7f"),
                           std::string("é"), std::string("a\0", 2)})
    CHECK_MESSAGE(!order_no::parse(text).has_value(), text);
  CHECK(method_id::parse("wechat-code.v2").has_value());
  CHECK_FALSE(method_id::parse(repeated(25)).has_value());
  CHECK_FALSE(method_id::parse("Card").has_value());
}

TEST_CASE("an attempt's id is the same for ever, or a channel would be paid twice after an upgrade") {
  // These texts are what channels have de-duplicated on: they may never change.
  auto id = make_attempt_id("demo", merchant_id::parse("m-15349").value(), order_no::parse("A-7").value(), 1);
  CHECK(id.str() == "0hcyt1cknhxfw03rwxb9wn4c39");
  CHECK(attempt_id::parse(id.str()).value() == id);
}

TEST_CASE("attempts that differ in anything have different ids, or one would pass for the other at the channel") {
  auto make = [](std::string_view environment, std::string_view merchant, std::string_view number, uint32_t attempt) {
    return make_attempt_id(environment, merchant_id::trusted(merchant), order_no::trusted(number), attempt).str();
  };
  auto first = make("env", "m", "o1", 1);
  CHECK(first != make("env2", "m", "o1", 1));
  CHECK(first != make("env", "m2", "o1", 1));
  CHECK(first != make("env", "m", "o2", 1));
  CHECK(first != make("env", "m", "o1", 2));
  // The same letters cut elsewhere.
  CHECK(first != make("env", "mo", "1", 1));
  CHECK(first != make("en", "vm", "o1", 1));
  CHECK(first != make("env", "m", "o", 11));
}

TEST_CASE("base 32 is one text per hash, and reads back") {
  CHECK(base32(hash128{}) == std::string(26, '0'));
  hash128 ones;
  ones.fill(std::byte{0xff});
  CHECK(base32(ones) == "7" + std::string(25, 'z'));
  CHECK(from_base32("7" + std::string(25, 'z')) == ones);
  // More than 128 bits, upper case, letters that aren't digits, wrong lengths.
  for (std::string text : {"8" + std::string(25, '0'), "7" + std::string(25, 'Z'), "7" + std::string(25, 'l'),
                           "7" + std::string(25, 'u'), std::string(25, '1'), std::string(27, '1'), std::string()}) {
    CHECK_MESSAGE(from_base32(text) == hash128{}, text);
    CHECK_MESSAGE(!attempt_id::parse(text).has_value(), text);
  }
  CHECK(rc::check("hash to text and back", [] {
    auto octets = *rc::gen::container<std::vector<uint8_t>>(16, rc::gen::arbitrary<uint8_t>());
    hash128 h;
    for (size_t i = 0; i < h.size(); ++i)
      h[i] = static_cast<std::byte>(octets[i]);
    RC_ASSERT(from_base32(base32(h)) == h);
  }));
}
