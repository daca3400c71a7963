#include "cli/sim/from_log.hpp"

#include "cli/commands.hpp"
#include "cli/sim/scenario_file.hpp"
#include "sim/run.hpp"
#include "store/memory_event_log.hpp"
#include "tests/cli/audit_orders.hpp"
#include "tests/cli/standard_streams.hpp"
#include "tests/cli/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const auto order_a7 = stream_name::of_order(merchant_id::trusted("m1"), order_no::trusted("A-7"));

decision configured(stream_name stream, uint32_t version, input in) {
  decision d;
  d.at = audit_start;
  d.stream = std::move(stream);
  d.version = version;
  d.input = std::move(in);
  d.events = {channel_configured{}};
  return d;
}

decision alpha_takes(uint32_t version, uint32_t concurrency) {
  channel_terms t;
  t.channel = channel_id::trusted("alpha");
  t.methods = {method_id::trusted("card")};
  t.currencies = {*parse_currency("CNY")};
  t.concurrency_max = concurrency;
  return configured(stream_name::of_channel(t.channel), version, channel_input{t, true});
}

decision m1_pays(uint32_t version, uint32_t fee_rate_ppm) {
  merchant_terms t;
  t.merchant = merchant_id::trusted("m1");
  t.fee_rate_ppm = fee_rate_ppm;
  return configured(stream_name::of_merchant(t.merchant), version, merchant_input{t, true});
}

/// The router knew terms up to position 3; what came at 4 and later was not yet in force for it.
std::unique_ptr<memory_event_log> log_with_changing_terms() {
  auto log = std::make_unique<memory_event_log>();
  append_all(*log, {m1_pays(1, 1'000), alpha_takes(1, 11), alpha_takes(2, 22), alpha_takes(3, 33)});
  append_all(*log, declined_then_paid("m1", "A-7"));
  append_all(*log, {m1_pays(2, 9'000)});
  return log;
}

} // namespace

TEST_CASE("an incident is retold under the terms that were in force when it happened, not today's") {
  const auto log = log_with_changing_terms();
  const auto made = plan_from_log(*log, order_a7);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error()));
  REQUIRE(made->plan.merchants.size() == 1);
  CHECK(made->plan.merchants[0].fee_rate_ppm == 1'000);
  REQUIRE(made->plan.channels.size() == 2);
  CHECK(made->plan.channels[0].channel.str() == "alpha");
  CHECK(made->plan.channels[0].concurrency_max == 22);
  // Beta's terms aren't in this log: the route's own figures stand in.
  CHECK(made->plan.channels[1].channel.str() == "beta");
  CHECK(made->plan.channels[1].cost_fixed_minor == 50);
}

TEST_CASE("an incident becomes a scenario that holds when it is run") {
  const auto log = log_with_changing_terms();
  const auto made = plan_from_log(*log, order_a7);
  REQUIRE(made.has_value());
  const auto text = write_scenario(made->plan, made->remarks);
  CAPTURE(text);
  const auto again = parse_scenario(text, "incident.toml");
  REQUIRE(again.has_value());
  CHECK(bool(*again == made->plan));
  CHECK(text.find("# Its payer is sealed") != std::string::npos);
  const auto result = sim::run(*again);
  for (const auto& v : result.violations)
    MESSAGE(v.what.checker, ": ", v.what.sentence);
  CHECK(result.ok());
}

TEST_CASE("an order the log doesn't know is one line, not an empty scenario") {
  const memory_event_log empty;
  const auto made = plan_from_log(empty, order_a7);
  REQUIRE(!made.has_value());
  CHECK(made.error() == "the log knows no order A-7 of merchant m1");
}

TEST_CASE("a kept run's orders become scenarios by command, and those run by command") {
  const temporary_folder folder;
  const auto sim = [](const arguments& args) {
    return run_captured([&] { return run_sim(args); });
  };
  REQUIRE(sim({"--profile", "crash", "--orders", "20", "--keep", folder.path("log")}).code == exit_code::ok);
  const auto told = run_captured([&] { return run_log({"dump", "--data", folder.path("log")}); });
  const auto at = told.out.find("order/");
  REQUIRE(at != std::string::npos);
  const auto order = told.out.substr(at + 6, told.out.find('"', at) - at - 6);
  CAPTURE(order);
  const auto scenario = sim({"--from-log", folder.path("log"), "--order", order});
  REQUIRE_MESSAGE(scenario.code == exit_code::ok, scenario.err);
  std::ofstream(folder.path("incident.toml")) << scenario.out;
  const auto again = sim({"--scenario", folder.path("incident.toml")});
  CHECK_MESSAGE(again.code == exit_code::ok, again.out);

  const auto stranger = sim({"--from-log", folder.path("log"), "--order", "nobody/1"});
  CHECK(stranger.code == exit_code::negative);
  CHECK(stranger.err == "oncepay: the log knows no order 1 of merchant nobody\n");
  CHECK(stranger.out.empty());
  CHECK(sim({"--from-log", folder.path("log"), "--order", "nobody"}).code == exit_code::usage);
  CHECK(sim({"--from-log", folder.path("no-log"), "--order", "m1/1"}).code == exit_code::data);
}
