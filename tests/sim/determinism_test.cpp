#include "sim/plan/profile.hpp"
#include "sim/run.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace oncepay;

TEST_CASE("The same seed is the same history, bit for bit, with or without somebody listening: fifty seeds twice") {
  const auto all = sim::profiles();
#ifdef __SANITIZE_ADDRESS__
  constexpr uint64_t seeds = 10; // fifty in the release build; that both builds agree is compared besides
#else
  constexpr uint64_t seeds = 50;
#endif
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const sim::profile p = all[seed % all.size()].what;
    CAPTURE(seed);
    CAPTURE(std::string(sim::name(p)));
    const sim::plan planned = sim::make_plan(p, {.seed = seed, .orders = 80, .days = 0});
    const sim::run_result once = sim::run(planned);
    size_t lines = 0;
    sim::run_options listening;
    listening.trace = [&lines](std::string_view) {
      ++lines;
    };
    const sim::run_result again = sim::run(planned, listening);
    CHECK(lines > 80);
    CHECK(once.ok());
    CHECK(once.decisions > 40);
    CHECK(again.log_hash == once.log_hash);
    CHECK(again.steps == once.steps);
    CHECK(again.simulated_us == once.simulated_us);
    CHECK(again.fates == once.fates);
    CHECK(again.faults == once.faults);
  }
}

TEST_CASE("Another seed is another history") {
  const auto hash_of = [](uint64_t seed) {
    return sim::run(sim::make_plan(sim::profile::storm, {.seed = seed, .orders = 80, .days = 0})).log_hash;
  };
  CHECK(hash_of(1) != hash_of(2));
}

TEST_CASE("What the seed decides beyond the plan matters: one plan under two seeds is two histories") {
  sim::plan one = sim::make_plan(sim::profile::crash, {.seed = 3, .orders = 80, .days = 0});
  sim::plan two = one;
  two.seed = 4;
  CHECK(sim::run(one).log_hash != sim::run(two).log_hash);
}
