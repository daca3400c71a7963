#include "cli/client/client.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"
#include "tests/cli/scripted_server.hpp"
#include "tests/cli/standard_streams.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

/// A loopback port on which nothing listens.
std::string closed_port() {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  return "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
}

auto pay(const scripted_server& server, arguments more = {}) {
  arguments args{"m1", "A-7", "147.80", "CNY", "--method", "card", "--connect", server.address_text()};
  args.insert(args.end(), more.begin(), more.end());
  return run_captured([&] { return run_pay(args); });
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("an address is HOST:PORT") {
  CHECK(parse_endpoint("127.0.0.1:7400") == endpoint{"127.0.0.1", 7400});
  CHECK(parse_endpoint("[::1]:7400") == endpoint{"::1", 7400});
  CHECK(to_string(endpoint{"::1", 7400}) == "[::1]:7400");
  for (const auto* wrong :
       {"", "host", "host:", ":1", "host:0", "host:65536", "host:x", "host:1x", "::1:7400", "[]:1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_endpoint(wrong).has_value());
  }
}

TEST_CASE("pay sends what it was told, and a paid order ends with 0") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    return {.replies = {order_reply(c, order_state::paid, "alpha")}, .hang_up = false, .raw = {}};
  });
  const auto run = pay(server, {"--payer", "alice"});
  CHECK(run.code == exit_code::ok);
  CHECK(contains(run.out, "order m1/A-7: paid on alpha"));
  const auto received = server.received();
  REQUIRE(received.size() == 1);
  const auto& sent = std::get<pay_command>(received[0].body);
  CHECK(sent.amount == money{14'780, *parse_currency("CNY")});
  CHECK(sent.payer == "alice");
  CHECK(sent.placed_at);
}

TEST_CASE("goods delivered on a guess: an order in doubt ends with 1, says so, and says what to do") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    return {.replies = {order_reply(c, order_state::open, "beta", "REPLY_TIMEOUT")}, .hang_up = false, .raw = {}};
  });
  const auto run = pay(server);
  CHECK(run.code == exit_code::negative);
  CHECK(contains(run.out, "in doubt on beta"));
  CHECK(contains(run.out, "no answer within the channel's reply window (REPLY_TIMEOUT)"));
  CHECK(contains(run.out, "2023-11-14T22:15:20.000Z"));
  CHECK(contains(run.out, "oncepay order m1 A-7"));
}

TEST_CASE("order --trajectory names the columns once, whether or not the server did") {
  scripted_server server([](const command& c, size_t earlier) -> scripted_action {
    const auto& query = std::get<query_order_command>(c.body);
    CHECK(query.with_trajectory);
    auto r = plain_reply(c, errc::ok);
    order_view order;
    order.merchant = query.merchant;
    order.order_no = query.order_no;
    order.state = order_state::paid;
    order.amount = {100, *parse_currency("CNY")};
    if (earlier == 1)
      order.trajectory.push_back(digest_header());
    order.trajectory.push_back("a line of the trajectory");
    r.body = order;
    return {.replies = {r}, .hang_up = false, .raw = {}};
  });
  for (int i = 0; i < 2; ++i) {
    const auto run = run_captured([&] {
      return run_order({"m1", "A-7", "--trajectory", "--connect", server.address_text()});
    });
    CHECK(run.code == exit_code::ok);
    const auto header = run.out.find(digest_header());
    REQUIRE(header != std::string::npos);
    CHECK(run.out.find(digest_header(), header + 1) == std::string::npos);
    CHECK(contains(run.out, "a line of the trajectory"));
  }
}

TEST_CASE("a failed payment and a refused one end with 1") {
  scripted_server server([](const command& c, size_t earlier) -> scripted_action {
    return {.replies = {earlier == 0 ? order_reply(c, order_state::failed, "alpha", "DECLINED")
                                     : plain_reply(c, errc::order_conflict)},
            .hang_up = false,
            .raw = {}};
  });
  const auto failed = pay(server);
  CHECK(failed.code == exit_code::negative);
  CHECK(contains(failed.out, "failed, last on alpha"));
  const auto refused = pay(server);
  CHECK(refused.code == exit_code::negative);
  CHECK(contains(refused.out, "(code 300, order_conflict)"));
}

