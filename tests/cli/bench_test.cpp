// Whole runs of `oncepay bench` against a scripted server.
#include "cli/commands.hpp"

#include "cli/bench/log_size.hpp"
#include "store/lmdb_event_log.hpp"
#include "tests/cli/audit_orders.hpp"
#include "tests/cli/scripted_server.hpp"
#include "tests/cli/standard_streams.hpp"

#include <cstdlib>
#include <filesystem>
#include <set>

#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

auto bench(const scripted_server& server, arguments more) {
  arguments args{"--connect", server.address_text(), "--merchants", "20", "--in-flight", "8"};
  args.insert(args.end(), more.begin(), more.end());
  return run_captured([&] { return run_bench(args); });
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

scripted_action answer(reply r) {
  return {.replies = {std::move(r)}, .hang_up = false, .raw = {}};
}

bool is_opening(const command& c) {
  return std::holds_alternative<open_merchant_command>(c.body);
}

scripted_action open_or_pay(const command& c, size_t) {
  return answer(is_opening(c) ? plain_reply(c, errc::ok) : order_reply(c, order_state::paid, "alpha"));
}

std::set<std::string> merchants_paid(const scripted_server& server) {
  std::set<std::string> merchants;
  for (const auto& c : server.received())
    if (!is_opening(c))
      merchants.insert(std::get<pay_command>(c.body).merchant.str());
  return merchants;
}

} // namespace

TEST_CASE("bench: merchants are opened, payments sent and counted, the server's process found") {
  scripted_server server(open_or_pay);
  const auto run = bench(server, {"--orders", "200", "--json"});
  CHECK(run.code == exit_code::ok);
  CHECK(run.err.empty());
  const auto o = nlohmann::json::parse(run.out);
  CHECK(o["sent"] == 200);
  CHECK(o["accepted"] == 200);
  CHECK(o["payments_per_s"] > 0);
  CHECK(o["outcomes"][0]["channel"] == "alpha");
  CHECK(o["server"]["pid"] == getpid());
  CHECK(o["log"] == nullptr);
  CHECK(o["latency_ns"]["p50"] <= o["latency_ns"]["p99.9"]);
  CHECK(server.received().size() == 220);
  CHECK(is_opening(server.received()[19]));
  CHECK(merchants_paid(server).size() > 15);
}

TEST_CASE("bench: the report says in words what was measured, and how") {
  scripted_server server(open_or_pay);
  const auto closed = bench(server, {"--orders", "50", "--mix", "hot"});
  CHECK(contains(closed.out, "50 payments answered"));
  CHECK(contains(closed.out, "(closed loop: 8 in flight, 4 connections; hot over 1 merchant)"));
  CHECK(contains(closed.out, "paid on alpha"));
  CHECK(merchants_paid(server) == std::set<std::string>{"bench-1"});
  const auto open = bench(server, {"--orders", "50", "--rate", "100000", "--mix", "zipf"});
  CHECK(contains(open.out, "open loop: 100 000 payments meant to be sent a second"));
  CHECK(contains(open.out, "behind its own pace"));
}

TEST_CASE("bench: busy is counted apart and never sent again") {
  scripted_server server([](const command& c, size_t earlier) {
    return !is_opening(c) && earlier % 2 == 0 ? answer(plain_reply(c, errc::busy)) : open_or_pay(c, earlier);
  });
  const auto run = bench(server, {"--orders", "100", "--json"});
  CHECK(run.code == exit_code::ok);
  const auto o = nlohmann::json::parse(run.out);
  CHECK(o["busy"] == 50);
  CHECK(o["accepted"] == 50);
  CHECK(server.received().size() == 120);
  CHECK(contains(bench(server, {"--orders", "100"}).out, "told busy, and not sent again: 50"));
}

