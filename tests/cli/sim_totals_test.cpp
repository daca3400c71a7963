#include "cli/sim/totals.hpp"

#include "cli/sim/result_json.hpp"
#include "tests/cli/sim_runs.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;
using namespace oncepay::cli;

TEST_CASE("runs add up, whatever order they finish in, and so does their digest") {
  CHECK(rc::check([] {
    const auto count = *rc::gen::inRange<uint64_t>(1, 20);
    std::vector<uint64_t> seeds;
    for (uint64_t seed = 1; seed <= count; ++seed)
      seeds.push_back(seed);
    sim_totals in_order;
    for (const auto seed : seeds)
      in_order.add(good_run(seed));
    for (size_t i = seeds.size(); i > 1; --i)
      std::swap(seeds[i - 1], seeds[*rc::gen::inRange<size_t>(0, i)]);
    sim_totals shuffled;
    for (const auto seed : seeds)
      shuffled.add(good_run(seed));
    RC_ASSERT(shuffled.digest() == in_order.digest());
    RC_ASSERT(shuffled.orders == 100 * count);
    RC_ASSERT(shuffled.fates.at("paid") == 90 * count);
    RC_ASSERT(shuffled.faults.at("crash") == count * (count + 1) / 2);
    RC_ASSERT(shuffled.simulated_us == static_cast<int64_t>(90'000'000 * count));
  }));
}

TEST_CASE("one run that differs changes the digest, and so does one that crashed") {
  sim_totals as_before, differs, crashed;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    as_before.add(good_run(seed));
    auto other = good_run(seed);
    if (seed == 2)
      other.result.log_hash.back() = '0';
    differs.add(other);
    crashed.add(seed == 2 ? crashed_run(2, "it was killed") : good_run(seed));
  }
  CHECK(as_before.digest() != differs.digest());
  CHECK(as_before.digest() != crashed.digest());
  CHECK(as_before.digest().size() == 64);
}

TEST_CASE("a broken rule is counted with its seed; of very many seeds the lowest are told in full") {
  sim_totals totals;
  constexpr uint64_t many = 3 * sim_totals::seeds_told_max;
  for (uint64_t seed = many; seed > 0; --seed)
    totals.add(bad_run(seed));
  CHECK_FALSE(totals.ok());
  CHECK(totals.failed().size() == many);
  CHECK(totals.told().size() == sim_totals::seeds_told_max);
  CHECK(totals.told().begin()->first == 1);
  CHECK(totals.told().rbegin()->first == sim_totals::seeds_told_max);
}

TEST_CASE("speed is told of one core: what many do at once doesn't make it faster") {
  sim_totals totals;
  CHECK(totals.orders_per_core_s() == 0);
  for (uint64_t seed = 1; seed <= 4; ++seed)
    totals.add(good_run(seed));
  CHECK(totals.orders_per_core_s() == doctest::Approx(2'500));
}

TEST_CASE("a finished run arrives whole from the process that ran it") {
  auto run = bad_run(7);
  run.result.violations.push_back(crashed_run(7, "no stream, no time").result.violations.front());
  const auto line = seed_run_line(run);
  CHECK(line.find('\n') == line.size() - 1);
  const auto read = parse_seed_run(line);
  REQUIRE(read.has_value());
  const auto& [a, b] = std::pair(read->result, run.result);
  CHECK(a.seed == b.seed);
  CHECK(a.log_hash == b.log_hash);
  CHECK(a.decisions == b.decisions);
  CHECK(a.steps == b.steps);
  CHECK(a.simulated_us == b.simulated_us);
  CHECK(a.orders == b.orders);
  CHECK(a.fates == b.fates);
  CHECK(a.faults == b.faults);
  CHECK(read->real_ns == run.real_ns);
  CHECK(read->cpu_ns == run.cpu_ns);
  REQUIRE(a.violations.size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(a.violations[i].what.checker == b.violations[i].what.checker);
    CHECK(a.violations[i].what.sentence == b.violations[i].what.sentence);
    CHECK(a.violations[i].what.stream == b.violations[i].what.stream);
    CHECK(a.violations[i].step == b.violations[i].step);
    CHECK(a.violations[i].at == b.violations[i].at);
    CHECK(a.violations[i].position == b.violations[i].position);
    CHECK(a.violations[i].trajectory == b.violations[i].trajectory);
  }
}

TEST_CASE("bytes that no text holds don't stop a violation from being told") {
  auto run = bad_run(7);
  run.result.violations.front().what.sentence = "channel said \xff\x1b[31m";
  run.result.violations.front().trajectory = {"\xc3\x28"};
  const auto read = parse_seed_run(seed_run_line(run));
  REQUIRE(read.has_value());
  CHECK(read->result.violations.front().what.sentence == "channel said ??[31m");
}

TEST_CASE("what is no finished run isn't taken for one") {
  for (const auto* wrong : {"", "{}", "0.25", "[1]", "{\"seed\":1}", "{\"seed\":", "null"})
    CHECK_FALSE_MESSAGE(parse_seed_run(wrong).has_value(), wrong);
}
