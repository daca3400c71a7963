// What a decision changed, read without the input that led to it. Views are folded from that and audits from the whole:
// where the two differ, balances are not what the log says.
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "schema/packing.hpp"
#include "tests/schema/golden_values.hpp"
#include "tests/support/generators.hpp"
#include "tests/support/typical_payment.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

decision_outcome outcome_in(const decision& d) {
  return {{d.stream, d.version, d.at, d.due_before, d.due}, d.events};
}

/// Why a record is refused with its input and without, in one sentence for both; empty: its outcome can be read.
/// Another text than a refusal where the two readings disagree.
std::string refusal_of_both(bytes_view stored) {
  const auto outcome = decode_outcome(stored);
  const auto whole = decode_decision(stored);
  if (whole)
    return outcome && *outcome == outcome_in(*whole) ? "" : "the outcome isn't the decision's";
  if (outcome)
    return "";
  return outcome.error() == whole.error() ? whole.error() : "the outcome is refused for something else";
}

constexpr auto refusal_begins = "the stored decision ";

} // namespace

// Encoding them gives the bytes of existing logs: see golden_test.cpp.
TEST_CASE("decisions in existing logs changed the same, whether their input is read or not") {
  for (const auto& all :
       {golden::decisions(), golden::pay_out_decisions(), golden::wallet_decisions(), golden::card_decisions()})
    for (const auto& d : all) {
      CAPTURE(d.name);
      const auto stored = encode(d.value);
      const auto whole = decode_decision(stored);
      const auto outcome = decode_outcome(stored);
      REQUIRE(whole.has_value());
      REQUIRE(outcome.has_value());
      CHECK(*outcome == outcome_in(*whole));
    }
}

TEST_CASE("what a decision changed is what was decided, whatever the input") {
  CHECK(rc::check("decode the outcome after encode", [] {
    const decision d = *generate::any_decision();
    const auto outcome = decode_outcome(encode(d));
    RC_ASSERT(outcome.has_value());
    RC_ASSERT(*outcome == outcome_in(d));
  }));
}

TEST_CASE("Loss prevented: a record that was cut changes balances") {
  for (const decision& d : {typical::opening(), typical::success()}) {
    const auto stored = encode(d);
    for (size_t length = 0; length < stored.size(); ++length)
      CHECK_MESSAGE(refusal_of_both({stored.data(), length}).starts_with(refusal_begins), "cut to " << length);
  }
  CHECK(rc::check("cut anywhere, the outcome is refused where the decision is", [] {
    const auto stored = encode(*generate::any_decision());
    const bytes_view cut{stored.data(), *rc::gen::inRange<size_t>(0, stored.size())};
    RC_ASSERT(decode_outcome(cut).has_value() == decode_decision(cut).has_value());
    const std::string refusal = refusal_of_both(cut);
    RC_ASSERT(refusal.empty() || refusal.starts_with(refusal_begins));
  }));
}

TEST_CASE("a damaged record says the same of what changed, or is refused with the same sentence") {
  for (const decision& d : {typical::opening(), typical::success()}) {
    const auto stored = encode(d);
    for (size_t at = 0; at < stored.size(); ++at)
      for (int change : {0x01, 0x80, 0xff}) {
        auto damaged = stored;
        damaged[at] ^= static_cast<std::byte>(change);
        const std::string refusal = refusal_of_both(damaged);
        CHECK_MESSAGE((refusal.empty() || refusal.starts_with(refusal_begins)), "byte " << at << ": " << refusal);
      }
  }
  CHECK(rc::check("a few bytes of the FlatBuffer changed", [] {
    const auto stored = encode(*generate::any_decision());
    std::vector<uint64_t> scratch;
    const auto plain = unpack(stored, limits::decision_unpacked_bytes_max, scratch);
    std::vector<std::byte> bytes(plain->begin(), plain->end());
    for (int n = *rc::gen::inRange(1, 4); n > 0; --n)
      bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = static_cast<std::byte>(*rc::gen::arbitrary<uint8_t>());
    const std::string refusal = refusal_of_both(pack(bytes));
    RC_ASSERT(refusal.empty() || refusal.starts_with(refusal_begins));
  }));
}

TEST_CASE("what can't be a decision has no outcome") {
  CHECK(refusal_of_both({}).starts_with(refusal_begins));
  CHECK(refusal_of_both(as_bytes("nonsense that is long enough")).starts_with(refusal_begins));
  CHECK(refusal_of_both(std::vector(limits::decision_bytes_max + 1, std::byte{1})) ==
        "the stored decision is larger than any decision may be");
  decision d = typical::opening();
  d.version = 0;
  CHECK(refusal_of_both(encode(d)) == "the stored decision has version 0");
  d = typical::opening();
  d.stream = {};
  CHECK(refusal_of_both(encode(d)) == "the stored decision has no valid stream name");
  d = typical::success();
  std::get<order_paid>(d.events[1]).postings[2].account.kind = static_cast<account_kind>(77);
  CHECK(refusal_of_both(encode(d)) == "the stored decision posts to an account that this build doesn't know");
  d.events = {merchant_to_tell{1, static_cast<told_result>(77), 0}};
  CHECK(refusal_of_both(encode(d)) == "the stored decision names a result that this build doesn't know");
}

TEST_CASE("an input that this build doesn't understand keeps nobody from what was decided") {
  decision d = typical::success();
  std::get<attempt_input>(d.input).source = static_cast<evidence>(99);
  const auto stored = encode(d);
  CHECK_FALSE(decode_decision(stored).has_value());
  CHECK(decode_outcome(stored).value() == outcome_in(d));
}
