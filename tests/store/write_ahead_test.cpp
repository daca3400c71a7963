// The newest commits lie in a file beside LMDB. What a power cut, a damaged disk, a forgetful copy or a second process
// can do to that file.
#include "schema/log_codec.hpp"
#include "store/commit_frame.hpp"
#include "store/lmdb.hpp"
#include "store/write_ahead_file.hpp"
#include "tests/store/child_process.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include <rapidcheck.h>

namespace oncepay::test {

namespace fs = std::filesystem;

namespace {

constexpr size_t page_bytes = commit_frame::page_bytes;

const opening_id ours = {std::byte{1}, std::byte{2}};
const opening_id another = {std::byte{1}, std::byte{3}};

/// Commits that follow each other, of so many decisions each, with texts of so many bytes.
class chain_of_commits {
public:
  frame_ptr next(size_t decisions, size_t text_bytes = 10, const opening_id& opening = ours) {
    std::vector<append_entry> batch;
    for (size_t i = 0; i < decisions; ++i) {
      batch.push_back(entry(channel(1), static_cast<uint32_t>(++head_.position), std::string(text_bytes, 'x')));
      head_.chain = chain_step(head_.chain, head_.position, batch.back().stored);
    }
    head_.at = batch.back().at;
    return std::make_shared<const commit_frame>(commit_frame::of(opening, batch, head_));
  }
  const log_head& head() const { return head_; }

private:
  log_head head_;
};

/// A log that ends with `commits` commits in its write-ahead file, for the process that wrote them was killed; returns
/// the head.
log_head leave_behind(const std::string& directory, int commits) {
  child_process writer([&](const conversation& parent) {
    auto log = lmdb_event_log::open(directory, writing());
    for (uint32_t i = 1; log; ++i) {
      if (parent.hear() != "next")
        return;
      auto head = (*log)->append(std::vector{entry(channel(1), i)});
      parent.say(head ? "done" : head.error().text);
    }
  });
  for (int i = 0; i < commits; ++i) {
    writer.say("next");
    REQUIRE(writer.hear() == "done");
  }
  writer.kill();
  return must_open(directory, reading())->head();
}

std::string file_of(const std::string& directory) {
  return directory + "/log/write_ahead";
}

void change_byte(const std::string& path, uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  char c = 0;
  file.seekg(static_cast<std::streamoff>(offset)).get(c);
  file.seekp(static_cast<std::streamoff>(offset)).put(static_cast<char>(c ^ 1));
  REQUIRE(file.flush());
}

std::vector<frame_ptr> must_read(const std::string& path, const log_head& head, const opening_id& opening = ours) {
  auto found =
      write_ahead_file::read(path, {opening, fs::file_size(path)}, head, write_ahead_file::unreadable::refused);
  if (!found)
    FAIL("the write-ahead file isn't read: ", found.error().text);
  return std::move(found->commits);
}

} // namespace

TEST_CASE("a ring gives every commit back that LMDB doesn't have, however often it went around") {
  CHECK(rc::check([] {
    scratch_directory scratch;
    const std::string path = scratch.path("write_ahead");
    auto file = write_ahead_file::open(path, 16 * page_bytes);
    RC_ASSERT(file.has_value());
    chain_of_commits chain;
    std::deque<frame_ptr> kept;
    log_head stored;
    for (int step = 0; step < 25; ++step) {
      auto frame = chain.next(*rc::gen::inRange<size_t>(1, 4), *rc::gen::inRange<size_t>(0, 5'000));
      auto place = (*file)->reserve(frame->bytes().size());
      while (!place) {
        // What doesn't fit waits for LMDB, which takes the oldest.
        RC_ASSERT(!kept.empty());
        stored = kept.front()->head();
        kept.pop_front();
        (*file)->release_oldest();
        place = (*file)->reserve(frame->bytes().size());
      }
      RC_ASSERT((*file)->write(*place, frame->bytes()).has_value());
      kept.push_back(std::move(frame));
      const auto found = must_read(path, stored);
      RC_ASSERT(found.size() == kept.size());
      for (size_t i = 0; i < found.size(); ++i) {
        RC_ASSERT(found[i]->head() == kept[i]->head());
        RC_ASSERT(found[i]->size() == kept[i]->size());
        RC_ASSERT(std::ranges::equal(found[i]->bytes(), kept[i]->bytes()));
      }
    }
  }));
}

TEST_CASE("a commit that a power cut left half written is as if it had never been, wherever it was cut") {
  scratch_directory scratch;
  const std::string path = scratch.path("write_ahead");
  chain_of_commits chain;
  const auto first = chain.next(2);
  const auto cut = chain.next(40, 300);
  const size_t pages = cut->bytes().size() / page_bytes;
  REQUIRE(pages > 2);
  // Pages reach the disk in any order: each set of them that isn't all.
  for (size_t written = 0; written + 1 < (size_t{1} << pages); ++written) {
    auto file = write_ahead_file::open(path, 64 * page_bytes);
    REQUIRE((*file)->write(*(*file)->reserve(first->bytes().size()), first->bytes()));
    const uint64_t place = *(*file)->reserve(cut->bytes().size());
    for (size_t page = 0; page < pages; ++page)
      if ((written >> page & 1) != 0)
        REQUIRE((*file)->write(place + page * page_bytes, cut->bytes().subspan(page * page_bytes, page_bytes)));
    const auto found = must_read(path, {});
    REQUIRE(found.size() == 1);
    CHECK(found[0]->head() == first->head());
    file->reset();
    fs::remove(path);
  }
}

TEST_CASE("what another opening left in the file is no commit") {
  scratch_directory scratch;
  const std::string path = scratch.path("write_ahead");
  auto file = write_ahead_file::open(path, 64 * page_bytes);
  chain_of_commits chain;
  chain_of_commits same;
  const auto theirs = chain.next(3, 10, another);
  const auto first = same.next(3);
  REQUIRE((*file)->write(*(*file)->reserve(theirs->bytes().size()), theirs->bytes()));
  CHECK(must_read(path, {}).empty());
  REQUIRE((*file)->write(*(*file)->reserve(first->bytes().size()), first->bytes()));
  CHECK(must_read(path, {}).size() == 1);
  CHECK(must_read(path, {}, another).size() == 1);
}

TEST_CASE("a client that has a whole frame written at a page's beginning within its order writes no commit") {
  scratch_directory scratch;
  const std::string path = scratch.path("write_ahead");
  auto file = write_ahead_file::open(path, 64 * page_bytes);
  // All that a client can't know is the opening's id.
  const auto forged = chain_of_commits().next(1, 10, another);
  append_entry bearer = entry(order(1), 1);
  bearer.stored.assign(page_bytes - sizeof(frame_header) - sizeof(uint32_t), std::byte{0});
  bearer.stored.insert(bearer.stored.end(), forged->bytes().begin(), forged->bytes().end());
  log_head head{1, chain_step({}, 1, bearer.stored), bearer.at};
  const auto real = commit_frame::of(ours, {&bearer, 1}, head);
  REQUIRE((*file)->write(*(*file)->reserve(real.bytes().size()), real.bytes()));
  const auto found = must_read(path, {});
  REQUIRE(found.size() == 1);
  CHECK(found[0]->head() == head);
  CHECK(must_read(path, {}, another).size() == 1); // it would have been taken for one of that opening
}

TEST_CASE("a header that lies about its size or number reads nothing beyond the frame") {
  const auto frame = chain_of_commits().next(3);
  for (uint32_t decisions : {0U, 2U, 3U, 4U, 4'096U, UINT32_MAX})
    for (uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{page_bytes}, UINT64_MAX, UINT64_MAX - 87}) {
      std::vector<std::byte> bytes(frame->bytes().begin(), frame->bytes().end());
      std::memcpy(bytes.data() + offsetof(frame_header, bytes), &size, sizeof size);
      std::memcpy(bytes.data() + offsetof(frame_header, decisions), &decisions, sizeof decisions);
      const uint64_t check = name_hash({reinterpret_cast<const char*>(bytes.data()), offsetof(frame_header, check)});
      std::memcpy(bytes.data() + offsetof(frame_header, check), &check, sizeof check);
      CHECK_FALSE(commit_frame::from(std::move(bytes), {}).has_value());
    }
}

TEST_CASE("a byte that changed in a commit that others follow is told, not passed over: it was acknowledged") {
  scratch_directory scratch;
  leave_behind(scratch.path("data"), 3);
  const std::string file = file_of(scratch.path("data"));
  // Of the header, of a decision's size, and of a decision.
  for (uint64_t offset : {uint64_t{3}, uint64_t{20}, uint64_t{60}, sizeof(frame_header), sizeof(frame_header) + 40}) {
    CAPTURE(offset);
    change_byte(file, page_bytes + offset);
    for (const auto& options : {reading(), writing()}) {
      auto refused = error_in(lmdb_event_log::open(scratch.path("data"), options));
      CHECK(refused.code == store_errc::damaged);
      CHECK(refused.text.find("decision 2 was acknowledged") != std::string::npos);
      CHECK(refused.text.find("backup") != std::string::npos);
    }
    change_byte(file, page_bytes + offset);
  }
  CHECK(must_open(scratch.path("data"))->head().position == 3);
}

TEST_CASE("a log without the write-ahead file it was killed with is refused, for its newest payments are missing") {
  scratch_directory scratch;
  const log_head head = leave_behind(scratch.path("data"), 2);
  fs::rename(file_of(scratch.path("data")), scratch.path("elsewhere"));
  for (const auto& options : {reading(), writing()}) {
    auto refused = error_in(lmdb_event_log::open(scratch.path("data"), options));
    CHECK(refused.code == store_errc::damaged);
    CHECK(refused.text.find("copied or moved as a whole") != std::string::npos);
  }
  fs::rename(scratch.path("elsewhere"), file_of(scratch.path("data")));
  CHECK(must_open(scratch.path("data"))->head() == head);
}

TEST_CASE("a log whose write-ahead file was cut is refused: what it ended with would be missing without a gap") {
  scratch_directory scratch;
  const log_head head = leave_behind(scratch.path("data"), 3);
  const std::string file = file_of(scratch.path("data"));
  fs::copy_file(file, scratch.path("whole"));
  for (uint64_t bytes : {uint64_t{0}, uint64_t{page_bytes}, uint64_t{2 * page_bytes}, test_write_ahead_bytes - 1}) {
    CAPTURE(bytes);
    fs::resize_file(file, bytes);
    for (const auto& options : {reading(), writing()}) {
      auto refused = error_in(lmdb_event_log::open(scratch.path("data"), options));
      CHECK(refused.code == store_errc::damaged);
      CHECK(refused.text.find("was cut") != std::string::npos);
    }
    CHECK(fs::file_size(file) == bytes);
    fs::copy_file(scratch.path("whole"), file, fs::copy_options::overwrite_existing);
  }
  CHECK(must_open(scratch.path("data"))->head() == head);
}

TEST_CASE("a log goes on after a commit that was half written, and that one never comes back") {
  scratch_directory scratch;
  leave_behind(scratch.path("data"), 3);
  change_byte(file_of(scratch.path("data")), 2 * page_bytes + sizeof(frame_header) + 40);
  CHECK(must_open(scratch.path("data"), reading())->head().position == 2);
  log_head head;
  {
    auto log = must_open(scratch.path("data"));
    CHECK(log->head().position == 2);
    head = must_append(*log, {entry(channel(1), 3, "another one")});
  }
  change_byte(file_of(scratch.path("data")), 2 * page_bytes + sizeof(frame_header) + 40);
  auto log = must_open(scratch.path("data"));
  CHECK(log->head() == head);
  CHECK(log->verify({}).value().is_sound());
}

TEST_CASE("a build from before the write-ahead file refuses a log that needs it: it would append over what was "
          "acknowledged") {
  scratch_directory scratch;
  auto format = [&] {
    auto env = lmdb::environment::open({.directory = scratch.path("data/log"), .map_bytes = 0, .read_only = true});
    REQUIRE(env);
    const auto meta = (*env)->databases({{"meta", 0}}).value()[0];
    auto txn = (*env)->begin_read();
    const auto value = lmdb::get(txn->raw(), meta, lmdb::to_val(as_bytes("format")), "meta");
    return std::string(as_text(**value));
  };
  leave_behind(scratch.path("data"), 1);
  CHECK(format() == std::to_string(log_format_version + 1));
  must_open(scratch.path("data")).reset();
  CHECK(format() == std::to_string(log_format_version));
}

TEST_CASE("a log that was closed in good order needs no write-ahead file") {
  scratch_directory scratch;
  log_head head;
  {
    auto log = must_open(scratch.path("data"));
    head = must_append(*log, {entry(order(1), 1)});
  }
  fs::remove(file_of(scratch.path("data")));
  CHECK(must_open(scratch.path("data"), reading())->head() == head);
  CHECK(must_open(scratch.path("data"))->head() == head);
}

TEST_CASE("a log that was killed is taken up with another size of its write-ahead file") {
  for (uint64_t pages : {64, 8, 300}) {
    scratch_directory scratch;
    const log_head head = leave_behind(scratch.path("data"), 5);
    auto options = writing();
    options.write_ahead_bytes = pages * page_bytes;
    CHECK(must_open(scratch.path("data"), options)->head() == head);
    CHECK(fs::file_size(file_of(scratch.path("data"))) == options.write_ahead_bytes);
  }
}

TEST_CASE("a reader beside a writer whose file goes around all the time sees whole logs, each longer than the last") {
  scratch_directory scratch;
  auto options = writing();
  options.write_ahead_bytes = 16 * page_bytes;
  constexpr uint32_t commits = 600;
  child_process writer([&](const conversation& parent) {
    auto log = lmdb_event_log::open(scratch.path("data"), options);
    for (uint32_t i = 1; log && i <= commits; ++i)
      if (auto head = (*log)->append(std::vector{entry(channel(1), i), entry(order(static_cast<int>(i)), 1)});
          !head || i == 1)
        parent.say(head ? "begun" : head.error().text);
    parent.hear();
  });
  REQUIRE(writer.hear() == "begun");
  auto reader = must_open(scratch.path("data"), reading());
  uint64_t before = 0;
  std::set<uint64_t> seen;
  while (before < uint64_t{2} * commits) {
    if (auto refreshed = reader->refresh(); !refreshed)
      FAIL(refreshed.error().text);
    const uint64_t position = reader->head().position;
    CHECK(position >= before);
    CHECK(position % 2 == 0);
    CHECK(reader->version_of(channel(1)).value() == position / 2);
    CHECK(reader->version_of(order(static_cast<int>(position / 2))).value() == 1);
    before = position;
    seen.insert(position);
  }
  CHECK(seen.size() > 3);
  CHECK(reader->verify({}).value().damage == "");
}

} // namespace oncepay::test
