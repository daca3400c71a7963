#include "cli/submit/results.hpp"

#include "schema/wire_codec.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

pay_row row(const std::string& number) {
  pay_row r;
  r.pay.merchant = *merchant_id::parse("m1");
  r.pay.order_no = *order_no::parse(number);
  return r;
}

reply answer(errc code, order_state state, bool in_doubt, const std::string& channel_code) {
  order_view order;
  order.state = state;
  order.in_doubt = in_doubt;
  order.attempts.resize(2);
  order.attempts[0].channel = *channel_id::parse("alpha");
  order.attempts[1].channel = *channel_id::parse("beta");
  order.attempts[1].code = channel_code;
  reply r;
  r.code = code;
  r.body = std::move(order);
  return r;
}

} // namespace

TEST_CASE("a result names the last channel and its code, and tells paid from in doubt") {
  CHECK(results_line(row("A-1"), answer(errc::ok, order_state::paid, false, "OK")) == "A-1,0,paid,beta,OK,0\n");
  CHECK(results_line(row("A-2"), answer(errc::in_doubt, order_state::open, true, "REPLY_TIMEOUT")) ==
        "A-2,501,in doubt,beta,REPLY_TIMEOUT,0\n");
  auto again = answer(errc::payment_failed, order_state::failed, false, "DECLINED");
  again.duplicate = true;
  CHECK(results_line(row("A-3"), again) == "A-3,500,failed,beta,DECLINED,1\n");
}

TEST_CASE("a refusal without an order has empty columns, not missing ones") {
  reply refused;
  refused.code = errc::unknown_merchant;
  CHECK(results_line(row("A-4"), refused) == "A-4,302,refused,,,0\n");
}

TEST_CASE("commas and quotes in order numbers don't move columns") {
  reply refused;
  refused.code = errc::no_channel;
  CHECK(results_line(row("a,\"b\""), refused) == "\"a,\"\"b\"\"\",402,refused,,,0\n");
}

TEST_CASE("a results file is replaced, and whole after a flush") {
  std::string directory = (std::filesystem::temp_directory_path() / "oncepay-results-XXXXXX").string();
  REQUIRE(::mkdtemp(directory.data()) != nullptr);
  const std::string path = directory + "/results.csv";
  std::ofstream(path) << "of an earlier run\n";
  {
    submit_results results;
    REQUIRE(results.open_file(path));
    results.add(row("A-1"), answer(errc::ok, order_state::paid, false, "OK"));
    results.flush();
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    CHECK(text.str() == std::string(results_header) + "A-1,0,paid,beta,OK,0\n");
    CHECK(results.problem().empty());
  }
  std::filesystem::remove_all(directory);
}

TEST_CASE("a full disk is told, not swallowed") {
  submit_results results;
  REQUIRE(results.open_file("/dev/full"));
  results.add(row("A-1"), answer(errc::ok, order_state::paid, false, "OK"));
  results.flush();
  CHECK(results.problem().find("/dev/full can't be written: No space left") == 0);
}

TEST_CASE("a folder that isn't there is told before anything is sent") {
  submit_results results;
  const auto opened = results.open_file("/dev/null/results.csv");
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == "/dev/null/results.csv can't be written: Not a directory");
}