TEST_CASE("--json prints the whole answer as one line") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    return {.replies = {order_reply(c, order_state::open, "beta", "REPLY_TIMEOUT")}, .hang_up = false, .raw = {}};
  });
  const auto run = pay(server, {"--json"});
  CHECK(run.out.find('\n') == run.out.size() - 1);
  const auto o = nlohmann::json::parse(run.out);
  CHECK(o["code"] == 501);
  CHECK(o["advice"] == "ask");
  CHECK(o["order"]["in_doubt"] == true);
  CHECK(o["order"]["amount"]["minor"] == 14'780);
  CHECK(o["order"]["attempts"][0]["enquire_at"] == "2023-11-14T22:15:20.000000000Z");
}

TEST_CASE("another command's late reply isn't taken for ours") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    auto other = order_reply(c, order_state::paid, "alpha");
    other.request_id = c.request_id + 1;
    return {.replies = {other, order_reply(c, order_state::failed, "beta")}, .hang_up = false, .raw = {}};
  });
  CHECK(pay(server).code == exit_code::negative);
}

TEST_CASE("no server: one line that says what to look at, and 5") {
  const auto run = run_captured([&] { return run_order({"m1", "A-7", "--connect", closed_port()}); });
  CHECK(run.code == exit_code::connection);
  CHECK(contains(run.err, "connection refused; is `oncepay serve` running there?"));
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
}

TEST_CASE(
    "paid twice by a person: a payment whose connection broke is reported as unknown, to be sent again as it is") {
  scripted_server server(
      [](const command&, size_t) -> scripted_action { return {.replies = {}, .hang_up = true, .raw = {}}; });
  const auto run = pay(server);
  CHECK(run.code == exit_code::connection);
  CHECK(contains(run.err, "whether it was done is unknown: run the same command again, nothing is done twice"));
}

TEST_CASE("what isn't a reply ends the connection with a clear line") {
  scripted_server lies([](const command&, size_t) -> scripted_action {
    return {.replies = {}, .hang_up = false, .raw = std::vector<std::byte>(64, std::byte{0xff})};
  });
  const auto run = pay(lies);
  CHECK(run.code == exit_code::connection);
  CHECK(contains(run.err, "doesn't speak this protocol"));
  scripted_server garbles([](const command&, size_t) -> scripted_action {
    std::vector<std::byte> raw(36, std::byte{7});
    raw[0] = std::byte{32};
    raw[1] = raw[2] = raw[3] = std::byte{0};
    return {.replies = {}, .hang_up = false, .raw = raw};
  });
  CHECK(contains(pay(garbles).err, "sent a reply that can't be read"));
}

TEST_CASE("a silent server is given up after the time-out") {
  scripted_server server(
      [](const command&, size_t) -> scripted_action { return {.replies = {}, .hang_up = false, .raw = {}}; });
  client_options options;
  options.server = server.address();
  options.connect_timeout_ms = 100;
  options.reply_timeout_ms = 1;
  const auto answer =
      exchange(options, command{.request_id = 1, .not_before_position = 0, .body = query_balances_command{}});
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().sent);
  CHECK(contains(answer.error().text, "no answer"));
}

TEST_CASE("wrong amounts, currencies, merchants and methods never leave") {
  const auto mistake = [](const arguments& args) {
    const auto run = run_captured([&] { return run_pay(args); });
    CHECK(run.code == exit_code::usage);
    return run.err;
  };
  CHECK(contains(mistake({"m1", "A", "1.005", "CNY", "--method", "card"}), "at most 2 decimals"));
  CHECK(contains(mistake({"m1", "A", "1", "XQQ", "--method", "card"}), "no ISO 4217 currency"));
  CHECK(contains(mistake({"M1", "A", "1", "CNY", "--method", "card"}), "no merchant id"));
  CHECK(contains(mistake({"m1", "A B", "1", "CNY", "--method", "card"}), "no order number"));
  CHECK(contains(mistake({"m1", "A", "1", "CNY"}), "--method is missing"));
  CHECK(contains(mistake({"m1", "A", "0", "CNY", "--method", "card"}), "above 0"));
}

