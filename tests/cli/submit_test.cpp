// Whole runs of `oncepay submit` against a scripted server.
#include "cli/commands.hpp"

#include "tests/cli/scripted_server.hpp"
#include "tests/cli/standard_streams.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

/// A file in a directory of its own, both gone at the end.
class csv_file {
public:
  explicit csv_file(std::string_view text) {
    auto name = (std::filesystem::temp_directory_path() / "oncepay-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory_ = name;
    std::ofstream(path(), std::ios::binary) << text;
  }
  csv_file(const csv_file&) = delete;
  csv_file& operator=(const csv_file&) = delete;
  ~csv_file() { std::filesystem::remove_all(directory_); }
  std::string path() const { return directory_ / "tx.csv"; }

private:
  std::filesystem::path directory_;
};

auto submit(const std::string& path, const scripted_server& server, arguments more = {}) {
  arguments args{path, "--connect", server.address_text(), "--currency", "CNY", "--method", "card"};
  args.insert(args.end(), more.begin(), more.end());
  return run_captured([&] { return run_submit(args); });
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Pays each order once: the second time it is a duplicate.
class paying_script {
public:
  scripted_action operator()(const command& c, size_t) {
    auto r = order_reply(c, order_state::paid, "alpha");
    r.duplicate = !known_->insert(std::get<pay_command>(c.body).order_no.str()).second;
    return {.replies = {r}, .hang_up = false, .raw = {}};
  }

private:
  std::shared_ptr<std::set<std::string>> known_ = std::make_shared<std::set<std::string>>();
};

} // namespace

TEST_CASE("paid twice: a file submitted again is answered as duplicates, and the report says so") {
  csv_file file("merchant,amount\r\nm1,1.00\r\nm2,2.00\r\nm1,3.00\r\n");
  scripted_server server{paying_script{}};
  const auto first = submit(file.path(), server);
  CHECK(first.code == exit_code::ok);
  CHECK(contains(first.out, "3 payments answered"));
  CHECK(contains(first.out, "paid on alpha"));
  CHECK_FALSE(contains(first.out, "duplicate"));
  const auto again = submit(file.path(), server);
  CHECK(again.code == exit_code::ok);
  CHECK(contains(again.out, "all of them were known already: 3 duplicates, nothing was paid again"));
  std::set<std::string> numbers;
  for (const auto& c : server.received())
    numbers.insert(std::get<pay_command>(c.body).order_no.str());
  CHECK(numbers == std::set<std::string>{"tx-0000002", "tx-0000003", "tx-0000004"});
}

TEST_CASE("bad rows are reported with their lines, not sent, and end with 1") {
  csv_file file("merchant,amount\nm1,1.00\nm1\nm1,one\n,1.00\nm1,4.00\n");
  scripted_server server{paying_script{}};
  const auto run = submit(file.path(), server);
  CHECK(run.code == exit_code::negative);
  CHECK(contains(run.err, "line 3: 1 fields, the header has 2"));
  CHECK(contains(run.err, "line 4: amount \"one\""));
  CHECK(contains(run.err, "line 5: merchant \"\""));
  CHECK(contains(run.out, "3 bad rows not sent"));
  CHECK(server.received().size() == 2);
}

TEST_CASE("only the first ten bad rows are shown, all are counted") {
  std::string text = "merchant,amount\n";
  for (int i = 0; i < 2'500; ++i)
    text += "m1,x\n";
  csv_file file(text);
  scripted_server server{paying_script{}};
  const auto run = submit(file.path(), server);
  CHECK(run.code == exit_code::negative);
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 11);
  CHECK(contains(run.out, "2 500 bad rows not sent"));
}

TEST_CASE("fates are counted by channel and code; in doubt is a fate, a conflict isn't") {
  csv_file file("merchant,amount\nm1,1\nm1,2\nm1,3\nm1,4\n");
  scripted_server server([](const command& c, size_t) -> scripted_action {
    switch (std::get<pay_command>(c.body).amount.minor) {
    case 100:
      return {.replies = {order_reply(c, order_state::paid, "alpha")}, .hang_up = false, .raw = {}};
    case 200:
      return {.replies = {order_reply(c, order_state::failed, "alpha", "DECLINED")}, .hang_up = false, .raw = {}};
    case 300:
      return {.replies = {order_reply(c, order_state::open, "beta", "REPLY_TIMEOUT")}, .hang_up = false, .raw = {}};
    default:
      return {.replies = {plain_reply(c, errc::order_conflict)}, .hang_up = false, .raw = {}};
    }
  });
  const auto run = submit(file.path(), server);
  CHECK(run.code == exit_code::negative);
  for (const auto* part :
       {"paid on alpha", "failed on alpha, DECLINED", "in doubt on beta, REPLY_TIMEOUT", "refused, order_conflict"})
    CHECK(contains(run.out, part));
  CHECK(contains(run.err, "line 5: "));
  const auto as_json = nlohmann::json::parse(submit(file.path(), server, {"--json"}).out);
  CHECK(as_json["answered"] == 4);
  CHECK(as_json["accepted"] == 3);
  CHECK(as_json["outcomes"].size() == 4);
  CHECK(as_json["latency_ns"]["max"] >= as_json["latency_ns"]["p50"]);
  CHECK(as_json["ended_early"] == nullptr);
}

TEST_CASE("what a file lacks, or options contradict, is a usage mistake before anything is sent") {
  csv_file file("merchant,amount\nm1,1\n");
  csv_file empty("");
  scripted_server server{paying_script{}};
  const auto mistake = [&](const std::string& path, const arguments& more) {
    const auto run = submit(path, server, more);
    CHECK(run.code == exit_code::usage);
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    return run.err;
  };
  CHECK(contains(mistake(file.path(), {"--amount-column", "value"}),
                 "no column \"value\"; the header has: merchant, amount"));
  CHECK(contains(mistake(file.path() + ".gone", {}), "can't read"));
  CHECK(contains(mistake("/", {"--order-prefix", "x"}), "can't read /: Is a directory"));
  CHECK(contains(mistake(empty.path(), {}), "is empty"));
  CHECK(contains(mistake("-", {}), "--order-prefix"));
  CHECK(contains(mistake(file.path(), {"--currency-column", "amount"}), "either --currency or"));
  CHECK(contains(mistake(file.path(), {"--open-merchants"}), "go together"));
  CHECK(contains(mistake(file.path(), {"--open-merchants", "--merchant-fee", "101%"}), "above 100%"));
  CHECK(contains(mistake(file.path(), {"--in-flight", "0"}), "from 1 to 32768"));
  CHECK(server.received().empty());
}
