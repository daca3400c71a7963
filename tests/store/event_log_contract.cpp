// The contract of store/event_log.hpp, over every implementation. What only a disk can break is tested elsewhere.
#include "schema/limits.hpp"
#include "store/faulty_event_log.hpp"
#include "store/memory_event_log.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <atomic>
#include <string>
#include <thread>

namespace oncepay::test {

namespace {

struct in_memory {
  memory_event_log store;
  event_log& log() { return store; }
  void settle() {}
};

struct in_memory_fault_free {
  memory_event_log store;
  faulty_event_log faulty{store};
  event_log& log() { return faulty; }
  void settle() {}
};

struct on_disk {
  scratch_directory directory;
  std::unique_ptr<lmdb_event_log> store = must_open(directory.path("data"));
  event_log& log() { return *store; }
  void settle() {}
};

/// Everything is in the index whenever it is asked for.
struct on_disk_folded : on_disk {
  void settle() { REQUIRE(store->fold(1'000'000).value() == 0); }
};

/// Half of it is.
struct on_disk_half_folded : on_disk {
  void settle() { REQUIRE(store->fold(static_cast<size_t>(store->unfolded() + 1) / 2).has_value()); }
};

/// Nothing of it was seen by this process.
struct on_disk_reopened : on_disk {
  void settle() {
    store.reset();
    store = must_open(directory.path("data"));
  }
};

lmdb_log_options with_little_room() {
  auto options = writing();
  options.write_ahead_bytes = 4 * 4'096;
  return options;
}

/// Commits wait for LMDB all the time, and what is more than a page goes there at once.
struct on_disk_with_little_room : on_disk {
  on_disk_with_little_room() {
    store.reset();
    store = must_open(directory.path("data"), with_little_room());
  }
};

#define EVERY_EVENT_LOG                                                                                                \
  in_memory, in_memory_fault_free, on_disk, on_disk_folded, on_disk_half_folded, on_disk_reopened,                     \
      on_disk_with_little_room

std::vector<std::string> stored_texts(const event_log& log, const stream_name& stream, uint32_t from) {
  std::vector<std::string> texts;
  REQUIRE(log.read(stream, from, [&](uint64_t position, bytes_view) {
    texts.push_back(std::to_string(position));
    return true;
  }));
  return texts;
}

} // namespace

TEST_CASE_TEMPLATE("an empty log answers with nothing", Log, EVERY_EVENT_LOG) {
  Log under_test;
  event_log& log = under_test.log();
  CHECK(log.head() == log_head{});
  CHECK(log.version_of(order(1)).value() == 0);
  CHECK(log.streams_of(stream_kind::merchant).value().empty());
  CHECK(log.due({}, at_s(1'000'000), 10).value().empty());
  CHECK(log.fold(10).value() == 0);
  CHECK(log.unfolded() == 0);
  int visited = 0;
  auto count = [&](uint64_t, bytes_view) {
    return ++visited > 0;
  };
  CHECK(log.read(order(1), 1, count));
  CHECK(log.read_all(1, 100, count));
  CHECK(log.read_all(0, 100, count));
  CHECK(visited == 0);
}

TEST_CASE_TEMPLATE("positions follow without gaps, and each head follows the chain", Log, EVERY_EVENT_LOG) {
  Log under_test;
  std::vector<append_entry> first = {entry(order(1), 1), entry(order(2), 1)};
  std::vector<append_entry> second = {entry(order(1), 2)};
  log_head head = must_append(under_test.log(), first);
  CHECK(head.position == 2);
  hash256 chain = chain_step(chain_step({}, 1, first[0].stored), 2, first[1].stored);
  CHECK(head.chain == chain);
  CHECK(head.at == first[1].at);
  under_test.settle();
  head = must_append(under_test.log(), second);
  CHECK(head.position == 3);
  CHECK(head.chain == chain_step(chain, 3, second[0].stored));
  under_test.settle();
  CHECK(under_test.log().head() == head);
  CHECK(under_test.log().head().at == second[0].at);
}

TEST_CASE_TEMPLATE("an order number is never opened twice: the goods would be paid twice", Log, EVERY_EVENT_LOG) {
  Log under_test;
  must_append(under_test.log(), {entry(order(1), 1)});
  under_test.settle();
  const std::string before = answers_of(under_test.log(), {order(1)});
  std::vector<append_entry> again = {entry(order(1), 1, "another")};
  CHECK(error_in(under_test.log().append(again)).code == store_errc::version_mismatch);
  std::vector<append_entry> twice = {entry(order(2), 1), entry(order(2), 1, "another")};
  CHECK(error_in(under_test.log().append(twice)).code == store_errc::version_mismatch);
  CHECK(answers_of(under_test.log(), {order(1)}) == before);
  CHECK(under_test.log().version_of(order(2)).value() == 0);
}

TEST_CASE_TEMPLATE("a batch with one wrong version writes nothing, and the next batch is taken", Log, EVERY_EVENT_LOG) {
  Log under_test;
  must_append(under_test.log(), {entry(order(1), 1), entry(channel(1), 1)});
  under_test.settle();
  const std::vector<stream_name> streams = {order(1), order(2), order(3), channel(1), merchant(1)};
  const std::string before = answers_of(under_test.log(), streams);
  for (uint32_t wrong : {0U, 1U, 3U, 4'000'000'000U}) {
    CAPTURE(wrong);
    std::vector<append_entry> batch = {entry(merchant(1), 1), due_entry_of(order(2), 1, 0, 7), entry(order(1), 2),
                                       entry(channel(1), wrong)};
    auto refused = error_in(under_test.log().append(batch));
    CHECK(refused.code == store_errc::version_mismatch);
    CHECK(refused.text.find("channel/bank-1") != std::string::npos);
    CHECK(answers_of(under_test.log(), streams) == before);
  }
  must_append(under_test.log(), {entry(merchant(1), 1), entry(order(2), 1), entry(order(1), 2), entry(channel(1), 2)});
  under_test.settle();
  for (const stream_name& stream : {order(1), channel(1)})
    CHECK(under_test.log().version_of(stream).value() == 2);
}

TEST_CASE_TEMPLATE("one batch carries successive versions of one stream", Log, EVERY_EVENT_LOG) {
  Log under_test;
  must_append(under_test.log(), {entry(order(1), 1), entry(order(1), 2), entry(order(2), 1), entry(order(1), 3)});
  under_test.settle();
  must_append(under_test.log(), {entry(order(1), 4), entry(order(1), 5)});
  under_test.settle();
  CHECK(stored_texts(under_test.log(), order(1), 1) == std::vector<std::string>{"1", "2", "4", "5", "6"});
  CHECK(under_test.log().version_of(order(1)).value() == 5);
}

TEST_CASE_TEMPLATE("what exceeds its bound is refused whole", Log, EVERY_EVENT_LOG) {
  Log under_test;
  CHECK(error_in(under_test.log().append({})).code == store_errc::too_large);
  std::vector<append_entry> large = {entry(order(1), 1), entry(order(2), 1)};
  large[1].stored.resize(limits::decision_bytes_max + 1);
  CHECK(error_in(under_test.log().append(large)).code == store_errc::too_large);
  std::vector<append_entry> many;
  for (size_t i = 0; i <= limits::batch_decisions_max; ++i)
    many.push_back(entry(order(static_cast<int>(i)), 1));
  CHECK(error_in(under_test.log().append(many)).code == store_errc::too_large);
  CHECK(under_test.log().head().position == 0);
  many.pop_back();
  CHECK(must_append(under_test.log(), many).position == limits::batch_decisions_max);
}

TEST_CASE_TEMPLATE("a stream is read from a version on, until the visitor has enough", Log, EVERY_EVENT_LOG) {
  Log under_test;
  for (uint32_t version = 1; version <= 6; ++version) {
    must_append(under_test.log(), {entry(order(1), version), entry(order(2), version)});
    if (version == 3)
      under_test.settle();
  }
  CHECK(stored_texts(under_test.log(), order(1), 0).size() == 6);
  CHECK(stored_texts(under_test.log(), order(1), 3) == std::vector<std::string>{"5", "7", "9", "11"});
  CHECK(stored_texts(under_test.log(), order(1), 5) == std::vector<std::string>{"9", "11"});
  CHECK(stored_texts(under_test.log(), order(1), 7).empty());
  CHECK(stored_texts(under_test.log(), order(3), 1).empty());
  int visited = 0;
  CHECK(under_test.log().read(order(1), 1, [&](uint64_t, bytes_view) { return ++visited < 4; }));
  CHECK(visited == 4);
}

TEST_CASE_TEMPLATE("everything is read in order, in pages of any size", Log, EVERY_EVENT_LOG) {
  Log under_test;
  std::vector<append_entry> batch;
  for (int i = 1; i <= 2'500; ++i)
    batch.push_back(entry(order(i), 1));
  must_append(under_test.log(), batch);
  under_test.settle();
  uint64_t next = 1;
  auto in_order = [&](uint64_t position, bytes_view stored) {
    CHECK(position == next);
    CHECK(
        std::equal(stored.begin(), stored.end(), batch[position - 1].stored.begin(), batch[position - 1].stored.end()));
    ++next;
    return true;
  };
  REQUIRE(under_test.log().read_all(1, 7, in_order));
  CHECK(next == 8);
  REQUIRE(under_test.log().read_all(8, 1'000'000, in_order));
  CHECK(next == 2'501);
  REQUIRE(under_test.log().read_all(2'501, 10, in_order));
  CHECK(next == 2'501);
}

TEST_CASE_TEMPLATE("visitors get aligned bytes, and may ask the log again", Log, EVERY_EVENT_LOG) {
  Log under_test;
  must_append(under_test.log(), {entry(order(1), 1, "x"), entry(order(2), 1, "xx"), entry(order(3), 1, "xxx")});
  under_test.settle();
  int visited = 0;
  REQUIRE(under_test.log().read_all(1, 10, [&](uint64_t position, bytes_view stored) {
    CHECK(reinterpret_cast<uintptr_t>(stored.data()) % 8 == 0);
    CHECK(under_test.log().version_of(order(static_cast<int>(position))).value() == 1);
    must_append(under_test.log(), {entry(order(static_cast<int>(position)), 2)});
    return ++visited > 0;
  }));
  CHECK(visited == 3);
  CHECK(under_test.log().head().position == 6);
}

TEST_CASE_TEMPLATE("streams of a kind come in the order of their opening", Log, EVERY_EVENT_LOG) {
  Log under_test;
  must_append(under_test.log(), {entry(channel(9), 1), entry(merchant(5), 1), entry(order(1), 1)});
  under_test.settle();
  must_append(under_test.log(), {entry(channel(2), 1), entry(channel(9), 2), entry(merchant(1), 1)});
  CHECK(under_test.log().streams_of(stream_kind::channel).value() == std::vector<stream_name>{channel(9), channel(2)});
  CHECK(under_test.log().streams_of(stream_kind::merchant).value() ==
        std::vector<stream_name>{merchant(5), merchant(1)});
  CHECK(under_test.log().streams_of(stream_kind::account).value().empty());
}

TEST_CASE_TEMPLATE("an order is woken when it is due, by its newest date, and not after it is done", Log,
                   EVERY_EVENT_LOG) {
  Log under_test;
  must_append(under_test.log(), {due_entry_of(order(1), 1, 0, 30), due_entry_of(order(2), 1, 0, 10),
                                 due_entry_of(order(3), 1, 0, 20), due_entry_of(order(4), 1, 0, 20)});
  under_test.settle();
  must_append(under_test.log(), {due_entry_of(order(2), 2, 10, 40), due_entry_of(order(3), 2, 20, 0),
                                 due_entry_of(order(4), 2, 20, 20), due_entry_of(order(5), 1, 0, 20)});
  const event_log& log = under_test.log();
  const due_entry fourth{at_s(20), order(4)};
  const due_entry fifth{at_s(20), order(5)};
  const due_entry first{at_s(30), order(1)};
  const due_entry second{at_s(40), order(2)};
  CHECK(log.due({}, at_s(1'000), 10).value() == std::vector<due_entry>{fourth, fifth, first, second});
  CHECK(log.due({}, at_s(1'000), 0).value().empty());
  CHECK(log.due({}, at_s(1'000), 3).value() == std::vector<due_entry>{fourth, fifth, first});
  CHECK(log.due(fourth, at_s(1'000), 2).value() == std::vector<due_entry>{fifth, first});
  CHECK(log.due({}, at_s(20), 10).value() == std::vector<due_entry>{fourth, fifth});
  CHECK(log.due({at_s(20), {}}, at_s(30), 10).value() == std::vector<due_entry>{fourth, fifth, first});
  CHECK(log.due(second, at_s(1'000), 10).value().empty());
}

TEST_CASE_TEMPLATE("folding tells what is left, and changes no answer", Log, EVERY_EVENT_LOG) {
  Log under_test;
  std::vector<stream_name> streams;
  std::vector<append_entry> batch;
  for (int i = 0; i < 10; ++i) {
    streams.push_back(order(i));
    batch.push_back(due_entry_of(order(i), 1, 0, 100 - i));
  }
  must_append(under_test.log(), batch);
  const std::string answers = answers_of(under_test.log(), streams);
  CHECK(under_test.log().unfolded() == 10);
  CHECK(under_test.log().fold(0).value() == 10);
  CHECK(under_test.log().fold(3).value() == 7);
  CHECK(under_test.log().unfolded() == 7);
  CHECK(answers_of(under_test.log(), streams) == answers);
  CHECK(under_test.log().fold(100).value() == 0);
  CHECK(answers_of(under_test.log(), streams) == answers);
}

TEST_CASE_TEMPLATE("readers beside the appending and the folding thread see every acknowledged decision", Log,
                   EVERY_EVENT_LOG) {
  Log under_test;
  event_log& log = under_test.log();
  constexpr uint32_t versions = 150;
  std::atomic<uint32_t> acknowledged = 0;
  std::atomic<bool> failed = false;
  std::thread folder([&] {
    while (acknowledged < versions && !failed)
      if (!log.fold(5))
        failed = true;
  });
  auto reader = [&](int first) {
    while (acknowledged < versions && !failed) {
      const uint32_t at_least = acknowledged;
      for (int i = first; i < 4; i += 2) {
        uint32_t seen = 0;
        auto read = log.read(order(i), 1, [&](uint64_t, bytes_view) { return ++seen > 0; });
        auto version = log.version_of(order(i));
        if (!read || !version || seen < at_least || *version < seen)
          failed = true;
      }
      auto due = log.due({}, at_s(1'000'000), 10);
      if (!due || due->size() < (at_least > 0 ? 1U : 0U))
        failed = true;
    }
  };
  std::thread even(reader, 0);
  std::thread odd(reader, 1);
  for (uint32_t version = 1; version <= versions && !failed; ++version) {
    std::vector<append_entry> batch;
    batch.reserve(4);
    for (int i = 0; i < 4; ++i)
      // One order is always due, at a time that moves; the others never.
      batch.push_back(i > 0 ? entry(order(i), version) : due_entry_of(order(i), version, version == 1 ? 0 : 500, 500));
    if (!log.append(batch))
      failed = true;
    acknowledged = version;
  }
  even.join();
  odd.join();
  folder.join();
  CHECK_FALSE(failed);
}

} // namespace oncepay::test