TEST_CASE("balances larger than one read arrive whole, and are listed with their sum") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    balance_list list;
    const auto cny = *parse_currency("CNY");
    for (int i = 0; i < 4'000; ++i)
      list.balances.push_back({"merchant/m-" + std::to_string(10'000 + i) + "/pending", {-1, cny}});
    list.balances.push_back({"transit", {4'000, cny}});
    list.accounts = list.balances.size();
    list.sums = {{0, cny}};
    auto r = plain_reply(c, errc::ok);
    r.body = std::move(list);
    return {.replies = {r}, .hang_up = false, .raw = {}};
  });
  const auto run = run_captured([&] { return run_balances({"--connect", server.address_text()}); });
  CHECK(run.code == exit_code::ok);
  CHECK(contains(run.out, "4 001 balances"));
  CHECK(contains(run.out, "sum"));
}

TEST_CASE("a ledger that doesn't sum to zero ends with 1") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    auto r = plain_reply(c, errc::ok);
    const money one{1, *parse_currency("CNY")};
    r.body = balance_list{{{"transit", one}}, 1, {one}};
    return {.replies = {r}, .hang_up = false, .raw = {}};
  });
  const auto run = run_captured([&] { return run_balances({"--connect", server.address_text()}); });
  CHECK(run.code == exit_code::negative);
  CHECK(contains(run.err, "0.01 CNY is left over"));
  // A part of the ledger has no reason to.
  CHECK(run_captured([&] {
          return run_balances({"transit", "--connect", server.address_text()});
        }).code == exit_code::ok);
}

TEST_CASE("a channel is switched by a named person for a reason") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    return {.replies = {plain_reply(c, errc::ok)}, .hang_up = false, .raw = {}};
  });
  const auto run = run_captured([&] {
    return run_channel(
        {"off", "beta", "--operator", "lin", "--reason", "time-outs", "--connect", server.address_text()});
  });
  CHECK(run.code == exit_code::ok);
  CHECK(std::get<switch_channel_command>(server.received().at(0).body) ==
        switch_channel_command{*channel_id::parse("beta"), false, "lin", "time-outs"});
  const auto nameless = run_captured([&] { return run_channel({"off", "beta", "--reason", "x"}); });
  CHECK(nameless.code == exit_code::usage);
  CHECK(contains(nameless.err, "--operator is missing"));
}

TEST_CASE("pay-outs are stopped by a named person for a reason: all, or one merchant's, or one channel's") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    return {.replies = {plain_reply(c, errc::ok)}, .hang_up = false, .raw = {}};
  });
  const auto run = [&](arguments more) {
    arguments all{"--operator", "lin", "--reason", "paid twice", "--connect", server.address_text()};
    all.insert(all.begin(), more.begin(), more.end());
    return run_captured([&] { return run_pay_outs(all); });
  };
  CHECK(run({"off"}).code == exit_code::ok);
  CHECK(run({"off", "--merchant", "m1"}).code == exit_code::ok);
  CHECK(run({"on", "--channel", "beta"}).code == exit_code::ok);
  const auto sent = server.received();
  CHECK(std::get<switch_pay_outs_command>(sent.at(0).body) ==
        switch_pay_outs_command{false, {}, {}, "lin", "paid twice"});
  CHECK(std::get<switch_pay_outs_command>(sent.at(1).body) ==
        switch_pay_outs_command{false, *merchant_id::parse("m1"), {}, "lin", "paid twice"});
  CHECK(std::get<switch_pay_outs_command>(sent.at(2).body) ==
        switch_pay_outs_command{true, {}, *channel_id::parse("beta"), "lin", "paid twice"});
  CHECK(run({"off", "--merchant", "m1", "--channel", "beta"}).code == exit_code::usage);
  CHECK(run({"off", "--merchant", "M1"}).code == exit_code::usage);
  CHECK(run({"stop"}).code == exit_code::usage);
  CHECK(server.received().size() == 3);
}

TEST_CASE("a pay-out is sent with its payee, and none without") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    return {.replies = {plain_reply(c, errc::like_pay_out_open)}, .hang_up = false, .raw = {}};
  });
  const auto run = run_captured([&] {
    return run_pay_out({"m1", "P-1", "12.50", "CNY", "--method", "bank-transfer", "--payee", "6222", "--reason", "rent",
                        "--connect", server.address_text()});
  });
  CHECK(run.code == exit_code::negative);
  CHECK(std::get<pay_out_command>(server.received().at(0).body) == pay_out_command{*merchant_id::parse("m1"),
                                                                                   *order_no::parse("P-1"),
                                                                                   {1'250, *parse_currency("CNY")},
                                                                                   *method_id::parse("bank-transfer"),
                                                                                   "6222",
                                                                                   "rent"});
  CHECK(run_captured([&] {
          return run_pay_out({"m1", "P-1", "12.50", "CNY", "--method", "bank-transfer"});
        }).code == exit_code::usage);
}

