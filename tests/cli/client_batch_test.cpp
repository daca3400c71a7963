// Batches from the command line: what is found wrong with a file before anything is sent, and how a batch reads.
#include "cli/client/client.hpp"
#include "cli/commands.hpp"
#include "tests/cli/scripted_server.hpp"
#include "tests/cli/standard_streams.hpp"
#include "tests/cli/temporary_folder.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

struct batch_desk {
  temporary_folder folder;
  scripted_server server{[](const command& c, size_t) -> scripted_action {
    return {.replies = {plain_reply(c, errc::busy)}, .hang_up = false, .raw = {}};
  }};

  auto pays_out(const std::string& lines, arguments more = {}) const {
    std::ofstream(folder.path("salaries.csv")) << "order_no,amount,payee\n" << lines;
    arguments args{"pay-out",    "m1",  "S-11",      folder.path("salaries.csv"), "--method", "transfer",
                   "--currency", "CNY", "--connect", server.address_text()};
    args.insert(args.end(), more.begin(), more.end());
    return run_captured([&] { return run_batch(args); });
  }
};

bool tells(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a file whose lines add up to --total is sent, with that total") {
  const batch_desk desk;
  CHECK(desk.pays_out("S-1,1.00,ann\nS-2,2.00,bob\n", {"--total", "3.00"}).code == exit_code::negative); // it is busy
  const auto received = desk.server.received();
  REQUIRE(received.size() == 1);
  CHECK(std::get<pay_out_batch_command>(received[0].body).total_minor == 300);
}

TEST_CASE("Loss prevented: a file that was cut short is sent, and somebody isn't paid") {
  const batch_desk desk;
  const auto run = desk.pays_out("S-1,1.00,ann\n", {"--total", "3.00"});
  CHECK(run.code == exit_code::data);
  CHECK(tells(run.err, "salaries.csv: the lines add up to 1.00 CNY, and --total says 3.00 CNY; nothing was sent"));
  CHECK(desk.server.received().empty());
}

TEST_CASE("Loss prevented: a line that is there twice is told by its place in the file, and all are at once") {
  const batch_desk desk;
  const auto run = desk.pays_out("S-1,1.00,ann\nS-2,1.00,bob\nS-1,5.00,eve\nS-4,1.00,ann\n");
  CHECK(run.code == exit_code::data);
  CHECK(tells(run.err, "salaries.csv, line 4: order number S-1 stands in line 2 already"));
  CHECK(tells(run.err, "salaries.csv, line 5: payee and amount are those of line 2"));
  CHECK_FALSE(tells(run.err, "ann"));
  CHECK(desk.server.received().empty());
}

TEST_CASE("a payee may stand in a file twice with two amounts, and an amount with two payees") {
  const batch_desk desk;
  desk.pays_out("S-1,1.00,ann\nS-2,2.00,ann\nS-3,1.00,bob\n");
  CHECK(desk.server.received().size() == 1);
}

TEST_CASE("a batch with a line that failed says where the reason is told, and one that refused a line names it") {
  const auto shown = [](errc code, order_state state) {
    scripted_server server([&](const command& c, size_t) -> scripted_action {
      reply r = plain_reply(c, errc::ok);
      batch_view v{*merchant_id::parse("m1"),
                   *order_no::parse("S-11"),
                   *method_id::parse("transfer"),
                   *parse_currency("CNY"),
                   {},
                   true,
                   {}};
      v.lines = {{*order_no::parse("S-1"), 100, errc::ok, order_state::paid},
                 {*order_no::parse("S-2"), 100, code, state}};
      r.body = v;
      return {.replies = {r}, .hang_up = false, .raw = {}};
    });
    return run_captured([&] { return run_batch({"show", "m1", "S-11", "--connect", server.address_text()}); }).out;
  };
  const std::string steps = "oncepay order m1 S-2 --trajectory";
  CHECK(tells(shown(errc::payment_failed, order_state::failed), steps));
  CHECK_FALSE(tells(shown(errc::ok, order_state::paid), steps));
  const std::string refused = shown(errc::insufficient_funds, order_state::none);
  CHECK(tells(refused, "refused: insufficient_funds"));
  CHECK_FALSE(tells(refused, steps));
}
