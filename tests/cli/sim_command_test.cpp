// `oncepay sim` as a whole: real runs, small ones.
#include "cli/commands.hpp"

#include "tests/cli/standard_streams.hpp"
#include "tests/cli/temporary_folder.hpp"

#include <fstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay::cli;

namespace {

auto sim(const arguments& args) {
  return run_captured([&] { return run_sim(args); });
}

} // namespace

TEST_CASE("a seed means the same run alone, among others, and on however many processes") {
  std::string alone;
  for (const auto* seed : {"1", "2", "3", "4"}) {
    const auto run = sim({"--orders", "40", "--hash", "--seed", seed});
    REQUIRE_MESSAGE(run.code == exit_code::ok, run.err);
    alone += run.out;
  }
  for (const auto* jobs : {"1", "3"}) {
    const auto many = sim({"--orders", "40", "--hash", "--seeds", "1..4", "--jobs", jobs});
    REQUIRE_MESSAGE(many.code == exit_code::ok, many.err);
    CHECK(many.out == alone);
  }
}

TEST_CASE("tracing and keeping a run change nothing of it, and the kept log is the run's") {
  const temporary_folder folder;
  const arguments plain{"--orders", "40", "--seed", "5", "--json"};
  auto watched = plain;
  for (const auto& word : {std::string("--trace"), folder.path("trace"), std::string("--keep"), folder.path("log")})
    watched.push_back(word);
  const auto one = sim(plain);
  const auto two = sim(watched);
  REQUIRE_MESSAGE(two.code == exit_code::ok, two.err);
  const auto hash = nlohmann::json::parse(one.out)["hashes"][0]["log_hash"].get<std::string>();
  CHECK(nlohmann::json::parse(two.out)["hashes"][0]["log_hash"] == hash);
  const auto stat = run_captured([&] { return run_log({"stat", "--data", folder.path("log"), "--json"}); });
  CHECK(nlohmann::json::parse(stat.out)["chain"] == hash);
  CHECK(std::filesystem::file_size(folder.path("trace")) > 0);
}

TEST_CASE("fewer orders are sent where a run stops sending early") {
  const arguments day{"--profile", "calm", "--orders", "40", "--days", "1", "--json"};
  auto half = day;
  half.insert(half.end(), {"--until", "12h"});
  CHECK(nlohmann::json::parse(sim(day).out)["orders_sent"] == 40);
  const auto early = nlohmann::json::parse(sim(half).out)["orders_sent"].get<int>();
  CHECK(early > 0);
  CHECK(early < 40);
}

TEST_CASE("a recorded order becomes a scenario that is run again") {
  const temporary_folder folder;
  const auto data = folder.path("log");
  REQUIRE(sim({"--profile", "calm", "--orders", "20", "--keep", data}).code == exit_code::ok);
  const auto dump = run_captured([&] { return run_log({"dump", "--data", data}); });
  const auto at = dump.out.find("\"order/") + 7;
  const auto order = dump.out.substr(at, dump.out.find('"', at) - at);
  const auto made = sim({"--from-log", data, "--order", order});
  REQUIRE_MESSAGE(made.code == exit_code::ok, made.err);
  std::ofstream(folder.path("incident.toml")) << made.out;
  const auto again = sim({"--scenario", folder.path("incident.toml"), "--json"});
  REQUIRE_MESSAGE(again.code == exit_code::ok, again.err);
  CHECK(nlohmann::json::parse(again.out)["orders_sent"] == 1);
}

TEST_CASE("a scenario whose expectation isn't met breaks a rule, and is shrunk to one that still does") {
  const temporary_folder folder;
  const auto file = folder.path("story.toml");
  std::ofstream(file) << R"(name = "nothing is paid"
[[merchant]]
id = "m1"
fee = "0%"
[[channel]]
id = "alpha"
methods = ["card"]
currencies = ["CNY"]
cost = "0%"
[channel.bank]
[[order]]
at = "1s"
order = "m1/A-1"
amount_minor = 100
currency = "CNY"
method = "card"
[[order]]
at = "2s"
order = "m1/A-2"
amount_minor = 100
currency = "CNY"
method = "card"
[[expect]]
order = "m1/A-1"
state = "failed"
)";
  const auto run = sim({"--scenario", file, "--shrink"});
  CHECK(run.code == exit_code::negative);
  CHECK_MESSAGE(run.err.find("1 order and 0 disturbances still break") != std::string::npos, run.err);
  std::ofstream(folder.path("small.toml")) << run.out;
  const auto smaller = sim({"--scenario", folder.path("small.toml"), "--json"});
  CHECK_MESSAGE(smaller.code == exit_code::negative, smaller.err);
  CHECK(nlohmann::json::parse(smaller.out)["orders_sent"] == 1);
}

TEST_CASE("a scenario with mistakes runs nothing, and every mistake is a line with its place") {
  const temporary_folder folder;
  const auto file = folder.path("wrong.toml");
  std::ofstream(file) << "seeed = 3\nname = 7\n";
  const auto run = sim({"--scenario", file});
  CHECK(run.code == exit_code::configuration);
  CHECK(run.out.empty());
  CHECK(run.err.find(file + ":1: seeed: unknown key") != std::string::npos);
  CHECK(run.err.find(file + ":2: name: ") != std::string::npos);
  CHECK(run.err.find("has 2 mistakes; nothing was run") != std::string::npos);
}

TEST_CASE("a log or an order that isn't there is one line") {
  const temporary_folder folder;
  const auto nowhere = sim({"--from-log", folder.path("no"), "--order", "m1/A-7"});
  CHECK(nowhere.code == exit_code::data);
  CHECK(nowhere.out.empty());
  CHECK(nowhere.err.find('\n') == nowhere.err.size() - 1);
}
