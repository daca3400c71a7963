#include "cli/sim/request.hpp"

#include "tests/cli/standard_streams.hpp"

#include <optional>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

struct parsed {
  std::optional<sim_request> request;
  exit_code code = exit_code::ok;
  std::string err;
};

parsed parse(const arguments& args) {
  parsed result;
  auto run = run_captured([&] {
    const auto options = parsed_options::parse(sim_spec(), args);
    if (!options)
      return options.error();
    auto request = sim_request_of(*options);
    if (!request)
      return request.error();
    result.request = std::move(*request);
    return exit_code::ok;
  });
  result.code = run.code;
  result.err = std::move(run.err);
  return result;
}

sim_request good(const arguments& args) {
  auto result = parse(args);
  REQUIRE_MESSAGE(result.request.has_value(), result.err);
  return std::move(*result.request);
}

} // namespace

TEST_CASE("without options one seed of a storm is run") {
  const auto request = good({});
  CHECK(request.profile == sim::profile::storm);
  CHECK(request.seeds == seed_range{1, 1});
  CHECK_FALSE(request.many);
  CHECK(request.orders == 1'000);
  CHECK(request.days == 0);
  CHECK(request.until_us == 0);
}

TEST_CASE("every option of a run arrives") {
  const auto request = good({"--profile", "liar", "--seeds", "5..9", "--jobs", "3", "--orders", "1000000", "--days",
                             "365", "--until", "90s", "--shrink", "--json"});
  CHECK(request.profile == sim::profile::liar);
  CHECK(request.seeds == seed_range{5, 9});
  CHECK(request.many);
  CHECK(request.jobs == 3);
  CHECK(request.orders == 1'000'000);
  CHECK(request.days == 365);
  CHECK(request.until_us == 90'000'000);
  CHECK(request.shrink);
  CHECK(request.json);
}

TEST_CASE("no more processes than seeds are started, and at least one") {
  CHECK(good({"--seeds", "1..2", "--jobs", "9"}).jobs == 2);
  CHECK(good({"--seeds", "1..1000"}).jobs >= 1);
}

TEST_CASE("a mistake in the arguments is one line that names it") {
  const std::pair<arguments, const char*> mistakes[] = {
      {{"--profile", "strom"}, "--profile takes "},
      {{"--orders", "0"}, "--orders takes a whole number from 1 to 1000000"},
      {{"--orders", "1000001"}, "--orders takes a whole number from 1 to 1000000"},
      {{"--seed", "-1"}, "--seed takes"},
      {{"--seeds", "9..1"}, "--seeds: 9 is above 1"},
      {{"--seeds", "many"}, "--seeds: \"many\" is no range"},
      {{"--days", "0"}, "--days takes"},
      {{"--until", "soon"}, "--until: 'soon' isn't a time"},
      {{"--jobs", "2"}, "--jobs goes with --seeds"},
      {{"--seed", "1", "--seeds", "1..2"}, "--seeds and --seed: give one of them"},
      {{"--seeds", "1..2", "--trace", "t"}, "--seeds and --trace: one run"},
      {{"--seeds", "1..2", "--keep", "d"}, "--seeds and --keep: one run"},
      {{"--scenario", "s.toml", "--orders", "3"}, "--scenario and --orders: a scenario holds its own orders"},
      {{"--hash", "--json"}, "--hash and --json: give one of them"},
      {{"--matrix", "--profile", "storm"}, "--matrix and --profile: each cell of the matrix is a world of its own"},
      {{"--matrix", "--seeds", "1..2"}, "--matrix and --seeds: each cell of the matrix is a world of its own"},
      {{"--cells", "pay"}, "--cells goes with --matrix"},
      {{"--from-log", "data"}, "--from-log and --order go together"},
      {{"--order", "m1/A-7"}, "--from-log and --order go together"},
      {{"--from-log", "data", "--order", "m1/A-7", "--seed", "3"}, "--from-log and --seed: a scenario is printed"},
      {{"--keep", ""}, "--keep "},
      {{"7"}, "one argument too many"},
  };
  for (const auto& [args, expected] : mistakes) {
    const auto result = parse(args);
    CHECK_FALSE(result.request.has_value());
    CHECK(result.code == exit_code::usage);
    CHECK_MESSAGE(result.err.find(expected) != std::string::npos, expected, " is missing in: ", result.err);
    CHECK(result.err.find('\n') == result.err.size() - 1);
  }
}

TEST_CASE("the command that reproduces a run holds all that decides it, and nothing that only reports") {
  CHECK(reproducing_command(good({}), 1) == "oncepay sim --profile storm --seed 1 --orders 1000");
  const auto many = good({"--profile", "clock", "--seeds", "1..9", "--jobs", "2", "--orders", "50", "--days", "3",
                          "--until", "2h", "--json"});
  CHECK(reproducing_command(many, 7) == "oncepay sim --profile clock --seed 7 --orders 50 --days 3 --until 2h");
  const auto scenario = good({"--scenario", "late answer's.toml", "--seeds", "1..9"});
  CHECK(reproducing_command(scenario, 7) == "oncepay sim --scenario 'late answer'\\''s.toml' --seed 7");
  auto special = good({});
  special.build_words = {"--mutation", "pay-twice"};
  CHECK(reproducing_command(special, 3) == "oncepay sim --profile storm --seed 3 --orders 1000 --mutation pay-twice");
}

TEST_CASE("the command that reproduces a run is read back as that run") {
  const auto asked = good({"--profile", "disk", "--seed", "12", "--orders", "70", "--days", "2", "--until", "36h"});
  const auto command = reproducing_command(asked, 12);
  arguments words;
  for (size_t at = std::string_view("oncepay sim ").size(); at < command.size();) {
    const auto end = std::min(command.find(' ', at), command.size());
    words.push_back(command.substr(at, end - at));
    at = end + 1;
  }
  const auto again = good(words);
  CHECK(again.profile == asked.profile);
  CHECK(again.seeds == asked.seeds);
  CHECK(again.orders == asked.orders);
  CHECK(again.days == asked.days);
  CHECK(again.until_us == asked.until_us);
}

TEST_CASE("the help names every profile, and how many orders a run can have") {
  const auto text = help_text(sim_spec());
  for (const auto& entry : sim::profiles())
    CHECK_MESSAGE(text.find(entry.name) != std::string::npos, entry.name);
  CHECK(text.find("1000000") != std::string::npos);
}
