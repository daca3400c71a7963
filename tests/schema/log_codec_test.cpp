#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "schema/packing.hpp"
#include "tests/support/generators.hpp"
#include "tests/support/typical_payment.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

decision_header header_of(const decision& d) {
  return {d.stream, d.version, d.at, d.due_before, d.due};
}

} // namespace

TEST_CASE("a decision that was stored is the decision that was made") {
  CHECK(rc::check("decode after encode", [] {
    decision d = *generate::any_decision();
    auto stored = encode(d);
    auto back = decode_decision(stored);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == d);
    auto header = decode_header(stored);
    RC_ASSERT(header.has_value());
    RC_ASSERT(*header == header_of(d));
  }));
}

TEST_CASE("equal decisions are stored as equal bytes, or one seed would give two log hashes") {
  CHECK(rc::check("encode twice, and after a round trip", [] {
    decision d = *generate::any_decision();
    auto first = encode(d);
    encode(*generate::any_decision()); // whatever the builder held before
    RC_ASSERT(encode(d) == first);
    RC_ASSERT(encode(decode_decision(first).value()) == first);
  }));
}

TEST_CASE("records are read at any alignment") {
  auto stored = encode(typical::opening());
  for (size_t offset = 0; offset < 8; ++offset) {
    std::vector<std::byte> shifted(offset);
    shifted.insert(shifted.end(), stored.begin(), stored.end());
    bytes_view view{shifted.data() + offset, stored.size()};
    CHECK(decode_decision(view).value() == typical::opening());
    CHECK(decode_header(view).value() == header_of(typical::opening()));
  }
}

TEST_CASE("the two records of a payment stay small") {
  size_t opening = encode(typical::opening()).size();
  size_t success = encode(typical::success()).size();
  INFO("opening " << opening << ", success " << success);
  CHECK(opening + success < 600);
}

TEST_CASE("a record cut at any length is told, never read") {
  auto stored = encode(typical::opening());
  for (size_t length = 0; length < stored.size(); ++length) {
    CHECK_MESSAGE(!decode_decision({stored.data(), length}).has_value(), "cut to " << length);
    // A header may still be read where only what follows it is missing, but it is the right one then.
    auto header = decode_header({stored.data(), length});
    CHECK_MESSAGE((!header || *header == header_of(typical::opening())), "cut to " << length);
  }
}

TEST_CASE("a record with any byte changed crashes nothing") {
  for (const decision& d : {typical::opening(), typical::success()}) {
    auto stored = encode(d);
    size_t refused = 0;
    for (size_t at = 0; at < stored.size(); ++at)
      for (int change : {0x01, 0x80, 0xff}) {
        auto damaged = stored;
        damaged[at] ^= static_cast<std::byte>(change);
        auto back = decode_decision(damaged);
        refused += !back;
        decode_header(damaged);
        // What is read can be written again.
        if (back)
          CHECK(decode_decision(encode(*back)).value() == *back);
      }
    CHECK(refused > stored.size());
  }
}

TEST_CASE("damaged records of any kind are refused or read, within bounds") {
  CHECK(rc::check("a few bytes of the FlatBuffer changed", [] {
    auto stored = encode(*generate::any_decision());
    std::vector<uint64_t> scratch;
    auto plain = unpack(stored, limits::decision_unpacked_bytes_max, scratch);
    std::vector<std::byte> bytes(plain->begin(), plain->end());
    for (int n = *rc::gen::inRange(1, 4); n > 0; --n)
      bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = static_cast<std::byte>(*rc::gen::arbitrary<uint8_t>());
    auto damaged = pack(bytes);
    if (auto back = decode_decision(damaged))
      RC_ASSERT(decode_decision(encode(*back)).has_value());
    decode_header(damaged);
  }));
}

TEST_CASE("what can't be a decision is refused with a sentence") {
  auto message = [](bytes_view bytes) {
    return decode_decision(bytes).error();
  };
  CHECK(message({}).starts_with("the stored decision "));
  CHECK(message(as_bytes("nonsense that is long enough")).starts_with("the stored decision "));
  std::vector<std::byte> large(limits::decision_bytes_max + 1, std::byte{1});
  CHECK(message(large) == "the stored decision is larger than any decision may be");
  CHECK(decode_header(large).error() == "the stored decision is larger than any decision may be");
  decision unversioned = typical::opening();
  unversioned.version = 0;
  CHECK(message(encode(unversioned)) == "the stored decision has version 0");
  decision nameless = typical::opening();
  nameless.stream = {};
  CHECK(message(encode(nameless)) == "the stored decision has no valid stream name");
}

TEST_CASE("a number that no enumeration holds is refused, never read as something else") {
  decision d = typical::success();
  std::get<attempt_input>(d.input).source = static_cast<evidence>(99);
  CHECK_FALSE(decode_decision(encode(d)).has_value());
  d = typical::success();
  std::get<attempt_input>(d.input).outcome = static_cast<reply_class>(0);
  CHECK_FALSE(decode_decision(encode(d)).has_value());
  d = typical::opening();
  std::get<pay_input>(d.input).route.candidates[1].verdict = static_cast<verdict>(200);
  CHECK_FALSE(decode_decision(encode(d)).has_value());
  d = typical::success();
  std::get<order_paid>(d.events[1]).postings[2].account.kind = static_cast<account_kind>(77);
  CHECK_FALSE(decode_decision(encode(d)).has_value());
}

TEST_CASE("the longest names still have a cheap header") {
  decision d = typical::opening();
  d.stream = stream_name::of_order(merchant_id::parse(std::string(32, 'm')).value(),
                                   order_no::parse(std::string(64, 'o')).value());
  d.due_before = d.at;
  CHECK(decode_header(encode(d)).value() == header_of(d));
}