TEST_CASE("Loss prevented: payments answered twice, lost or taken for one another end a run with 1") {
  scripted_server twice([](const command& c, size_t earlier) {
    auto action = open_or_pay(c, earlier);
    if (!is_opening(c) && earlier == 30)
      action.replies.push_back(action.replies[0]);
    return action;
  });
  const auto doubled = bench(twice, {"--orders", "50"});
  CHECK(doubled.code == exit_code::negative);
  CHECK(contains(doubled.out, "WRONG: answers to payments that were answered already: 1"));

  scripted_server mixed_up([](const command& c, size_t earlier) {
    auto action = open_or_pay(c, earlier);
    if (!is_opening(c) && earlier == 30)
      std::get<order_view>(action.replies[0].body).order_no = order_no::trusted("another");
    return action;
  });
  const auto other = bench(mixed_up, {"--orders", "50"});
  CHECK(other.code == exit_code::negative);
  CHECK(contains(other.out, "WRONG: answers that speak of another order: 1"));

  scripted_server hangs_up([](const command& c, size_t earlier) {
    auto action = open_or_pay(c, earlier);
    action.hang_up = earlier == 40;
    return action;
  });
  const auto lost = bench(hangs_up, {"--orders", "1000", "--connections", "1"});
  CHECK(lost.code == exit_code::negative);
  CHECK(contains(lost.out, "WRONG: payments never answered: "));
  CHECK(contains(lost.out, "ended early: "));
}

TEST_CASE("bench: refusals are no payments: the run ends with 1 and says so") {
  scripted_server server([](const command& c, size_t earlier) {
    return is_opening(c) ? open_or_pay(c, earlier) : answer(plain_reply(c, errc::no_channel));
  });
  const auto run = bench(server, {"--orders", "20"});
  CHECK(run.code == exit_code::negative);
  CHECK(contains(run.out, "refused, no_channel"));
  CHECK(contains(run.out, "which measures nothing: 20"));
}

TEST_CASE("bench: where merchants can't be opened nothing is paid") {
  scripted_server server([](const command& c, size_t) { return answer(plain_reply(c, errc::restored_mode)); });
  const auto run = bench(server, {"--orders", "20"});
  CHECK(run.code == exit_code::negative);
  CHECK(contains(run.err, "merchant bench-1 can't be opened: "));
  CHECK(server.received().size() == 20);
}

TEST_CASE("bench: merchants that exist under other terms are taken as they are") {
  scripted_server server([](const command& c, size_t earlier) {
    return is_opening(c) ? answer(plain_reply(c, errc::terms_conflict)) : open_or_pay(c, earlier);
  });
  CHECK(bench(server, {"--orders", "20"}).code == exit_code::ok);
}

TEST_CASE("bench: what a log holds is counted in decisions, commits and bytes") {
  auto root = (std::filesystem::temp_directory_path() / "oncepay-test-XXXXXX").string();
  REQUIRE(mkdtemp(root.data()) != nullptr);
  const auto append = [&](std::string_view number) {
    const auto log = lmdb_event_log::open(
        root, {.environment = std::string(audit_environment), .map_bytes = 64 << 20, .hash_of_name = nullptr});
    REQUIRE(log.has_value());
    append_all(**log, declined_then_paid("m1", number));
  };
  append("A-1");
  const auto before = log_size_of(root);
  REQUIRE(before.has_value());
  append("A-2");
  const auto after = log_size_of(root);
  REQUIRE(after.has_value());
  const auto grown = *after - *before;
  CHECK(grown.decisions == 3);
  CHECK(grown.commits == 3);
  CHECK(after->file_bytes > 0);
  scripted_server server(open_or_pay);
  const auto run = bench(server, {"--orders", "20", "--data", root, "--json"});
  CHECK(nlohmann::json::parse(run.out)["log"]["records"] == 0);
  std::filesystem::remove_all(root);
  const auto gone = bench(server, {"--orders", "20", "--data", root});
  CHECK(gone.code == exit_code::data);
  CHECK(std::count(gone.err.begin(), gone.err.end(), '\n') == 1);
}

TEST_CASE("bench: contradicting options are a usage mistake before anything is sent") {
  scripted_server server(open_or_pay);
  const auto mistake = [&](const arguments& more) {
    const auto run = bench(server, more);
    CHECK(run.code == exit_code::usage);
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    return run.err;
  };
  CHECK(contains(mistake({"--orders", "1", "--for", "1"}), "either --orders or --for"));
  CHECK(contains(mistake({"--mix", "lukewarm"}), "--mix"));
  CHECK(contains(mistake({"--merchant-prefix", "Big Shop "}), "can't begin a merchant id"));
  CHECK(contains(mistake({"--merchant-fee", "101%"}), "above 100%"));
  CHECK(contains(mistake({"--server-pid", "2147483647"}), "there is no process"));
  CHECK(contains(mistake({"--currency", "XXQ"}), "ISO 4217"));
  CHECK(contains(mistake({"--rate", "0"}), "--rate"));
  CHECK(server.connections() == 0);
}
