#include "cli/sim/jobs.hpp"

#include "tests/cli/sim_runs.hpp"

#include <csignal>
#include <map>

#include <unistd.h>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

/// What was told of a range of seeds.
struct told {
  std::map<uint64_t, seed_run> finished;
  size_t repeats = 0;
  double most_under_way = 0;

  jobs_listener listener() {
    return {.finished =
                [this](seed_run run) {
                  const auto seed = run.result.seed;
                  repeats += finished.emplace(seed, std::move(run)).second ? 0 : 1;
                },
            .under_way =
                [this](double runs) {
                  most_under_way = std::max(most_under_way, runs);
                }};
  }
};

} // namespace

TEST_CASE("every seed of a range is run once, on as many processes as asked for") {
  for (const size_t jobs : {1, 2, 7}) {
    told all;
    const auto parent = getpid();
    const auto ended = run_jobs(
        {11, 40}, jobs,
        [&](uint64_t seed, const run_progress&) {
          auto run = good_run(seed);
          run.result.steps = getpid() == parent ? 0 : static_cast<uint64_t>(getpid());
          return run.result;
        },
        all.listener());
    REQUIRE(ended.has_value());
    CHECK_FALSE(ended->interrupted);
    CHECK(all.finished.size() == 30);
    CHECK(all.repeats == 0);
    for (const auto& [seed, run] : all.finished) {
      CHECK(run.result.log_hash == good_run(seed).result.log_hash);
      CHECK(run.result.steps != 0);
      CHECK(run.real_ns > 0);
    }
  }
}

TEST_CASE("a run that takes its process down is a violation that names its seed, and no other seed is lost") {
  told all;
  const auto ended = run_jobs(
      {1, 20}, 2,
      [](uint64_t seed, const run_progress&) {
        if (seed == 3)
          std::raise(SIGKILL);
        if (seed == 4)
          ::_exit(9);
        if (seed == 20)
          std::raise(SIGKILL);
        return good_run(seed).result;
      },
      all.listener());
  REQUIRE(ended.has_value());
  CHECK_FALSE(ended->interrupted);
  CHECK(all.finished.size() == 20);
  CHECK(all.repeats == 0);
  for (const auto& [seed, run] : all.finished) {
    const bool crashed = seed == 3 || seed == 4 || seed == 20;
    CHECK(run.result.ok() == !crashed);
    CHECK(run.result.log_hash.empty() == crashed);
  }
  const auto& killed = all.finished.at(3).result.violations.at(0).what;
  CHECK(killed.checker == "simulator");
  CHECK(killed.sentence == "the simulator itself crashed: its process ended by signal 9 (Killed)");
  CHECK(all.finished.at(4).result.violations.at(0).what.sentence ==
        "the simulator itself crashed: its process ended with status 9");
}

TEST_CASE("a violation with a long story arrives whole") {
  told all;
  const auto ended = run_jobs(
      {1, 3}, 3,
      [](uint64_t seed, const run_progress&) {
        auto run = bad_run(seed);
        for (auto& v : run.result.violations)
          v.trajectory.assign(20'000, std::string(100, 'x'));
        return run.result;
      },
      all.listener());
  REQUIRE(ended.has_value());
  REQUIRE(all.finished.size() == 3);
  for (const auto& [_, run] : all.finished)
    CHECK(run.result.violations.at(0).trajectory.size() == 20'000);
}

TEST_CASE("an interruption ends the processes, and what was finished stays") {
  for (const int signal : {SIGINT, SIGTERM}) {
    told all;
    auto listener = all.listener();
    const auto keep = listener.finished;
    listener.finished = [&](seed_run run) {
      keep(std::move(run));
      if (all.finished.size() == 2)
        std::raise(signal);
    };
    const auto ended = run_jobs(
        {1, 1'000}, 2,
        [](uint64_t seed, const run_progress&) {
          // Only the interruption ends these; were it not passed on, the test would never end.
          while (seed > 2)
            pause();
          return good_run(seed).result;
        },
        listener);
    REQUIRE(ended.has_value());
    CHECK(ended->interrupted);
    CHECK(ended->under_way == std::vector<uint64_t>{3, 4});
    CHECK(all.finished.size() == 2);
  }
}
