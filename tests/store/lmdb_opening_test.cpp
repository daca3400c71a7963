// Who may open a log, and that a refused opening leaves every byte as it was.
#include "schema/log_codec.hpp"
#include "store/files.hpp"
#include "store/lmdb_records.hpp"
#include "tests/store/child_process.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace oncepay::test {

namespace fs = std::filesystem;

namespace {

/// Refused, and nothing changed but where LMDB notes its readers.
store_error refused(const scratch_directory& scratch, const lmdb_log_options& options) {
  auto files = [&] {
    auto found = files_of(scratch.path(""));
    if (options.access == log_access::read_only)
      for (auto& [path, content] : found)
        if (path.ends_with("/lock.mdb"))
          content.clear();
    return found;
  };
  const auto before = files();
  auto opened = lmdb_event_log::open(scratch.path("data"), options);
  const auto after = files();
  CHECK(before == after);
  return opened ? store_error{store_errc::io, "it was opened"} : opened.error();
}

void make_log(const scratch_directory& scratch) {
  auto log = must_open(scratch.path("data"));
  must_append(*log, {entry(order(1), 1)});
}

} // namespace

TEST_CASE("a log keeps its decisions from process to process") {
  scratch_directory scratch;
  std::string answers;
  {
    auto log = must_open(scratch.path("data"));
    must_append(*log, {entry(order(1), 1), due_entry_of(order(2), 1, 0, 9), entry(merchant(1), 1)});
    CHECK(log->environment() == "test");
    CHECK_FALSE(log->is_restored());
    answers = answers_of(*log, {order(1), order(2)});
  }
  auto log = must_open(scratch.path("data"));
  CHECK(answers_of(*log, {order(1), order(2)}) == answers);
  auto statistics = log->statistics().value();
  CHECK(statistics.head.position == 3);
  CHECK(statistics.first_at == at_s(1'700'000'001));
  CHECK(statistics.environment == "test");
  CHECK(statistics.format_version == log_format_version);
  CHECK_FALSE(statistics.marked.has_value());
  CHECK(statistics.file_bytes > 0);
}

TEST_CASE("a second writer is refused with the first one's process id: two would pay everything twice") {
  scratch_directory scratch;
  child_process first([&](const conversation& parent) {
    auto log = lmdb_event_log::open(scratch.path("data"), writing());
    parent.say(log ? "open" : log.error().text);
    parent.hear();
  });
  REQUIRE(first.hear() == "open");
  auto error = refused(scratch, writing());
  CHECK(error.code == store_errc::in_use);
  CHECK(error.text.find(std::to_string(first.pid())) != std::string::npos);
  first.kill();
  CHECK(must_open(scratch.path("data"))->head().position == 0);
}

TEST_CASE("one process opens a log once, for closing one of two would unlock both") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  CHECK(error_in(lmdb_event_log::open(scratch.path("data"), writing())).code == store_errc::in_use);
  CHECK(error_in(lmdb_event_log::open(scratch.path("data"), reading())).code == store_errc::in_use);
  CHECK(error_in(lmdb_event_log::open(scratch.path("data") + "/../data", reading())).code == store_errc::in_use);
  log.reset();
  CHECK(must_open(scratch.path("data"), reading())->head().position == 0);
}

TEST_CASE("a log of another environment is refused: its attempts would look like ours to the channels") {
  scratch_directory scratch;
  make_log(scratch);
  auto error = refused(scratch, writing("production"));
  CHECK(error.code == store_errc::foreign_environment);
  CHECK(error.text.find("\"test\"") != std::string::npos);
  CHECK(error.text.find("\"production\"") != std::string::npos);
  auto reader = reading();
  reader.environment = "production";
  CHECK(refused(scratch, reader).code == store_errc::foreign_environment);
  CHECK(refused(scratch, writing("")).code == store_errc::foreign_environment);
  CHECK(must_open(scratch.path("data"), reading())->environment() == "test");
}

TEST_CASE("a log of another format is refused") {
  scratch_directory scratch;
  make_log(scratch);
  {
    auto records = lmdb_records::open({.directory = scratch.path("data/log"), .map_bytes = test_map_bytes});
    REQUIRE(records);
    REQUIRE((*records)->found({log_format_version + 1, "test", false}));
  }
  CHECK(refused(scratch, writing()).code == store_errc::foreign_format);
  CHECK(refused(scratch, reading()).code == store_errc::foreign_format);
}

TEST_CASE("what isn't a log is neither opened nor touched") {
  scratch_directory scratch;
  fs::create_directories(scratch.path("data/log"));
  SUBCASE("bytes of another program") {
    std::ofstream(scratch.path("data/log/data.mdb")) << std::string(100'000, 'x');
  }
  SUBCASE("an LMDB environment of another program") {
    auto env = lmdb::environment::open({.directory = scratch.path("data/log"), .map_bytes = test_map_bytes});
    REQUIRE(env);
    REQUIRE((*env)->databases({{"theirs", 0}}));
  }
  CHECK(refused(scratch, writing()).code == store_errc::foreign_format);
  CHECK(refused(scratch, reading()).code == store_errc::foreign_format);
}

TEST_CASE("a process killed before its first commit leaves a log that opens") {
  scratch_directory scratch;
  fs::create_directories(scratch.path("data/log"));
  SUBCASE("an empty file") {
    std::ofstream(scratch.path("data/log/data.mdb"));
  }
  SUBCASE("an empty environment") {
    REQUIRE(lmdb::environment::open({.directory = scratch.path("data/log"), .map_bytes = test_map_bytes}));
  }
  auto log = must_open(scratch.path("data"));
  CHECK(must_append(*log, {entry(order(1), 1)}).position == 1);
}

TEST_CASE("a missing log is told by its path, and a reader makes none") {
  scratch_directory scratch;
  auto error = refused(scratch, reading());
  CHECK(error.code == store_errc::missing);
  CHECK(error.text.find(scratch.path("data")) != std::string::npos);
  lmdb_log_options options = writing();
  auto nowhere = lmdb_event_log::open(scratch.path("no/such/data"), options);
  CHECK(error_in(nowhere).code == store_errc::missing);
  CHECK_FALSE(fs::exists(scratch.path("no")));
  std::ofstream(scratch.path("data")) << "a file";
  CHECK(refused(scratch, writing()).code == store_errc::missing);
}

TEST_CASE("a directory that can't be written is told with the reason") {
  scratch_directory scratch;
  make_log(scratch);
  if (::geteuid() == 0) {
    // Root may write anywhere: somebody else is asked.
    child_process nobody([&](const conversation& parent) {
      constexpr uid_t nobody_id = 65'534;
      fs::permissions(scratch.path(""), fs::perms::all);
      fs::permissions(scratch.path("data"), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
      if (::setuid(nobody_id) != 0)
        parent.say("can't be nobody");
      auto log = lmdb_event_log::open(scratch.path("data"), writing());
      parent.say(log ? "opened" : std::string(name(log.error().code)) + ' ' + log.error().text);
    });
    const std::string said = nobody.hear();
    CHECK(said.starts_with("missing"));
    CHECK(said.find("Permission denied") != std::string::npos);
  } else {
    fs::permissions(scratch.path("data"), fs::perms::owner_read | fs::perms::owner_exec);
    auto log = lmdb_event_log::open(scratch.path("data"), writing());
    fs::permissions(scratch.path("data"), fs::perms::owner_all);
    CHECK(error_in(log).code == store_errc::missing);
    CHECK(error_in(log).text.find("Permission denied") != std::string::npos);
  }
}

TEST_CASE("a reader can't change a log") {
  scratch_directory scratch;
  make_log(scratch);
  auto log = must_open(scratch.path("data"), reading());
  std::vector<append_entry> batch = {entry(order(1), 2)};
  CHECK(error_in(log->append(batch)).code == store_errc::missing);
  CHECK(error_in(log->fold(10)).code == store_errc::missing);
  CHECK(error_in(log->release()).code == store_errc::missing);
}

TEST_CASE("a log that grows while somebody opens it isn't taken for one that was cut") {
  scratch_directory scratch;
  child_process writer([&](const conversation& parent) {
    auto log = must_open(scratch.path("data"));
    parent.say("open");
    for (int number = 1; number <= 200'000; number += 20) {
      std::vector<append_entry> batch;
      for (int i = number; i < number + 20; ++i)
        batch.push_back(entry(order(i), 1));
      must_append(*log, batch);
    }
  });
  REQUIRE(writer.hear() == "open");
  for (int i = 0; i < 1'000; ++i) {
    auto log = lmdb_event_log::open(scratch.path("data"), reading());
    REQUIRE_MESSAGE(log.has_value(), log.error().text);
  }
}

TEST_CASE("a log whose file was cut is refused as damaged") {
  scratch_directory scratch;
  {
    auto log = must_open(scratch.path("data"));
    std::vector<append_entry> batch;
    batch.reserve(1'000);
    for (int i = 0; i < 1'000; ++i)
      batch.push_back(entry(order(i), 1));
    must_append(*log, batch);
  }
  fs::resize_file(scratch.path("data/log/data.mdb"), fs::file_size(scratch.path("data/log/data.mdb")) / 2);
  auto error = error_in(lmdb_event_log::open(scratch.path("data"), writing()));
  CHECK(error.code == store_errc::damaged);
}

} // namespace oncepay::test
