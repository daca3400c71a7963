// Verification finds what was damaged, where it was.
#include "schema/limits.hpp"
#include "store/lmdb_records.hpp"
#include "store/stream_index.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

namespace oncepay::test {

namespace {

/// Commits of one decision, but for 4 to 6, which are one commit.
void make_log(const std::string& directory) {
  auto log = must_open(directory);
  for (int i = 1; i <= 3; ++i)
    must_append(*log, {entry(order(i), 1, "Q-" + std::to_string(i))});
  must_append(*log, {entry(order(4), 1, "Q-4"), entry(order(5), 1, "Q-5"), entry(order(6), 1, "Q-6")});
  must_append(*log, {entry(order(7), 1, "Q-7")});
}

verification verify(const std::string& directory) {
  return must_open(directory, reading())->verify({}).value();
}

/// Changes the log below the store's feet.
void tamper(const std::string& directory, const std::function<int(MDB_txn*, MDB_dbi log, MDB_dbi heads)>& how) {
  auto env = lmdb::environment::open({.directory = directory + "/log", .map_bytes = test_map_bytes});
  REQUIRE(env);
  auto handles = (*env)->databases({{"log", MDB_INTEGERKEY}, {"heads", MDB_INTEGERKEY}});
  REQUIRE(handles);
  auto txn = (*env)->begin_write();
  REQUIRE(txn);
  REQUIRE(how(txn->raw(), handles->at(0), handles->at(1)) == MDB_SUCCESS);
  REQUIRE(txn->commit() == MDB_SUCCESS);
}

} // namespace

TEST_CASE("a sound log is verified to its end, with and without an index") {
  scratch_directory scratch;
  make_log(scratch.path("data"));
  auto found = verify(scratch.path("data"));
  CHECK(found.is_sound());
  CHECK(found.decisions == 7);
  auto log = must_open(scratch.path("data"));
  for (size_t step : {2U, 100U}) {
    REQUIRE(log->fold(step).has_value());
    CHECK(log->verify({}).value().decisions == 7);
    CHECK(log->verify({}).value().is_sound());
  }
}

TEST_CASE("verification tells how far it is, and can be given up") {
  scratch_directory scratch;
  make_log(scratch.path("data"));
  auto log = must_open(scratch.path("data"));
  uint64_t done = 0;
  REQUIRE(log->verify([&](uint64_t position, uint64_t all) {
    CHECK(all == 7);
    CHECK(position > done);
    done = position;
    return true;
  }));
  CHECK(done == 7);
  CHECK_FALSE(log->verify([](uint64_t, uint64_t) { return false; }).has_value());
}

TEST_CASE("one changed byte is found in the commit that holds it") {
  struct {
    int number;
    uint64_t first;
    uint64_t last;
  } const cases[] = {{1, 1, 1}, {3, 3, 3}, {5, 4, 6}, {7, 7, 7}};
  for (const auto& c : cases) {
    CAPTURE(c.number);
    scratch_directory scratch;
    make_log(scratch.path("data"));
    REQUIRE(damage(scratch.path("data/log/data.mdb"), entry(order(c.number), 1, "Q-" + std::to_string(c.number))) > 0);
    auto found = verify(scratch.path("data"));
    CHECK(found.damaged_position == c.first);
    CHECK(found.decisions == c.first - 1);
    CHECK(found.damage.find(std::to_string(c.first) + " to " + std::to_string(c.last)) != std::string::npos);
  }
}

TEST_CASE("a decision that doesn't decode is found by itself") {
  scratch_directory scratch;
  make_log(scratch.path("data"));
  tamper(scratch.path("data"), [](MDB_txn* txn, MDB_dbi log, MDB_dbi) {
    const size_t position = 5;
    const std::string junk(200, 'j');
    MDB_val key = lmdb::val_of(position);
    MDB_val value = lmdb::to_val(as_bytes(junk));
    return mdb_put(txn, log, &key, &value, 0);
  });
  auto found = verify(scratch.path("data"));
  CHECK(found.damaged_position == 5);
  CHECK(found.decisions == 4);
}

TEST_CASE("a missing decision is found, and such a log isn't served") {
  scratch_directory scratch;
  make_log(scratch.path("data"));
  tamper(scratch.path("data"), [](MDB_txn* txn, MDB_dbi log, MDB_dbi) {
    const size_t position = 3;
    MDB_val key = lmdb::val_of(position);
    return mdb_del(txn, log, &key, nullptr);
  });
  auto found = verify(scratch.path("data"));
  CHECK(found.damaged_position == 3);
  CHECK(found.decisions == 2);
  CHECK(found.damage.find("missing") != std::string::npos);
  CHECK(error_in(lmdb_event_log::open(scratch.path("data"), writing())).code == store_errc::damaged);
}

TEST_CASE("a missing chain head is found at the next one, a changed one at its commit") {
  scratch_directory scratch;
  make_log(scratch.path("data"));
  SUBCASE("the last one is missing") {
    tamper(scratch.path("data"), [](MDB_txn* txn, MDB_dbi, MDB_dbi heads) {
      const size_t position = 7;
      MDB_val key = lmdb::val_of(position);
      return mdb_del(txn, heads, &key, nullptr);
    });
    CHECK(error_in(lmdb_event_log::open(scratch.path("data"), writing())).code == store_errc::damaged);
  }
  SUBCASE("one is changed") {
    tamper(scratch.path("data"), [](MDB_txn* txn, MDB_dbi, MDB_dbi heads) {
      const size_t position = 6;
      const std::array<char, 40> zeros{};
      MDB_val key = lmdb::val_of(position);
      MDB_val value = lmdb::val_of(zeros);
      return mdb_put(txn, heads, &key, &value, 0);
    });
    CHECK(verify(scratch.path("data")).damaged_position == 4);
  }
}

TEST_CASE("a sound log is verified where its index is far behind, and more streams follow than fit into memory") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  for (int version = 1; version <= 3; ++version)
    for (int i = 1; i <= 5; ++i)
      must_append(*log, {entry(order(i), static_cast<uint32_t>(version))});
  for (const bool folds : {false, true}) {
    if (folds)
      REQUIRE(log->fold(4).has_value());
    for (const size_t followed_max : {0U, 1U, 2U}) {
      const auto found = log->verify({}, followed_max).value();
      CHECK_MESSAGE(found.is_sound(), found.damage);
    }
  }
}

