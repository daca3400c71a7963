// Disks that fail or fill, processes that are killed. fdatasync, by which a commit becomes durable here and in LMDB, is
// replaced in this program by one that fails when told to: production code has no seam for it and needs none.
#include "tests/store/child_process.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// What the next fdatasync of a file below `failing_below` fails with; 0: it doesn't. Others are left alone: syncs
/// happen on several threads.
std::atomic<int> failing_sync = 0;
std::string failing_below;

void fail_next_sync(const std::string& path, int error) {
  failing_below = path;
  failing_sync = error;
}

bool is_to_fail(int fd) {
  std::error_code none;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none);
  return path.string().find(failing_below) != std::string::npos;
}

} // namespace

/// Where in a write-ahead file a page can't be read; negative: nowhere.
std::atomic<off_t> unreadable_at = -1;

namespace {

bool is_write_ahead(int fd) {
  std::error_code none;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none).filename() == "write_ahead";
}

} // namespace

extern "C" ssize_t pread(int fd, void* into, size_t bytes, off_t offset) {
  if (const off_t bad = unreadable_at; bad >= 0 && offset <= bad && bad < offset + static_cast<off_t>(bytes))
    if (is_write_ahead(fd)) {
      errno = EIO;
      return -1;
    }
  return ::syscall(SYS_pread64, fd, into, bytes, offset);
}

extern "C" int fdatasync(int fd) {
  if (failing_sync != 0 && is_to_fail(fd))
    if (int error = failing_sync.exchange(0); error != 0) {
      errno = error;
      return -1;
    }
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

namespace oncepay::test {

namespace fs = std::filesystem;

TEST_CASE("after a failed fsync nothing is appended, by this process or the next, until a copy was made") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  must_append(*log, {entry(order(1), 1)});
  const log_head before = log->head();
  std::vector<append_entry> batch = {entry(order(2), 1)};
  store_errc expected = store_errc::io;
  SUBCASE("the disk fails") {
    fail_next_sync("data/log/write_ahead", EIO);
  }
  SUBCASE("the disk is full") {
    fail_next_sync("data/log/write_ahead", ENOSPC);
    expected = store_errc::full;
  }
  CHECK(error_in(log->append(batch)).code == expected);
  REQUIRE(failing_sync == 0);
  CHECK(log->head() == before);
  CHECK(log->version_of(order(2)).value() == 0);
  auto later = error_in(log->append(batch));
  CHECK(later.code == expected);
  CHECK(later.text.find("failed commit") != std::string::npos);
  log.reset();

  auto refused = error_in(lmdb_event_log::open(scratch.path("data"), writing()));
  CHECK(refused.code == store_errc::marked);
  CHECK(refused.text.find("oncepay log backup") != std::string::npos);
  CHECK(refused.text.find("oncepay log verify") != std::string::npos);

  {
    auto reader = must_open(scratch.path("data"), reading());
    CHECK(reader->statistics().value().marked.has_value());
    REQUIRE(reader->backup_to(scratch.path("copy"), {}));
  }
  auto copy = must_open(scratch.path("copy"));
  CHECK_FALSE(copy->statistics().value().marked.has_value());
  CHECK(copy->verify({}).value().is_sound());
  CHECK(copy->version_of(order(1)).value() == 1);
  CHECK(copy->version_of(order(2)).value() == 0); // refused is refused, also for who saves what is left
}

TEST_CASE("a disk that can't read the write-ahead file any more, where a commit failed, doesn't keep the rest from "
          "being saved") {
  scratch_directory scratch;
  log_head head;
  {
    auto log = must_open(scratch.path("data"));
    head = must_append(*log, {entry(order(1), 1)});
    fail_next_sync("data/log/write_ahead", EIO);
    CHECK_FALSE(log->append(std::vector{entry(order(2), 1)}).has_value());
    // The process ends here and now in production: LMDB has what was acknowledged already.
    unreadable_at = 4'096;
  }
  {
    auto reader = must_open(scratch.path("data"), reading());
    CHECK(reader->head() == head);
    REQUIRE(reader->backup_to(scratch.path("copy"), {}));
  }
  unreadable_at = -1;
  CHECK(must_open(scratch.path("copy"))->head() == head);
}

TEST_CASE("what was acknowledged and LMDB then couldn't take isn't lost, and nothing is acknowledged after it") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  fail_next_sync("data/log/data.mdb", EIO);
  log_head acknowledged;
  // LMDB is handed commits on another thread, a tenth of a second after the first.
  store_result<log_head> result;
  uint32_t version = 0;
  while ((result = log->append(std::vector{entry(channel(1), version + 1)}))) {
    acknowledged = *result;
    ++version;
  }
  CHECK(error_in(result).code == store_errc::io);
  CHECK(log->head() == acknowledged);
  CHECK(log->version_of(channel(1)).value() == version);
  CHECK(log->verify({}).value().is_sound());
  log.reset();
  CHECK(error_in(lmdb_event_log::open(scratch.path("data"), writing())).code == store_errc::marked);
  {
    auto reader = must_open(scratch.path("data"), reading());
    CHECK(reader->head() == acknowledged);
    CHECK(reader->statistics().value().marked.has_value());
    REQUIRE(reader->backup_to(scratch.path("copy"), {}));
  }
  auto copy = must_open(scratch.path("copy"));
  CHECK(copy->head() == acknowledged);
  CHECK(copy->version_of(channel(1)).value() == version);
  CHECK(copy->verify({}).value().is_sound());
}

