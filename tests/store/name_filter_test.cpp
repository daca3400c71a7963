// The filter that stands before a full generation of names: what it holds is always found, what it doesn't hold rarely.
#include "store/name_filter.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace oncepay::test {

namespace {

/// The part of a hash that the index keeps.
uint64_t key(uint64_t i) {
  return name_hash("order " + std::to_string(i)) >> 24U;
}

std::vector<uint64_t> keys(uint64_t count) {
  std::vector<uint64_t> result;
  for (uint64_t i = 0; i < count; ++i)
    result.push_back(key(i));
  return result;
}

uint64_t wrongly_held(const name_filter& filter, uint64_t not_below, uint64_t count) {
  uint64_t held = 0;
  for (uint64_t i = not_below; i < not_below + count; ++i)
    held += filter.may_hold(name_filter::probe_of(key(i))) ? 1 : 0;
  return held;
}

} // namespace

TEST_CASE("a filter never says no of a name it holds: that order would be paid again") {
  CHECK(rc::check("any keys, however alike", [](const std::vector<uint64_t>& any) {
    const name_filter filter(any);
    const auto again = name_filter::from_bytes(as_bytes(filter.to_bytes()));
    RC_ASSERT(again.has_value());
    for (uint64_t k : any) {
      RC_ASSERT(filter.may_hold(name_filter::probe_of(k)));
      RC_ASSERT(again->may_hold(name_filter::probe_of(k)));
    }
  }));
  const std::vector<uint64_t> many = keys(100'000);
  const name_filter filter(many);
  CHECK(std::all_of(many.begin(), many.end(), [&](uint64_t k) { return filter.may_hold(name_filter::probe_of(k)); }));
}

TEST_CASE("a filter is wrong about fewer than one in a hundred names that it doesn't hold") {
  for (uint64_t count : {1'000, 100'000}) {
    CAPTURE(count);
    CHECK(wrongly_held(name_filter(keys(count)), count, 50'000) < 500);
  }
}

TEST_CASE("a filter of nothing holds nothing") {
  CHECK(wrongly_held(name_filter(keys(0)), 0, 1'000) == 0);
}

TEST_CASE("a filter that isn't whole isn't believed") {
  const std::string bytes = name_filter(keys(100)).to_bytes();
  REQUIRE(name_filter::from_bytes(as_bytes(bytes)));
  CHECK_FALSE(name_filter::from_bytes({}));
  CHECK_FALSE(name_filter::from_bytes(as_bytes(bytes.substr(0, 8))));
  CHECK_FALSE(name_filter::from_bytes(as_bytes(bytes.substr(0, bytes.size() - 1))));
  CHECK_FALSE(name_filter::from_bytes(as_bytes(bytes.substr(0, bytes.size() - sizeof(name_filter::block)))));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string other = bytes;
    other[i] = static_cast<char>(other[i] ^ 16);
    CAPTURE(i);
    CHECK_FALSE(name_filter::from_bytes(as_bytes(other)));
  }
}

} // namespace oncepay::test