TEST_CASE("a merchant, a method or a channel is switched by a named person for a reason") {
  scripted_server server([](const command& c, size_t) -> scripted_action {
    return {.replies = {plain_reply(c, errc::ok)}, .hang_up = false, .raw = {}};
  });
  const auto switched = [&](arguments args) {
    args.insert(args.end(), {"--operator", "lin", "--reason", "why", "--connect", server.address_text()});
    return run_captured([&] { return run_switch(args); });
  };
  CHECK(switched({"off", "merchant", "bookshop"}).code == exit_code::ok);
  CHECK(switched({"on", "method", "card"}).code == exit_code::ok);
  CHECK(switched({"off", "channel", "beta"}).code == exit_code::ok);
  const auto received = server.received();
  REQUIRE(received.size() == 3);
  CHECK(std::get<switch_command>(received[0].body) ==
        switch_command{switch_subject::merchant, "bookshop", false, "lin", "why"});
  CHECK(std::get<switch_command>(received[1].body) ==
        switch_command{switch_subject::method, "card", true, "lin", "why"});
  CHECK(std::get<switch_channel_command>(received[2].body) ==
        switch_channel_command{*channel_id::parse("beta"), false, "lin", "why"});
  for (const arguments& wrong : {arguments{"off", "shop", "bookshop"}, arguments{"away", "merchant", "bookshop"},
                                 arguments{"off", "merchant", "No Shop"}, arguments{"off", "method", "Card!"}})
    CHECK(switched(wrong).code == exit_code::usage);
  // The server takes no longer names; told before it is sent.
  const auto too_long = run_captured([&] {
    return run_channel({"off", "beta", "--operator", std::string(limits::operator_name_bytes_max + 1, 'l'), "--reason",
                        "why", "--connect", server.address_text()});
  });
  CHECK(too_long.code == exit_code::usage);
  CHECK(contains(too_long.err, "--operator takes at most 64 bytes"));
  CHECK(server.received().size() == 3);
  CHECK(run_captured([&] {
          return run_switch({"off", "merchant", "bookshop", "--operator", "lin"});
        }).code == exit_code::usage);
}

TEST_CASE("rule sends what was found out, and shows how another person approves it") {
  const auto id = ruling_id::trusted(base32(hash_parts_128({"ruling"})));
  scripted_server server([&](const command& c, size_t) -> scripted_action {
    auto r = plain_reply(c, errc::ok);
    auto& view = r.body.emplace<order_view>();
    view.merchant = *merchant_id::parse("m1");
    view.order_no = *order_no::parse("A-7");
    view.state = order_state::open;
    if (const auto* said = std::get_if<propose_ruling_command>(&c.body))
      view.ruling =
          ruling_view{id,
                      {said->subject, said->number, said->outcome, said->evidence, said->reason, said->operator_name},
                      {ns_per_s},
                      {2 * ns_per_s}};
    return {.replies = {std::move(r)}, .hang_up = false, .raw = {}};
  });
  const auto rule = [&](arguments args) {
    args.insert(args.end(), {"--connect", server.address_text()});
    return run_captured([&] { return run_rule(args); });
  };
  const auto proposed = rule({"propose", "m1", "A-7", "failed", "--refund", "2", "--evidence", "line 17", "--reason",
                              "not in it", "--operator", "lin"});
  CHECK(proposed.code == exit_code::ok);
  CHECK(contains(proposed.out, "refund 2 failed, says lin"));
  CHECK(contains(proposed.out, "line 17"));
  CHECK(contains(proposed.out, "oncepay rule approve m1 A-7 --proposal " + id.str()));
  CHECK(rule({"approve", "m1", "A-7", "--proposal", id.str(), "--operator", "mei"}).code == exit_code::ok);
  CHECK(rule({"withdraw", "m1", "A-7", "--proposal", id.str(), "--operator", "mei", "--reason", "no"}).code ==
        exit_code::ok);
  CHECK(rule({"approve", "m1", "A-7", "failed", "--proposal", id.str(), "--operator", "mei"}).code == exit_code::usage);
  const auto received = server.received();
  REQUIRE(received.size() == 3);
  const auto& said = std::get<propose_ruling_command>(received[0].body);
  CHECK(said.subject == ruling_subject::refund);
  CHECK(said.number == 2);
  CHECK(said.outcome == ruling_outcome::failed);
  CHECK(said.operator_name == "lin");
  const auto& approval = std::get<answer_ruling_command>(received[1].body);
  CHECK(approval.ruling == id);
  CHECK(approval.approve);
  CHECK(approval.operator_name == "mei");
  CHECK_FALSE(std::get<answer_ruling_command>(received[2].body).approve);
}
