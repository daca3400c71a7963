// Auditors beside a server: other processes that only read.
#include "store/lmdb_records.hpp"
#include "store/memory_event_log.hpp"
#include "tests/store/child_process.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <filesystem>

namespace oncepay::test {

namespace fs = std::filesystem;

namespace {

const std::vector<stream_name> streams = {order(1), order(2), order(3), channel(1), merchant(1)};

/// Opens the log when told to and then says, line by line, whether its answers are those it is sent.
void audit(const std::string& directory, const conversation& parent) {
  parent.hear();
  auto log = lmdb_event_log::open(directory, reading());
  parent.say(log ? "open" : std::string(name(log.error().code)) + ' ' + log.error().text);
  while (log) {
    const std::string wanted = parent.hear();
    if (wanted.empty())
      return;
    if (wanted == "refresh") {
      auto refreshed = (*log)->refresh();
      parent.say(refreshed ? "refreshed" : refreshed.error().text);
    } else if (wanted == "verify") {
      auto found = (*log)->verify({});
      parent.say(!found ? found.error().text : found->is_sound() ? "sound" : found->damage);
    } else {
      // One line of a hash instead of many lines of answers.
      parent.say(std::to_string(name_hash(answers_of(**log, streams))));
    }
  }
}

std::string expected(const event_log& log) {
  return std::to_string(name_hash(answers_of(log, streams)));
}

} // namespace

TEST_CASE("a reader sees the log as of its opening while a server goes on writing and folding") {
  scratch_directory scratch;
  child_process auditor([&](const conversation& parent) { audit(scratch.path("data"), parent); });
  auto log = must_open(scratch.path("data"));
  must_append(*log, {due_entry_of(order(1), 1, 0, 20), entry(channel(1), 1), due_entry_of(order(2), 1, 0, 30)});
  REQUIRE(log->fold(2).value() == 1);
  must_append(*log, {due_entry_of(order(1), 2, 20, 0), entry(merchant(1), 1)});
  auditor.say("open");
  REQUIRE(auditor.hear() == "open");
  auditor.say("answers");
  CHECK(auditor.hear() == expected(*log));

  // The index moves on below the reader, whose log stays where it was.
  memory_event_log then;
  must_append(then, {due_entry_of(order(1), 1, 0, 20), entry(channel(1), 1), due_entry_of(order(2), 1, 0, 30)});
  must_append(then, {due_entry_of(order(1), 2, 20, 0), entry(merchant(1), 1)});
  must_append(*log, {entry(order(1), 3), entry(order(3), 1), entry(channel(1), 2)});
  REQUIRE(log->fold(100).value() == 0);
  auditor.say("answers");
  CHECK(auditor.hear() == expected(then));
  auditor.say("refresh");
  CHECK(auditor.hear() == "refreshed");
  auditor.say("answers");
  CHECK(auditor.hear() == expected(*log));
  auditor.say("verify");
  CHECK(auditor.hear() == "sound");
}

TEST_CASE("a reader needs no server, no index and no lock file, and makes none") {
  scratch_directory scratch;
  std::string answers;
  {
    auto log = must_open(scratch.path("data"));
    must_append(*log, {due_entry_of(order(1), 1, 0, 20), entry(channel(1), 1), due_entry_of(order(2), 1, 0, 30)});
    must_append(*log, {due_entry_of(order(1), 2, 20, 0), entry(merchant(1), 1), entry(order(1), 3)});
    REQUIRE(log->fold(4).has_value());
    answers = answers_of(*log, streams);
  }
  SUBCASE("as it was left") {}
  SUBCASE("without its index") {
    fs::remove_all(scratch.path("data/index"));
  }
  SUBCASE("with an index that can't be read") {
    fs::resize_file(scratch.path("data/index/data.mdb"), 5'000);
  }
  SUBCASE("without any lock file") {
    for (const char* file : {"data/lock", "data/log/lock.mdb", "data/index/lock.mdb"})
      fs::remove(scratch.path(file));
  }
  const auto before = files_of(scratch.path("data"));
  {
    auto log = must_open(scratch.path("data"), reading());
    CHECK(answers_of(*log, streams) == answers);
    CHECK(log->verify({}).value().is_sound());
  }
  auto after = files_of(scratch.path("data"));
  for (const auto& [path, content] : before)
    if (!path.ends_with("lock.mdb")) // Where LMDB notes its readers.
      CHECK(after.at(path) == content);
  CHECK(after.size() == before.size());
}

TEST_CASE("a copy that is read without a lock file isn't written meanwhile: LMDB would reuse what is being read") {
  scratch_directory scratch;
  {
    auto log = must_open(scratch.path("data"));
    must_append(*log, {entry(order(1), 1)});
  }
  fs::remove(scratch.path("data/log/lock.mdb"));
  child_process auditor([&](const conversation& parent) { audit(scratch.path("data"), parent); });
  auditor.say("open");
  REQUIRE(auditor.hear() == "open");
  CHECK(error_in(lmdb_event_log::open(scratch.path("data"), writing())).code == store_errc::in_use);
  auditor.kill();
  CHECK(must_open(scratch.path("data"))->head().position == 1);
}

TEST_CASE("an old reader is warned about by its process id, and a dead one is freed") {
  scratch_directory scratch;
  child_process sleeper([&](const conversation& parent) {
    parent.hear();
    auto records = lmdb_records::open({.directory = scratch.path("data/log"), .map_bytes = 0, .read_only = true});
    auto txn = (*records)->environment().begin_read();
    parent.say(txn ? "reading" : txn.error().text);
    parent.hear();
  });
  auto log = must_open(scratch.path("data"));
  must_append(*log, {entry(order(1), 1)});
  sleeper.say("go");
  REQUIRE(sleeper.hear() == "reading");
  CHECK(log->check_readers(at_s(1'000)).empty());
  CHECK(log->check_readers(at_s(1'059)).empty());
  auto warnings = log->check_readers(at_s(1'060));
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("process " + std::to_string(sleeper.pid())) != std::string::npos);
  CHECK(warnings[0].find("60 s") != std::string::npos);
  sleeper.kill();
  warnings = log->check_readers(at_s(1'070));
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("freed") != std::string::npos);
  CHECK(log->check_readers(at_s(1'200)).empty());
}

} // namespace oncepay::test
