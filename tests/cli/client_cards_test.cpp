// Cards from the command line: what is sent, what is refused before anything is, and how an answer reads.
#include "cli/client/client.hpp"

#include "tests/cli/scripted_server.hpp"
#include "tests/cli/standard_streams.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

bool holds_text(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

reply reply_about_card(const command& c, order_kind kind, card_view about, std::vector<refund_view> refunds = {}) {
  order_view v;
  v.merchant = *merchant_id::parse("m1");
  v.order_no = *order_no::parse("B-7");
  v.state = order_state::paid;
  v.amount = {kind == order_kind::payment ? 14'780 : 0, *parse_currency("CNY")};
  v.method = *method_id::parse("card");
  v.kind = kind;
  v.attempts = {{1, *channel_id::parse("alpha"), {}, attempt_state::succeeded, "OK", "", evidence::channel_reply, {}}};
  v.refunds = std::move(refunds);
  v.card = std::move(about);
  reply r;
  r.request_id = c.request_id;
  r.body = std::move(v);
  return r;
}

scripted_server::script always(order_kind kind, const card_view& about, const std::vector<refund_view>& refunds = {}) {
  return [=](const command& c, size_t) -> scripted_action {
    return {.replies = {reply_about_card(c, kind, about, refunds)}, .hang_up = false, .raw = {}};
  };
}

const card_view bound_card{"6222****1234", "vba-1", true, false, {}};

} // namespace

TEST_CASE("bind sends the channel's token, and an order that is bound ends with 0 and shows what stands") {
  scripted_server server(always(order_kind::bind, bound_card));
  const auto run = run_captured([&] {
    return run_bind({"m1", "B-7", "CNY", "--method", "card", "--token", "tok_1", "--payer", "alice", "--card", "own",
                     "--connect", server.address_text()});
  });
  CHECK(run.code == exit_code::ok);
  CHECK(holds_text(run.out, "order m1/B-7: bound on alpha"));
  CHECK(holds_text(run.out, "6222****1234"));
  CHECK(holds_text(run.out, "vba-1, stands"));
  const auto received = server.received();
  const auto& sent = std::get<bind_command>(received.at(0).body);
  CHECK(sent.card_token == "tok_1");
  CHECK(sent.payer == "alice");
  CHECK(sent.card == "own");
  CHECK(sent.currency == *parse_currency("CNY"));
  CHECK(sent.placed_at);
}

TEST_CASE("an order that was unbound isn't one to go on with") {
  scripted_server server(always(order_kind::bind, {"6222****1234", "vba-1", false, true, {}}));
  const auto run = run_captured([&] { return run_order({"m1", "B-7", "--connect", server.address_text()}); });
  CHECK(run.code == exit_code::negative);
  CHECK(holds_text(run.out, "bound on alpha, and unbound"));
  CHECK(holds_text(run.out, "nothing is withheld by it any more"));
  const auto json = run_captured([&] {
    return run_order({"m1", "B-7", "--json", "--connect", server.address_text()});
  });
  const auto told = nlohmann::json::parse(json.out).at("order");
  CHECK(told.at("label") == "unbound");
  CHECK(told.at("card").at("mask") == "6222****1234");
  CHECK(told.at("card").at("agreement") == "vba-1");
  CHECK(told.at("card").at("stands") == false);
}

TEST_CASE("authenticate asks and signs nothing") {
  scripted_server server(always(order_kind::authenticate, {"6222****1234", "", false, false, {}}));
  const auto run = run_captured([&] {
    return run_authenticate(
        {"m1", "B-7", "CNY", "--method", "card", "--token", "tok_1", "--connect", server.address_text()});
  });
  CHECK(run.code == exit_code::ok);
  CHECK(holds_text(run.out, "authenticated on alpha"));
  CHECK(std::get<authenticate_command>(server.received().at(0).body).card_token == "tok_1");
}

TEST_CASE("unbind says what became of it, by its own number") {
  refund_view ending;
  ending.number = 1;
  ending.refund_no = *order_no::parse("U-1");
  ending.state = refund_state::succeeded;
  ending.unbinds = true;
  scripted_server server(always(order_kind::bind, {"6222****1234", "vba-1", false, true, {}}, {ending}));
  const auto run = run_captured([&] {
    return run_unbind({"m1", "B-7", "U-1", "--reason", "asked for", "--connect", server.address_text()});
  });
  CHECK(run.code == exit_code::ok);
  CHECK(holds_text(run.out, "unbinding U-1: the card is unbound"));
  CHECK(std::get<unbind_command>(server.received().at(0).body) ==
        unbind_command{*merchant_id::parse("m1"), *order_no::parse("B-7"), *order_no::parse("U-1"), "asked for"});
}

TEST_CASE("an unbinding isn't shown as a refund: it has a table of its own, with its own name") {
  refund_view refund, ending;
  refund.number = 1;
  refund.refund_no = *order_no::parse("R-1");
  refund.amount_minor = 500;
  refund.state = refund_state::succeeded;
  ending.number = 2;
  ending.refund_no = *order_no::parse("U-1");
  ending.state = refund_state::in_doubt;
  ending.unbinds = true;
  const auto shown = [](const std::vector<refund_view>& refunds) {
    scripted_server server(always(order_kind::payment, bound_card, refunds));
    return run_captured([&] { return run_order({"m1", "B-7", "--connect", server.address_text()}); }).out;
  };
  const std::string both = shown({refund, ending});
  CHECK(both.find("  refund") < both.find("R-1"));
  CHECK(both.find("R-1") < both.find("  unbinding"));
  CHECK(both.find("  unbinding") < both.find("U-1"));
  const std::string one = shown({ending});
  CHECK(holds_text(one, "  unbinding  its merchant's number  state"));
  CHECK_FALSE(holds_text(one, "  refund"));
  CHECK_FALSE(holds_text(one, "0.00"));
}

TEST_CASE("pay binds a card as well, or is withheld by one, and never both") {
  scripted_server server(always(order_kind::payment, bound_card));
  const auto pays = [&](arguments more) {
    arguments args{"m1", "A-7", "147.80", "CNY", "--method", "card", "--connect", server.address_text()};
    args.insert(args.end(), more.begin(), more.end());
    return run_captured([&] { return run_pay(args); });
  };
  CHECK(pays({"--bind", "tok_1"}).code == exit_code::ok);
  CHECK(std::get<pay_command>(server.received().at(0).body).bind_token == "tok_1");
  CHECK(pays({"--agreement", "B-7"}).code == exit_code::ok);
  CHECK(std::get<pay_command>(server.received().at(1).body).agreement_order_no == *order_no::parse("B-7"));
  const auto both = pays({"--bind", "tok_1", "--agreement", "B-7"});
  CHECK(both.code == exit_code::usage);
  CHECK(holds_text(both.err, "give --bind or --agreement"));
  CHECK(pays({"--agreement", "B 7"}).code == exit_code::usage);
  CHECK(server.received().size() == 2);
}

TEST_CASE("Loss prevented: a card's number that somebody types is sent, or shown again") {
  scripted_server server(always(order_kind::bind, bound_card));
  const std::string number = "4111 1111 1111 1111";
  const auto to = server.address_text();
  const std::vector<printed<exit_code>> runs{
      run_captured([&] {
        return run_bind({"m1", "B-7", "CNY", "--method", "card", "--token", number, "--connect", to});
      }),
      run_captured([&] {
        return run_bind({"m1", "B-7", "CNY", "--method", "card", "--token", "t", "--payer", number, "--connect", to});
      }),
      run_captured([&] {
        return run_authenticate({"m1", "B-7", "CNY", "--method", "card", "--token", number, "--connect", to});
      }),
      run_captured([&] {
        return run_unbind({"m1", "B-7", "U-1", "--reason", "of " + number, "--connect", to});
      }),
      run_captured([&] {
        return run_pay({"m1", "A-7", "1.00", "CNY", "--method", "card", "--bind", number, "--connect", to});
      })};
  for (const auto& run : runs) {
    CHECK(run.code == exit_code::usage);
    CHECK(holds_text(run.err, "looks like a card's number"));
    CHECK_FALSE(holds_text(run.out + run.err, "1111"));
  }
  CHECK(run_captured([&] {
          return run_bind({"m1", "B-7", "CNY", "--method", "card", "--connect", to});
        }).code == exit_code::usage);
  CHECK(server.received().empty());
}
