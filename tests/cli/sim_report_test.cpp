#include "cli/sim/report.hpp"

#include "cli/sim/build.hpp"
#include "tests/cli/sim_runs.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

void check_parts(const std::string& text, std::initializer_list<std::string_view> parts) {
  CAPTURE(text);
  for (const auto part : parts)
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
}

sim_report report_of(std::initializer_list<seed_run> runs) {
  sim_report report;
  for (const auto& run : runs)
    report.totals.add(run);
  report.elapsed_ns = 75'000'000;
  return report;
}

sim_request many_seeds(uint64_t last) {
  sim_request request;
  request.many = true;
  request.seeds = {1, last};
  request.jobs = 2;
  return request;
}

} // namespace

TEST_CASE("a run without a violation is told as a table, with its hash, and ends well") {
  const auto report = report_of({good_run(1)});
  const auto text = sim_report_text(report, {});
  check_parts(text, {"profile storm, 1 000 orders: seed 1\n", "paid", "90", "in doubt", "crash", "decisions", "300",
                     "2 000", "90.0 s", "75.0 ms", "2 500 orders/s a core",
                     "log hash     " + good_run(1).result.log_hash, "every rule was kept\n"});
  CHECK(text.find("VIOLATION") == std::string::npos);
  CHECK(sim_exit_code(report) == exit_code::ok);
}

TEST_CASE("a violation tells seed, build, step, time, what is wrong, the order's trajectory and one command") {
  const auto report = report_of({bad_run(1)});
  sim_request request;
  const auto text = sim_report_text(report, request);
  check_parts(text, {"1 seed broke a rule", "VIOLATION of money-moves-once",
                     "the money of order m1/A-7 moved twice: on alpha and on beta", build_text(), "4711", "position 42",
                     "2023-11-14T22:13:20.123Z", "\n    10:00:00 pay\n    10:00:15 attempt_in_doubt\n",
                     "reproduce   oncepay sim --profile storm --seed 1 --orders 1000\n"});
  CHECK(text.find("oncepay audit") == std::string::npos);
  CHECK(sim_exit_code(report) == exit_code::negative);
  request.keep = "kept here";
  check_parts(sim_report_text(report, request), {"oncepay audit --data 'kept here' m1 A-7\n"});
}

TEST_CASE("what a channel said can't act on the terminal of whoever reads a violation") {
  auto run = bad_run(1);
  run.result.violations.front().what.sentence = "\x1b]0;owned\a";
  run.result.violations.front().trajectory = {"\x1b[2J"};
  const auto text = sim_report_text(report_of({run}), {});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\a') == std::string::npos);
}

TEST_CASE("many seeds are told as their sum with one digest; of many that broke a rule the lowest in full") {
  sim_report report;
  for (uint64_t seed = 1; seed <= 40; ++seed)
    report.totals.add(seed < 10 ? good_run(seed) : bad_run(seed));
  const auto text = sim_report_text(report, many_seeds(40));
  check_parts(text,
              {"seeds 1 to 40, 40 run", "4 000", "with 2 jobs", "digest       " + report.totals.digest(),
               "31 seeds broke a rule", "--seed 10 ", "--seed 12 ", "28 more seeds broke a rule: 13 14 15", " 32 …\n"});
  CHECK(text.find("--seed 13 ") == std::string::npos);
  CHECK(text.find(" 33") == std::string::npos);
}

TEST_CASE("an interrupted range has no digest: it would be compared with a whole one's") {
  auto report = report_of({good_run(1), good_run(3)});
  report.interrupted = true;
  report.under_way = {2, 4};
  const auto text = sim_report_text(report, many_seeds(9));
  check_parts(text,
              {"seeds 1 to 9, 2 run", "interrupted: this is what was done until then; under way were seeds 2, 4\n"});
  CHECK(text.find(report.totals.digest()) == std::string::npos);
  CHECK(sim_report_json(report, many_seeds(9))["digest"].is_null());
  CHECK(sim_exit_code(report) == exit_code::interrupted);
  report.totals.add(bad_run(2));
  CHECK(sim_exit_code(report) == exit_code::negative);
}

TEST_CASE("the JSON of a run tells the same as its text") {
  const auto report = report_of({good_run(1), bad_run(2), crashed_run(3, "killed")});
  const auto o = nlohmann::json::parse(sim_report_json(report, many_seeds(3)).dump());
  CHECK(o["ok"] == false);
  CHECK(o["profile"] == "storm");
  CHECK(o["scenario"].is_null());
  CHECK(o["build"] == build_text());
  CHECK(o["seeds"] == 3);
  CHECK(o["orders_sent"] == 200);
  CHECK(o["orders"]["paid"] == 180);
  CHECK(o["faults"]["crash"] == 3);
  CHECK(o["hashes"][0]["log_hash"] == good_run(1).result.log_hash);
  CHECK(o["hashes"][2]["log_hash"].is_null());
  CHECK(o["digest"] == report.totals.digest());
  REQUIRE(o["violations"].size() == 2);
  const auto& v = o["violations"][0];
  CHECK(v["seed"] == 2);
  CHECK(v["checker"] == "money-moves-once");
  CHECK(v["stream"] == "order/m1/A-7");
  CHECK(v["at"] == "2023-11-14T22:13:20.123456789Z");
  CHECK(v["step"] == 4'711);
  CHECK(v["trajectory"].size() == 2);
  CHECK(v["reproduce"] == "oncepay sim --profile storm --seed 2 --orders 1000");
  CHECK(o["violations"][1]["checker"] == "simulator");
  CHECK(o["violations"][1]["at"].is_null());
  CHECK(o["failed_seeds"].size() == 2);
}

TEST_CASE("lines of hashes come in the order of seeds, to be compared with another build's") {
  const auto report = report_of({bad_run(3), crashed_run(2, "killed"), good_run(1)});
  CHECK(sim_hash_lines(report.totals) ==
        "1 " + good_run(1).result.log_hash + "\n2 crashed\n3 " + good_run(3).result.log_hash + "\n");
  const auto lines = sim_violation_lines(report, many_seeds(3));
  check_parts(lines, {"seed 2 broke a rule: the simulator itself crashed: killed; oncepay sim --profile storm --seed 2",
                      "seed 3 broke a rule: the money of order m1/A-7"});
}

TEST_CASE("a smaller run is told with what to do with its scenario") {
  sim_smallest smallest;
  smallest.seed = 7;
  smallest.orders = 1;
  smallest.disturbances = 2;
  smallest.runs = 31;
  smallest.violation = paid_twice();
  check_parts(sim_smallest_text(smallest, {}),
              {"seed 7 shrunk in 31 runs: 1 order and 2 disturbances still break money-moves-once",
               "oncepay sim --scenario FILE --seed 7"});
}