TEST_CASE("that LMDB couldn't take what was acknowledged is known while nobody appends") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  CHECK_FALSE(log->failure().has_value());
  fail_next_sync("data/log/data.mdb", EIO);
  must_append(*log, {entry(order(1), 1)});
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!log->failure() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  REQUIRE(log->failure().has_value());
  CHECK(log->failure()->code == store_errc::io);
}

TEST_CASE("a server that stops knows whether LMDB took the last of what it acknowledged") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  must_append(*log, {entry(order(1), 1)});
  CHECK(log->flush().has_value());
  fail_next_sync("data/log/data.mdb", EIO);
  must_append(*log, {entry(order(2), 1)});
  CHECK(error_in(log->flush()).code == store_errc::io);
  CHECK(log->failure().has_value());
  log.reset();
  CHECK(error_in(lmdb_event_log::open(scratch.path("data"), writing())).code == store_errc::marked);
}

TEST_CASE("a disk that fails while a killed server's commits are taken up marks the log, and loses none of them") {
  scratch_directory scratch;
  child_process writer([&](const conversation& parent) {
    auto log = lmdb_event_log::open(scratch.path("data"), writing());
    for (uint32_t i = 1; log && i <= 3; ++i)
      if (!(*log)->append(std::vector{entry(channel(1), i)}))
        return;
    parent.say("done");
    parent.hear();
  });
  REQUIRE(writer.hear() == "done");
  writer.kill();
  SUBCASE("LMDB can't be written") {
    fail_next_sync("data/log/data.mdb", EIO);
    CHECK(error_in(lmdb_event_log::open(scratch.path("data"), writing())).code == store_errc::io);
    REQUIRE(failing_sync == 0);
    CHECK(error_in(lmdb_event_log::open(scratch.path("data"), writing())).code == store_errc::marked);
    auto reader = must_open(scratch.path("data"), reading());
    CHECK(reader->head().position == 3);
  }
  SUBCASE("the newest commit can't be made durable, which its server may not have done") {
    fs::remove_all(scratch.path("data/index")); // with which it is looked at twice, and the second look would succeed
    fail_next_sync("data/log/write_ahead", EIO);
    CHECK(error_in(lmdb_event_log::open(scratch.path("data"), reading())).code == store_errc::io);
    REQUIRE(failing_sync == 0);
  }
  SUBCASE("a page of the write-ahead file can't be read that holds nothing any more, or nothing yet") {
    unreadable_at = 7 * 4'096;
    // Who goes on writing can't know that; who only reads, or saves what is left, may go on.
    auto refused = error_in(lmdb_event_log::open(scratch.path("data"), writing()));
    CHECK(refused.code == store_errc::io);
    CHECK(refused.text.find("write_ahead can't be read") != std::string::npos);
    CHECK(refused.text.find("oncepay log backup") != std::string::npos);
    auto reader = must_open(scratch.path("data"), reading());
    CHECK(reader->head().position == 3);
    const auto found = reader->verify({}).value();
    CHECK(found.decisions == 3);
    CHECK(found.damage.find("the newest decisions may be missing") != std::string::npos);
    CHECK(reader->backup_to(scratch.path("copy"), {}).has_value());
    CHECK(reader->passed_over_pages() == 1); // what the copy can't know
  }
  SUBCASE("a page of it can't be read that another commit follows") {
    unreadable_at = 4'096;
    CHECK(error_in(lmdb_event_log::open(scratch.path("data"), reading())).code == store_errc::damaged);
  }
  unreadable_at = -1;
}

