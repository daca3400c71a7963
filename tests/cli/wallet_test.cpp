// What commands say of wallets, and how their channel is configured.
#include "cli/client/client.hpp"
#include "cli/commands.hpp"
#include "cli/config/config.hpp"
#include "tests/cli/scripted_server.hpp"
#include "tests/cli/standard_streams.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

const wallet_id of_alice = *wallet_id::parse("alice");
const wallet_id of_bob = *wallet_id::parse("bob");

scripted_server refusing() {
  return scripted_server([](const command& c, size_t) -> scripted_action {
    return {.replies = {plain_reply(c, errc::busy)}, .hang_up = false, .raw = {}};
  });
}

auto captured(exit_code (*run)(const arguments&), arguments args, const scripted_server& server) {
  args.insert(args.end(), {"--connect", server.address_text()});
  return run_captured([&] { return run(args); });
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("pay, top-up, pay-out and transfer send the wallets that they name") {
  auto server = refusing();
  captured(run_pay, {"m1", "A-1", "1.00", "CNY", "--method", "wallet", "--wallet", "alice"}, server);
  captured(run_top_up, {"m1", "T-1", "1.00", "CNY", "--method", "card", "--wallet", "alice"}, server);
  captured(run_pay_out, {"m1", "P-1", "1.00", "CNY", "--method", "bank", "--payee", "6222", "--wallet", "alice"},
           server);
  captured(run_transfer, {"m1", "X-1", "1.00", "CNY", "--from", "alice", "--to", "bob"}, server);
  const auto sent = server.received();
  REQUIRE(sent.size() == 4);
  const auto& pay = std::get<pay_command>(sent[0].body);
  CHECK(pay.wallet == of_alice);
  CHECK(pay.to_wallet.empty());
  CHECK_FALSE(pay.top_up);
  const auto& top_up = std::get<pay_command>(sent[1].body);
  CHECK(top_up.top_up);
  CHECK(top_up.wallet.empty());
  CHECK(top_up.to_wallet == of_alice);
  CHECK(std::get<pay_out_command>(sent[2].body).from_wallet == of_alice);
  const auto& transfer = std::get<pay_command>(sent[3].body);
  CHECK(transfer.top_up);
  CHECK(transfer.wallet == of_alice);
  CHECK(transfer.to_wallet == of_bob);
  CHECK(transfer.method.str() == "wallet");
}

TEST_CASE("a transfer is called a transfer, and a top-up of a wallet a top-up") {
  for (const bool is_transfer : {false, true}) {
    scripted_server server([&](const command& c, size_t) -> scripted_action {
      reply r = plain_reply(c, errc::ok);
      order_view moved;
      moved.merchant = *merchant_id::parse("m1");
      moved.order_no = *order_no::parse("X-1");
      moved.state = order_state::paid;
      moved.kind = order_kind::top_up;
      moved.amount = {100, *parse_currency("CNY")};
      moved.from_wallet = is_transfer ? of_alice : wallet_id();
      moved.to_wallet = of_bob;
      r.body = moved;
      return {.replies = {r}, .hang_up = false, .raw = {}};
    });
    const auto run = captured(run_order, {"m1", "X-1"}, server);
    CHECK(says(run.out, is_transfer ? "  kind           transfer\n" : "  kind           top-up\n"));
  }
}

TEST_CASE("a pay-out that failed before any channel was tried says where the reason is told") {
  for (const bool with_steps : {false, true}) {
    scripted_server server([&](const command& c, size_t) -> scripted_action {
      reply r = plain_reply(c, errc::payment_failed);
      order_view failed;
      failed.merchant = *merchant_id::parse("m1");
      failed.order_no = *order_no::parse("P-1");
      failed.state = order_state::failed;
      failed.kind = order_kind::pay_out;
      failed.amount = {100, *parse_currency("CNY")};
      if (with_steps)
        failed.trajectory.emplace_back("account claim_refused insufficient_funds");
      r.body = failed;
      return {.replies = {r}, .hang_up = false, .raw = {}};
    });
    const auto run = captured(run_order, {"m1", "P-1"}, server);
    CHECK(run.code == exit_code::negative);
    CHECK(says(run.out, "its steps tell: oncepay order m1 P-1 --trajectory") != with_steps);
  }
}

TEST_CASE("a wallet that is none, or the same twice, is told in one line before anything is sent") {
  auto server = refusing();
  const auto wrong = captured(run_pay, {"m1", "A-1", "1.00", "CNY", "--method", "wallet", "--wallet", "Alice"}, server);
  CHECK(wrong.code == exit_code::usage);
  CHECK(says(wrong.err, "--wallet: \"Alice\" is no wallet: 1 to 32 of a-z, 0-9, _ and -"));
  const auto same = captured(run_transfer, {"m1", "X-1", "1.00", "CNY", "--from", "alice", "--to", "alice"}, server);
  CHECK(same.code == exit_code::usage);
  CHECK(says(same.err, "--from and --to name the same wallet"));
  const auto nowhere = captured(run_transfer, {"m1", "X-1", "1.00", "CNY", "--from", "alice"}, server);
  CHECK(nowhere.code == exit_code::usage);
  CHECK(says(nowhere.err, "--to"));
  const auto both = captured(
      run_pay, {"m1", "A-1", "1.00", "CNY", "--method", "wallet", "--wallet", "alice", "--payer-code", "134"}, server);
  CHECK(both.code == exit_code::usage);
  CHECK(server.received().empty());
}

namespace {

const std::string head = "environment = \"test\"\n[[channel]]\nid = \"purse\"\nmethods = [\"wallet\"]\n"
                         "currencies = [\"CNY\"]\n";

} // namespace

TEST_CASE("a channel of wallets needs no bank and no cost") {
  const auto parsed = parse_configuration(head + "in_house = \"wallet\"\n", "f.toml");
  REQUIRE(parsed);
  REQUIRE(parsed->channels.size() == 1);
  CHECK(parsed->channels[0].in_house == house_tool::wallet);
  CHECK(parsed->channels[0].cost_rate_ppm == 0);
}

TEST_CASE("a channel in the house that isn't of wallets, or has a bank or a cost, is refused") {
  const std::string wallet = "in_house = \"wallet\"\n";
  const std::pair<std::string, std::string> mistakes[] = {
      {"in_house = \"cash\"\n", "f.toml:6: channel.in_house: must be"},
      {wallet + "cost = \"1%\"\n", "f.toml:7: channel.cost: nobody charges"},
      {wallet + "cost_fixed_minor = 5\n", "f.toml:7: channel.cost_fixed_minor: nobody charges"},
      {wallet + "pay_outs = [\"bank\"]\n", "f.toml:7: channel.pay_outs: a channel in the house pays nothing out"},
      {wallet + "card_methods = [\"card\"]\n", "f.toml:7: channel.card_methods: a channel in the house binds no cards"},
      {wallet + "[channel.bank]\n", "f.toml:7: channel.bank: a channel in the house has none"},
      {wallet + "[channel.bank]\nlatency_us = { min = 1, p50 = 2, p99 = 3, max = 4 }\n",
       "f.toml:7: channel.bank: a channel in the house has none"},
  };
  for (const auto& [more, wanted] : mistakes) {
    CAPTURE(more);
    const auto parsed = parse_configuration(head + more, "f.toml");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().size() == 1);
    INFO(parsed.error()[0]);
    CHECK(says(parsed.error()[0], wanted));
  }
}
