#include "schema/mutation.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string_view>

using namespace oncepay;

#ifdef ONCEPAY_MUTATIONS

TEST_CASE("Every rule holds until one is broken, and then that one alone") {
  for (const mutation_name& broken : mutations()) {
    for (const mutation_name& each : mutations())
      CHECK_FALSE(mutated(each.what));
    break_rule(broken.what);
    for (const mutation_name& each : mutations())
      CHECK(mutated(each.what) == (each.what == broken.what));
    break_rule({});
  }
}

TEST_CASE("Every mutation has a name of its own, by which it is found") {
  std::set<std::string_view> names;
  int number = 0;
  for (const mutation_name& each : mutations()) {
    CAPTURE(each.name);
    CHECK(names.insert(each.name).second);
    CHECK(parse_mutation(each.name) == each.what);
    // The list has the enumeration's order, so that one that was forgotten leaves a gap.
    CHECK(static_cast<int>(each.what) == number++);
  }
  CHECK(number > static_cast<int>(mutation::fold_twice));
  CHECK_FALSE(parse_mutation("").has_value());
  CHECK_FALSE(parse_mutation("reroute_after_timeout").has_value());
}

#else

TEST_CASE("Loss prevented: what ships has no switch that breaks a rule") {
  // A constant: the compiler leaves nothing of what depends on it.
  static_assert(!mutated(mutation::reroute_after_timeout));
  static_assert(!mutated(mutation::fold_twice));
  CHECK_FALSE(mutated(mutation::forget_idempotency));
}

#endif