TEST_CASE("a sound log is verified while its index moves on") {
  scratch_directory scratch;
  auto log = must_open(scratch.path("data"));
  // Three pages, each with a decision of order 1.
  constexpr uint32_t page = limits::read_batch_decisions;
  int other = 1;
  for (uint32_t version = 1; version <= 3; ++version) {
    std::vector<append_entry> batch{entry(order(1), version)};
    while (batch.size() < page)
      batch.push_back(entry(order(++other), 1));
    must_append(*log, batch);
  }
  const auto found = log->verify([&](uint64_t position, uint64_t) {
    if (position == page)
      REQUIRE(log->fold(2 * page).has_value());
    return true;
  });
  CHECK_MESSAGE(found.value().is_sound(), found.value().damage);
}

TEST_CASE("a version that was left out or comes twice is found, whether the index has the ones before or not") {
  scratch_directory scratch;
  make_log(scratch.path("data"));
  bool folded = false;
  SUBCASE("nothing is folded") {}
  SUBCASE("all is") {
    folded = true;
    REQUIRE(must_open(scratch.path("data"))->fold(100).value() == 0);
  }
  for (uint32_t wrong : {1U, 3U}) {
    CAPTURE(wrong);
    scratch_directory copy;
    std::filesystem::copy(scratch.path("data"), copy.path("data"), std::filesystem::copy_options::recursive);
    {
      auto records = lmdb_records::open({.directory = copy.path("data/log"), .map_bytes = test_map_bytes});
      REQUIRE(records);
      const std::vector<append_entry> batch = {entry(order(1), wrong)};
      log_head head = (*records)->state().value().head;
      head = {head.position + 1, chain_step(head.chain, head.position + 1, batch[0].stored), batch[0].at};
      const auto commit = std::make_shared<const commit_frame>(commit_frame::of({}, batch, head));
      REQUIRE((*records)->append({&commit, 1}).has_value());
    }
    auto found = verify(copy.path("data"));
    CHECK(found.damaged_position == 8);
    CHECK(found.damage.find("order/m1/A-1") != std::string::npos);
    // A start looks for what is new in memory alone: who appended it had asked the index.
    if (!folded || wrong > 1)
      CHECK(error_in(lmdb_event_log::open(copy.path("data"), writing())).code == store_errc::damaged);
  }
}

TEST_CASE("an order that was opened twice is found also after both are in the index") {
  scratch_directory scratch;
  make_log(scratch.path("data"));
  {
    auto log = must_open(scratch.path("data"));
    REQUIRE(log->fold(100).value() == 0);
    must_append(*log, {entry(order(8), 1)});
  }
  {
    // An index that lost a name, and a process that believed it.
    auto records = lmdb_records::open({.directory = scratch.path("data/log"), .map_bytes = test_map_bytes});
    REQUIRE(records);
    const std::vector<append_entry> batch = {entry(order(1), 1)};
    log_head head = (*records)->state().value().head;
    head = {head.position + 1, chain_step(head.chain, head.position + 1, batch[0].stored), batch[0].at};
    const auto commit = std::make_shared<const commit_frame>(commit_frame::of({}, batch, head));
    REQUIRE((*records)->append({&commit, 1}).has_value());
    auto index = stream_index::open({.directory = scratch.path("data/index"), .map_bytes = test_map_bytes});
    REQUIRE(index);
    const stream_name eighth = order(8), first = order(1);
    const std::vector<fold_entry> folded{{8, 8, 1, name_hash(eighth.bytes()), &eighth, {}, {}},
                                         {9, 9, 1, name_hash(first.bytes()), &first, {}, {}}};
    REQUIRE((*index)->fold(folded, {head.position, head.chain}));
  }
  const auto found = verify(scratch.path("data"));
  CHECK(found.damaged_position == 9);
  CHECK(found.damage.find("had opened") != std::string::npos);
}

} // namespace oncepay::test
