// `oncepay sim` around a run that is made up: what is printed where, what is written, and how it ends.
#include "cli/sim/simulate.hpp"

#include "store/lmdb_event_log.hpp"
#include "store/memory_event_log.hpp"
#include "tests/cli/audit_orders.hpp"
#include "tests/cli/sim_runs.hpp"
#include "tests/cli/standard_streams.hpp"
#include "tests/cli/temporary_folder.hpp"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

sim::plan plan_of(uint64_t seed) {
  sim::plan plan;
  plan.seed = seed;
  return plan;
}

/// Seeds that three divides break a rule.
sim::run_result made_up(const sim::plan& plan, const sim::run_options& options) {
  if (options.trace)
    options.trace("first line"), options.trace("second line");
  if (options.progress)
    options.progress(1, 2);
  if (options.keep) {
    memory_event_log log;
    append_all(log, declined_then_paid("m1", "A-7"));
    options.keep(log);
  }
  return (plan.seed % 3 == 0 ? bad_run(plan.seed) : good_run(plan.seed)).result;
}

auto simulated(const sim_request& request) {
  return run_captured([&] { return simulate(request, {.plan_of = plan_of, .run = made_up}); });
}

sim_request seeds(uint64_t first, uint64_t last) {
  sim_request request;
  request.seeds = {first, last};
  request.many = first != last;
  request.jobs = 2;
  return request;
}

} // namespace

TEST_CASE("a run that kept every rule ends with 0, one that broke any with 1, and both tell on standard output") {
  const auto good = simulated(seeds(1, 1));
  CHECK(good.code == exit_code::ok);
  CHECK(good.err.empty());
  CHECK(good.out.find("every rule was kept") != std::string::npos);
  const auto bad = simulated(seeds(3, 3));
  CHECK(bad.code == exit_code::negative);
  CHECK(bad.out.find("VIOLATION of money-moves-once") != std::string::npos);
}

TEST_CASE("a range of seeds is told the same whether one process runs it or several, but for the times") {
  auto request = seeds(1, 20);
  request.hash_only = true;
  request.jobs = 1;
  const auto one = simulated(request);
  request.jobs = 3;
  const auto three = simulated(request);
  CHECK(one.out == three.out);
  CHECK(one.err == three.err);
  CHECK(one.code == exit_code::negative);
  CHECK(one.out.starts_with("1 " + good_run(1).result.log_hash + "\n2 "));
  CHECK(std::count(one.out.begin(), one.out.end(), '\n') == 20);
  CHECK(std::count(one.err.begin(), one.err.end(), '\n') == 6);
}

TEST_CASE("the JSON of a run is one line on standard output") {
  auto request = seeds(3, 3);
  request.json = true;
  const auto run = simulated(request);
  CHECK(run.code == exit_code::negative);
  CHECK(run.out.find('\n') == run.out.size() - 1);
  CHECK(nlohmann::json::parse(run.out)["violations"][0]["seed"] == 3);
}

TEST_CASE("a trace is what the run told, line by line") {
  const temporary_folder folder;
  auto request = seeds(1, 1);
  request.trace = folder.path("trace.txt");
  CHECK(simulated(request).code == exit_code::ok);
  CHECK(text_of(request.trace) == "first line\nsecond line\n");
  request.trace = folder.path("no/such/folder");
  const auto refused = simulated(request);
  CHECK(refused.code == exit_code::data);
  CHECK(refused.out.empty());
  CHECK(refused.err.find("can't be written: No such file or directory\n") != std::string::npos);
}

TEST_CASE("a trace that the disk has no room for is not passed over in silence") {
  auto request = seeds(1, 1);
  request.trace = "/dev/full";
  const auto run = simulated(request);
  CHECK(run.code == exit_code::data);
  CHECK(run.err.find("/dev/full can't be written completely") != std::string::npos);
}

TEST_CASE("a run is kept once; a second one isn't written over it") {
  const temporary_folder folder;
  auto request = seeds(3, 3);
  request.keep = folder.path("kept");
  const auto first = simulated(request);
  CHECK(first.code == exit_code::negative);
  CHECK(first.out.find("oncepay audit --data " + request.keep + " m1 A-7\n") != std::string::npos);
  CHECK(lmdb_event_log::open(
            request.keep, {.environment = {}, .access = log_access::read_only, .map_bytes = 0, .hash_of_name = nullptr})
            .has_value());
  const auto second = simulated(request);
  CHECK(second.code == exit_code::data);
  CHECK(second.out.empty());
  CHECK(second.err.find("isn't empty") != std::string::npos);
}
