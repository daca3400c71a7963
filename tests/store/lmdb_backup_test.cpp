// Backups: complete, without keys, and never taken for the original.
#include "store/payer_vault.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <filesystem>
#include <fstream>

namespace oncepay::test {

namespace fs = std::filesystem;

namespace {

const std::vector<stream_name> streams = {order(1), order(2), merchant(1)};

void fill(lmdb_event_log& log) {
  must_append(log, {due_entry_of(order(1), 1, 0, 30), entry(merchant(1), 1)});
  must_append(log, {due_entry_of(order(1), 2, 30, 0), entry(order(2), 1, "Q-2")});
}

} // namespace

TEST_CASE("a backup taken from a live log answers like it, as of then") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  fill(*log);
  REQUIRE(log->fold(2).has_value());
  const std::string answers = answers_of(*log, streams);
  uint64_t done = 0;
  auto head = log->backup_to(scratch.path("copy"), [&](uint64_t position, uint64_t all) {
    CHECK(all == 4);
    done = position;
    return true;
  });
  REQUIRE(head);
  CHECK(*head == log->head());
  CHECK(done == 4);
  must_append(*log, {entry(order(2), 2)});
  auto copy = must_open(scratch.path("copy"));
  CHECK(answers_of(*copy, streams) == answers);
  CHECK(copy->verify({}).value().is_sound());
  CHECK(copy->environment() == "test");
}

TEST_CASE("a backup is in restored mode until it is released: its newest orders may have been paid elsewhere") {
  scratch_directory scratch;
  {
    auto log = must_open(scratch.path("data"));
    fill(*log);
    REQUIRE(log->backup_to(scratch.path("copy"), {}));
    CHECK_FALSE(log->is_restored());
  }
  CHECK(must_open(scratch.path("copy"), reading())->is_restored());
  {
    auto copy = must_open(scratch.path("copy"));
    CHECK(copy->is_restored());
    CHECK(copy->statistics().value().restored);
    REQUIRE(copy->release());
    CHECK_FALSE(copy->is_restored());
  }
  CHECK_FALSE(must_open(scratch.path("copy"))->is_restored());
  CHECK_FALSE(must_open(scratch.path("copy"), reading())->statistics().value().restored);
}

TEST_CASE("a backup of a backup is in restored mode too, and one of a released log as well") {
  scratch_directory scratch;
  fill(*must_open(scratch.path("data")));
  REQUIRE(must_open(scratch.path("data"), reading())->backup_to(scratch.path("first"), {}));
  REQUIRE(must_open(scratch.path("first"), reading())->backup_to(scratch.path("second"), {}));
  CHECK(must_open(scratch.path("second"), reading())->is_restored());
  REQUIRE(must_open(scratch.path("second"))->release());
  REQUIRE(must_open(scratch.path("second"))->backup_to(scratch.path("third"), {}));
  CHECK(must_open(scratch.path("third"), reading())->is_restored());
}

TEST_CASE("a backup holds the log and nothing else: with the keys it would hold every payer") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  REQUIRE(payer_vault::open_directory(scratch.path("data"), true));
  fill(*log);
  REQUIRE(log->backup_to(scratch.path("copy"), {}));
  std::vector<std::string> files;
  for (const auto& [path, content] : files_of(scratch.path("copy")))
    files.push_back(path);
  CHECK(files == std::vector<std::string>{"log", "log/data.mdb"});
  CHECK_FALSE(fs::exists(scratch.path("copy.partial")));
}

TEST_CASE("a log knows which keys it is written with, and so does its backup") {
  scratch_directory scratch;
  for (const char* there : {"data", "other"})
    fs::create_directory(scratch.path(there));
  auto vault = payer_vault::open_directory(scratch.path("data"), true);
  auto other = payer_vault::open_directory(scratch.path("other"), true);
  REQUIRE(vault);
  REQUIRE(other);
  {
    auto log = must_open(scratch.path("data"));
    CHECK_FALSE(log->keys());
    REQUIRE(log->set_keys(vault->check()));
    fill(*log);
    REQUIRE(log->backup_to(scratch.path("copy"), {}));
  }
  for (const char* there : {"data", "copy"}) {
    CAPTURE(there);
    const auto known = must_open(scratch.path(there), reading())->keys();
    REQUIRE(known);
    CHECK(*known == vault->check());
    CHECK(*known != other->check());
  }
}

TEST_CASE("a backup overwrites nothing") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  fill(*log);
  for (const char* there : {"copy", "copy.partial"}) {
    CAPTURE(there);
    fs::create_directory(scratch.path(there));
    std::ofstream(scratch.path(there) + "/precious") << "data";
    auto refused = error_in(log->backup_to(scratch.path("copy"), {}));
    CHECK(refused.code == store_errc::missing);
    CHECK(refused.text.find(there) != std::string::npos);
    CHECK(files_of(scratch.path(there)).size() == 1);
    fs::remove_all(scratch.path(there));
  }
  CHECK(error_in(log->backup_to(scratch.path("no/such/copy"), {})).code == store_errc::missing);
  CHECK(error_in(log->backup_to(scratch.path("data"), {})).code == store_errc::missing);
}

TEST_CASE("a backup that was given up, or of a damaged log, leaves nothing that looks like one") {
  scratch_directory scratch;
  fill(*must_open(scratch.path("data")));
  SUBCASE("given up") {
    auto log = must_open(scratch.path("data"), reading());
    CHECK_FALSE(log->backup_to(scratch.path("copy"), [](uint64_t, uint64_t) { return false; }).has_value());
  }
  SUBCASE("damaged") {
    REQUIRE(damage(scratch.path("data/log/data.mdb"), entry(order(2), 1, "Q-2")) > 0);
    auto log = must_open(scratch.path("data"), reading());
    CHECK(error_in(log->backup_to(scratch.path("copy"), {})).code == store_errc::damaged);
  }
  CHECK_FALSE(fs::exists(scratch.path("copy")));
  CHECK_FALSE(fs::exists(scratch.path("copy.partial")));
}

TEST_CASE("an empty log is backed up too") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  REQUIRE(log->backup_to(scratch.path("copy"), {}));
  CHECK(must_open(scratch.path("copy"))->head().position == 0);
}

} // namespace oncepay::test
