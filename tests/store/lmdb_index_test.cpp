// The index is derived: whatever happens to it, the log's answers stay those of the yardstick in memory.
#include "schema/log_codec.hpp"
#include "store/memory_event_log.hpp"
#include "store/stream_index.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <rapidcheck.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

namespace oncepay::test {

namespace fs = std::filesystem;

namespace {

/// Nearly all names collide.
uint64_t poor_hash(std::string_view name) {
  return name_hash(name) % 3;
}

std::vector<stream_name> town() {
  return {order(0), channel(1), merchant(2), order(3), channel(4), merchant(5), order(6), channel(7), merchant(8)};
}

/// Draws batches that follow on, with due dates that follow on, and keeps both logs in step.
class twin_logs {
public:
  twin_logs(std::string directory, lmdb_log_options options)
      : directory_(std::move(directory)), options_(std::move(options)), disk_(must_open(directory_, options_)) {}

  void append(uint32_t how) {
    std::vector<append_entry> batch;
    for (uint32_t i = 0, n = 1 + how % 4; i < n; ++i) {
      how = how * 1'103'515'245 + 12'345;
      const stream_name stream = streams_[(how >> 8) % streams_.size()];
      auto& [version, due_s] = states_[stream];
      const int64_t next_due_s = (how >> 16) % 5 * 10;
      batch.push_back(due_entry_of(stream, ++version, due_s, next_due_s));
      due_s = next_due_s;
    }
    must_append(memory_, batch);
    must_append(*disk_, batch);
  }
  void fold(uint32_t how) { REQUIRE(disk_->fold(how % 12).has_value()); }
  void reopen(bool without_index) {
    disk_.reset();
    if (without_index)
      fs::remove_all(directory_ + "/index");
    disk_ = must_open(directory_, options_);
  }
  std::string disk_answers() const { return answers_of(*disk_, streams_); }
  std::string memory_answers() const { return answers_of(memory_, streams_); }
  std::string damage_found() const { return disk_->verify({}).value().damage; }

private:
  std::string directory_;
  lmdb_log_options options_;
  std::vector<stream_name> streams_ = town();
  std::map<stream_name, std::pair<uint32_t, int64_t>> states_;
  memory_event_log memory_;
  std::unique_ptr<lmdb_event_log> disk_;
};

/// With full generations of names even in a small log.
lmdb_log_options writing_short_generations() {
  auto options = writing();
  options.names_per_generation = 2;
  return options;
}

/// A log of `count` decisions of orders, all folded.
void make_folded_log(const std::string& directory, int count, const std::string& text = "because") {
  auto log = must_open(directory, writing_short_generations());
  for (int i = 1; i <= count; ++i)
    must_append(*log, {entry(order(i), 1, text)});
  REQUIRE(log->fold(1'000'000).value() == 0);
}

/// Takes away one bit of the first full generation's filter, as a bad disk could.
void damage_a_filter(const std::string& index_directory) {
  auto env = lmdb::environment::open({.directory = index_directory, .map_bytes = test_map_bytes}).value();
  const MDB_dbi filters = env->databases({{"filters", MDB_INTEGERKEY}}).value().at(0);
  auto txn = env->begin_write().value();
  const uint64_t generation = 0;
  MDB_val key = lmdb::val_of(generation);
  const auto found = lmdb::get(txn.raw(), filters, key, "no filter").value();
  REQUIRE(found);
  std::string bytes(as_text(*found));
  const size_t held = bytes.find_last_not_of('\0');
  REQUIRE(held >= sizeof(uint64_t));
  bytes[held] = static_cast<char>(bytes[held] & (bytes[held] - 1));
  MDB_val value = lmdb::to_val(as_bytes(bytes));
  REQUIRE(mdb_put(txn.raw(), filters, &key, &value, 0) == MDB_SUCCESS);
  REQUIRE(txn.commit() == MDB_SUCCESS);
}

/// The checkpoint says that there are fewer full generations, as a bad disk could.
void forget_a_generation(const std::string& index_directory) {
  auto env = lmdb::environment::open({.directory = index_directory, .map_bytes = test_map_bytes}).value();
  const MDB_dbi checkpoints = env->databases({{"checkpoint", 0}}).value().at(0);
  auto txn = env->begin_write().value();
  MDB_val key = lmdb::to_val(as_bytes(stream_index::checkpoint_key));
  const auto found = lmdb::get(txn.raw(), checkpoints, key, "no checkpoint").value();
  REQUIRE(found);
  index_checkpoint checkpoint;
  REQUIRE(found->size() == sizeof checkpoint);
  std::memcpy(&checkpoint, found->data(), sizeof checkpoint);
  REQUIRE(checkpoint.names.full > 0);
  --checkpoint.names.full;
  MDB_val value = lmdb::val_of(checkpoint);
  REQUIRE(mdb_put(txn.raw(), checkpoints, &key, &value, 0) == MDB_SUCCESS);
  REQUIRE(txn.commit() == MDB_SUCCESS);
}

std::string answers_at(const std::string& directory) {
  auto log = must_open(directory);
  return answers_of(*log, {order(1), order(2), order(3), order(4), order(5), order(6)});
}

} // namespace

TEST_CASE("any mixture of appends, folds and restarts answers like the log in memory") {
  for (bool names_collide : {false, true}) {
    CAPTURE(names_collide);
    CHECK(rc::check("any mixture of appends, folds and restarts", [&](const std::vector<uint32_t>& steps) {
      scratch_directory scratch;
      auto options = writing();
      options.hash_of_name = names_collide ? poor_hash : nullptr;
      options.names_per_generation = 2; // so that many are full
      twin_logs logs(scratch.path("data"), options);
      for (uint32_t step : steps) {
        const uint32_t how = step / 16;
        switch (step % 16) {
        case 0:
          logs.reopen(false);
          break;
        case 1:
          logs.reopen(true);
          break;
        case 2:
        case 3:
        case 4:
        case 5:
          logs.fold(how);
          break;
        default:
          logs.append(how);
        }
        RC_ASSERT(logs.disk_answers() == logs.memory_answers());
      }
      RC_ASSERT(logs.damage_found() == "");
    }));
  }
}

TEST_CASE("two orders whose names have one hash keep apart: one would be told the other's fate") {
  scratch_directory scratch;
  auto options = writing();
  options.hash_of_name = [](std::string_view) {
    return uint64_t{7};
  };
  auto log = must_open(scratch.path("data"), options);
  must_append(*log, {entry(order(1), 1), entry(order(2), 1), entry(order(1), 2)});
  for (bool folded : {false, true}) {
    CAPTURE(folded);
    CHECK(log->version_of(order(1)).value() == 2);
    CHECK(log->version_of(order(2)).value() == 1);
    CHECK(log->version_of(order(3)).value() == 0);
    REQUIRE(log->fold(100).value() == 0);
  }
  log.reset();
  log = must_open(scratch.path("data"), options);
  std::vector<append_entry> again = {entry(order(2), 1)};
  CHECK(error_in(log->append(again)).code == store_errc::version_mismatch);
  must_append(*log, {entry(order(2), 2), entry(order(3), 1)});
  CHECK(log->verify({}).value().is_sound());
}

TEST_CASE("an index that can't be trusted is made again") {
  scratch_directory scratch;
  make_folded_log(scratch.path("data"), 5);
  const std::string answers = answers_at(scratch.path("data"));
  const std::string index = scratch.path("data/index");
  SUBCASE("it is gone") {
    fs::remove_all(index);
  }
  SUBCASE("its file is gone") {
    fs::remove(index + "/data.mdb");
  }
  SUBCASE("its file is empty") {
    fs::resize_file(index + "/data.mdb", 0);
  }
  SUBCASE("its file was cut within the first pages") {
    fs::resize_file(index + "/data.mdb", 5'000);
  }
  SUBCASE("its file was cut") {
    fs::resize_file(index + "/data.mdb", 3 * 4'096);
  }
  SUBCASE("its file is something else") {
    std::ofstream(index + "/data.mdb", std::ios::trunc) << std::string(50'000, 'x');
  }
  SUBCASE("it knows of fewer generations of names than there are") {
    forget_a_generation(index);
  }
  SUBCASE("a filter of its names isn't whole") {
    damage_a_filter(index);
  }
  SUBCASE("it is of a longer log") {
    make_folded_log(scratch.path("longer"), 6);
    fs::remove_all(index);
    fs::copy(scratch.path("longer/index"), index);
  }
  SUBCASE("it is of another log of the same length") {
    make_folded_log(scratch.path("other"), 5, "otherwise");
    fs::remove_all(index);
    fs::copy(scratch.path("other/index"), index);
  }
  CHECK(answers_at(scratch.path("data")) == answers);
  auto log = must_open(scratch.path("data"));
  CHECK(log->verify({}).value().is_sound());
  must_append(*log, {entry(order(6), 1)});
  CHECK(log->version_of(order(6)).value() == 1);
}

TEST_CASE("an index of a shorter log with the same beginning is folded further, not made again") {
  scratch_directory scratch;
  make_folded_log(scratch.path("data"), 3);
  fs::copy(scratch.path("data/index"), scratch.path("old-index"));
  make_folded_log(scratch.path("other"), 5);
  {
    auto log = must_open(scratch.path("data"));
    must_append(*log, {entry(order(4), 1), entry(order(5), 1)});
    REQUIRE(log->fold(100).value() == 0);
  }
  const std::string answers = answers_at(scratch.path("data"));
  fs::remove_all(scratch.path("data/index"));
  fs::copy(scratch.path("old-index"), scratch.path("data/index"));
  auto log = must_open(scratch.path("data"));
  CHECK(log->unfolded() == 2);
  CHECK(answers_of(*log, {order(1), order(2), order(3), order(4), order(5), order(6)}) == answers);
}

TEST_CASE("an order of a generation that is long full is found: it would be paid again") {
  scratch_directory scratch;
  constexpr int orders = 1'000;
  auto options = writing();
  options.names_per_generation = 64;
  auto log = must_open(scratch.path("data"), options);
  for (int from = 0; from < orders; from += 50) {
    std::vector<append_entry> batch;
    for (int i = from; i < from + 50; ++i)
      batch.push_back(entry(order(i), 1));
    must_append(*log, batch);
    if (from % 150 == 0)
      REQUIRE(log->fold(1'000'000).value() == 0);
  }
  const auto check_all = [&] {
    REQUIRE(log->fold(1'000'000).value() == 0);
    for (int i = 0; i < orders; ++i)
      REQUIRE(log->version_of(order(i)).value() == 1);
    CHECK(log->version_of(order(orders)).value() == 0);
    CHECK(log->verify({}).value().is_sound());
  };
  check_all();
  for (const size_t other_size : {size_t{64}, size_t{7}, size_t{0}}) {
    CAPTURE(other_size);
    log.reset();
    options.names_per_generation = other_size;
    log = must_open(scratch.path("data"), options);
    must_append(*log, {entry(order(orders + static_cast<int>(other_size) + 1), 1)});
    check_all();
  }
}

TEST_CASE("a log larger than one fold is indexed at the start in folds, not held in memory") {
  scratch_directory scratch;
  constexpr int batches = 14;
  constexpr int per_batch = 4'000;
  {
    auto log = must_open(scratch.path("data"));
    for (int b = 0; b < batches; ++b) {
      std::vector<append_entry> batch;
      batch.reserve(per_batch);
      for (int i = 0; i < per_batch; ++i)
        batch.push_back(entry(order(i), static_cast<uint32_t>(b + 1)));
      must_append(*log, batch);
    }
    CHECK(log->unfolded() == batches * per_batch);
  }
  auto log = must_open(scratch.path("data"));
  CHECK(log->unfolded() < 10'000);
  CHECK(log->version_of(order(0)).value() == batches);
  must_append(*log, {entry(order(per_batch - 1), batches + 1)});
}

TEST_CASE("a wrong index never hands one order the history of another") {
  scratch_directory scratch;
  make_folded_log(scratch.path("data"), 4);
  {
    // Order 2 is led to the decision of order 3, as a damaged page could.
    auto index = stream_index::open({.directory = scratch.path("data/index"), .map_bytes = test_map_bytes});
    REQUIRE(index);
    const index_checkpoint same = (*index)->snapshot().value().checkpoint();
    const stream_name name = order(2);
    const fold_entry wrong{3, 2, 1, name_hash(name.bytes()), &name, {}, {}};
    REQUIRE((*index)->fold({&wrong, 1}, same));
  }
  auto log = must_open(scratch.path("data"));
  auto read = log->read(order(2), 1, [](uint64_t, bytes_view) { return true; });
  CHECK(error_in(read).code == store_errc::damaged);
  auto found = log->verify({}).value();
  CHECK(found.damaged_position == 2);
  CHECK(found.decisions == 1);
  CHECK(found.damage.find("index") != std::string::npos);
}

} // namespace oncepay::test
