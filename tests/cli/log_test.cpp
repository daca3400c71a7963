// `oncepay log` and `oncepay audit` over a log on disk.
#include "cli/commands.hpp"

#include "store/lmdb_event_log.hpp"
#include "tests/cli/audit_orders.hpp"
#include "tests/cli/standard_streams.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

constexpr uint64_t map_bytes = 64 << 20;

/// A data directory with a log of two orders, closed again; gone at the end.
class data_directory {
public:
  data_directory() {
    auto name = (std::filesystem::temp_directory_path() / "oncepay-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
    const auto log = open();
    append_all(*log, declined_then_paid("m1", "A-7"));
    append_all(*log, declined_then_paid("m1", "A/8"));
  }
  data_directory(const data_directory&) = delete;
  data_directory& operator=(const data_directory&) = delete;
  ~data_directory() { std::filesystem::remove_all(root_); }

  std::unique_ptr<lmdb_event_log> open() const {
    auto log = lmdb_event_log::open(data(), {.environment = std::string(audit_environment),
                                             .access = log_access::read_write,
                                             .map_bytes = map_bytes,
                                             .hash_of_name = nullptr});
    REQUIRE_MESSAGE(log.has_value(), (log ? "" : log.error().text));
    return std::move(*log);
  }
  std::string data() const { return root_ / "data"; }
  std::string beside(std::string_view name) const { return root_ / name; }

private:
  std::filesystem::path root_;
};

auto log_command(const arguments& args) {
  return run_captured([&] { return run_log(args); });
}

auto audit(const arguments& args) {
  return run_captured([&] { return run_audit(args); });
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

size_t lines_in(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace

TEST_CASE("audit reads an order from the disk, as a table or as one line of JSON") {
  const data_directory d;
  const auto table = audit({"m1", "A-7", "--data", d.data()});
  CHECK_MESSAGE(table.code == exit_code::ok, table.err);
  CHECK(contains(table.out, "order m1/A-7: paid on beta"));
  const auto line = audit({"m1", "A/8", "--data", d.data(), "--format", "json", "--chain"});
  CHECK(lines_in(line.out) == 1);
  const auto o = nlohmann::json::parse(line.out);
  CHECK(o["decisions"].size() == 3);
  const auto stat = nlohmann::json::parse(log_command({"stat", "--data", d.data(), "--json"}).out);
  CHECK(o["decisions"][2]["chain"] == stat["chain"]);
}

TEST_CASE("audit of an order the log doesn't know is one line, and 1") {
  const data_directory d;
  const auto run = audit({"m1", "A-9", "--data", d.data()});
  CHECK(run.code == exit_code::negative);
  CHECK(run.out.empty());
  CHECK(run.err == "oncepay: the log knows no order A-9 of merchant m1\n");
  CHECK(audit({"m1", "A-7", "--data", d.data(), "--until", "2023-01-01T00:00:00Z"}).code == exit_code::negative);
}

TEST_CASE("audit's mistakes are one line, and 2 or 4") {
  const data_directory d;
  CHECK(audit({"m1", "A-7"}).code == exit_code::usage);
  CHECK(audit({"m1", "A-7", "--data", d.data(), "--format", "xml"}).code == exit_code::usage);
  CHECK(audit({"m1", "A-7", "--data", d.data(), "--until", "noon"}).code == exit_code::usage);
  const auto missing = audit({"m1", "A-7", "--data", d.beside("nowhere")});
  CHECK(missing.code == exit_code::data);
  CHECK(lines_in(missing.err) == 1);
  CHECK_FALSE(std::filesystem::exists(d.beside("nowhere")));
}

TEST_CASE("log stat tells what a log is and holds") {
  const data_directory d;
  const auto run = log_command({"stat", "--data", d.data()});
  CHECK_MESSAGE(run.code == exit_code::ok, run.err);
  for (const auto* part : {"environment", "test", "decisions", "6", "in order", "2023-11-14T22:13:20.123Z"})
    CHECK_MESSAGE(contains(run.out, part), part);
  const auto o = nlohmann::json::parse(log_command({"stat", "--data", d.data(), "--json"}).out);
  CHECK(o["decisions"] == 6);
  CHECK(o["restored"] == false);
  CHECK(o["marked"] == nullptr);
}

TEST_CASE("log verify finds a sound log sound") {
  const data_directory d;
  const auto run = log_command({"verify", "--data", d.data()});
  CHECK_MESSAGE(run.code == exit_code::ok, run.err);
  CHECK(contains(run.out, "sound: 6 decisions"));
}

TEST_CASE("damage on the disk: log verify ends with 1 and the damaged position, and a backup is refused") {
  const data_directory d;
  // Positions 3 and 6 hold the channel's own number; every copy of it on the disk is changed.
  const auto file = std::filesystem::path(d.data()) / "log" / "data.mdb";
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const std::string_view original = "B-4711";
  const auto at = bytes.find(original);
  REQUIRE(at != std::string::npos);
  for (auto copy = at; copy != std::string::npos; copy = bytes.find(original, copy + 1))
    bytes[copy] = 'C';
  std::ofstream(file, std::ios::binary) << bytes;
  const auto run = log_command({"verify", "--data", d.data()});
  CHECK(run.code == exit_code::negative);
  CHECK(contains(run.err, "damaged at position 3"));
  CHECK(lines_in(run.err) == 1);
  const auto o = nlohmann::json::parse(log_command({"verify", "--data", d.data(), "--json"}).out);
  CHECK(o["sound"] == false);
  CHECK(o["damaged_position"] == 3);
  CHECK(log_command({"backup", d.beside("copy"), "--data", d.data()}).code == exit_code::data);
}

TEST_CASE("log dump prints ranges and streams, one decision a line") {
  const data_directory d;
  const auto all = log_command({"dump", "--data", d.data()});
  CHECK_MESSAGE(all.code == exit_code::ok, all.err);
  CHECK(lines_in(all.out) == 6);
  const auto range = log_command({"dump", "--data", d.data(), "--from", "2", "--to", "4"});
  CHECK(lines_in(range.out) == 2);
  CHECK(nlohmann::json::parse(range.out.substr(0, range.out.find('\n')))["position"] == 2);
  const auto stream = log_command({"dump", "--data", d.data(), "--stream", "order/m1/A/8"});
  REQUIRE(lines_in(stream.out) == 3);
  CHECK(nlohmann::json::parse(stream.out.substr(0, stream.out.find('\n')))["position"] == 4);
  CHECK(log_command({"dump", "--data", d.data(), "--from", "7"}).out.empty());
  CHECK(log_command({"dump", "--data", d.data(), "--stream", "order/m1"}).code == exit_code::usage);
}

TEST_CASE("log dump says of a stream that isn't there that it isn't, or a typing error looks like a lost order") {
  const data_directory d;
  const auto absent = log_command({"dump", "--data", d.data(), "--stream", "order/m1/A/9"});
  CHECK(absent.code == exit_code::negative);
  CHECK(absent.out.empty());
  CHECK(contains(absent.err, "the log holds no stream order/m1/A/9"));
  // Of one that is there nothing may lie in the range.
  const auto outside = log_command({"dump", "--data", d.data(), "--stream", "order/m1/A/8", "--to", "2"});
  CHECK(outside.code == exit_code::ok);
  CHECK(outside.out.empty());
}

TEST_CASE("paid again from a backup: a copy is restored until a named person releases it, which is recorded") {
  const data_directory d;
  const auto copy = d.beside("copy");
  const auto backup = log_command({"backup", copy, "--data", d.data()});
  CHECK_MESSAGE(backup.code == exit_code::ok, backup.err);
  CHECK(contains(backup.out, "6 decisions"));
  CHECK(log_command({"backup", copy, "--data", d.data()}).code == exit_code::data);
  CHECK(contains(log_command({"stat", "--data", copy}).out, "restored from a backup"));

  CHECK(log_command({"release", "--data", copy, "--reason", "x"}).code == exit_code::usage);
  const auto release = log_command({"release", "--data", copy, "--operator", "lin", "--reason", "reconciled"});
  CHECK_MESSAGE(release.code == exit_code::ok, release.err);
  CHECK(contains(release.out, "recorded at position 7"));
  CHECK(contains(log_command({"stat", "--data", copy}).out, "in order"));
  const auto recorded = nlohmann::json::parse(log_command({"dump", "--data", copy, "--stream", "operations"}).out);
  CHECK(recorded["input"]["operator_name"] == "lin");
  CHECK(recorded["events"][0]["event"] == "log_released");
  CHECK(log_command({"verify", "--data", copy}).code == exit_code::ok);

  const auto again = log_command({"release", "--data", copy, "--operator", "lin", "--reason", "again"});
  CHECK(again.code == exit_code::negative);
  CHECK(log_command({"release", "--data", d.data(), "--operator", "lin", "--reason", "x"}).code == exit_code::negative);
}

TEST_CASE("log's own mistakes are one line") {
  for (const arguments& args :
       {arguments{}, arguments{"stats"}, arguments{"stat"}, arguments{"stat", "x", "--data", "y"}}) {
    const auto run = log_command(args);
    CHECK(run.code == exit_code::usage);
    CHECK(lines_in(run.err) == 1);
  }
  CHECK(contains(log_command({"stats"}).err, "did you mean stat?"));
  CHECK(contains(log_command({"--help"}).out, "verify"));
}