TEST_CASE("a full map is told as such, loses nothing, and isn't a broken disk") {
  scratch_directory scratch;
  auto options = writing();
  options.map_bytes = 400 * 1024;
  log_head last;
  std::vector<stream_name> streams;
  {
    auto log = must_open(scratch.path("data"), options);
    store_result<log_head> result;
    for (int i = 0; i < 1'000; ++i) {
      std::vector<append_entry> batch = {entry(order(i), 1, std::string(3'000, 'x'))};
      result = log->append(batch);
      if (!result)
        break;
      last = *result;
      streams.push_back(order(i));
    }
    auto error = error_in(result);
    CHECK(error.code == store_errc::full);
    CHECK(error.text.find("store.map_gib") != std::string::npos);
    CHECK(log->head() == last);
    CHECK(last.position > 10);
    std::vector<append_entry> small = {entry(channel(1), 1)};
    CHECK(error_in(log->append(small)).code == store_errc::full);
  }
  auto log = must_open(scratch.path("data"));
  CHECK(log->head() == last);
  CHECK(log->verify({}).value().is_sound());
  for (const stream_name& stream : streams)
    CHECK(log->version_of(stream).value() == 1);
  CHECK(must_append(*log, {entry(channel(1), 1)}).position == last.position + 1);
}

TEST_CASE("an index that can't be folded loses no answer and no payment") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  must_append(*log, {entry(order(1), 1), entry(order(2), 1)});
  const std::string answers = answers_of(*log, {order(1), order(2)});
  fail_next_sync("data/index", EIO);
  CHECK_FALSE(log->fold(10).has_value());
  REQUIRE(failing_sync == 0);
  CHECK(log->unfolded() == 2);
  CHECK(answers_of(*log, {order(1), order(2)}) == answers);
  must_append(*log, {entry(order(1), 2)});
  CHECK(log->fold(10).value() == 0);
  CHECK(log->version_of(order(1)).value() == 2);
}

TEST_CASE("a killed writer loses no decision that it acknowledged") {
  for (int acknowledged_before_kill : {1, 2, 3, 8, 25, 60, 150}) {
    CAPTURE(acknowledged_before_kill);
    scratch_directory scratch;
    child_process writer([&](const conversation& parent) {
      auto log = lmdb_event_log::open(scratch.path("data"), writing());
      for (int i = 0; log; ++i) {
        const std::vector<append_entry> batch = {entry(order(i), 1), entry(channel(1), static_cast<uint32_t>(i + 1))};
        auto head = (*log)->append(batch);
        if (!head)
          return parent.say("refused: " + head.error().text);
        if (i % 3 == 0 && !(*log)->fold(5))
          return parent.say("not folded");
        parent.say(std::to_string(head->position));
      }
    });
    for (int i = 1; i <= acknowledged_before_kill; ++i)
      REQUIRE(writer.hear() == std::to_string(2 * i));
    writer.kill();
    std::string read;
    const std::vector<stream_name> streams = {channel(1), order(0), order(acknowledged_before_kill)};
    {
      auto reader = must_open(scratch.path("data"), reading());
      CHECK(reader->verify({}).value().damage == "");
      read = answers_of(*reader, streams);
    }
    auto log = must_open(scratch.path("data"));
    CHECK(answers_of(*log, streams) == read);
    const uint64_t position = log->head().position;
    CHECK(position >= 2 * static_cast<uint64_t>(acknowledged_before_kill));
    CHECK(position % 2 == 0);
    CHECK(log->version_of(channel(1)).value() == position / 2);
    for (int i = 0; i < acknowledged_before_kill; ++i)
      CHECK(log->version_of(order(i)).value() == 1);
    CHECK(log->verify({}).value().damage == "");
  }
}

} // namespace oncepay::test
