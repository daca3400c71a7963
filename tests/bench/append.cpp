// How much of the disk's pace the log keeps: the decisions of typical payments, in batches of one commit each, once
// through the event log (versions checked, chain followed, tail kept; folding off) and once as bare bytes into an LMDB
// of the same settings. Batch by batch in turn, so that both meet the same disk.
//
//   bench_append DIR [BATCHES] [DECISIONS_A_BATCH]
//
// DIR is made, and must not exist; it is on the file system to be measured.
#include "schema/log_codec.hpp"
#include "store/lmdb_event_log.hpp"
#include "tests/support/typical_payment.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lmdb.h>

namespace {

using namespace oncepay;

constexpr size_t merchants = 20'000;
constexpr uint64_t map_bytes = uint64_t{64} << 30;

struct times {
  int64_t wall_ns = 0;
  int64_t processor_ns = 0;
};

int64_t processor_now_ns() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return int64_t{t.tv_sec} * ns_per_s + t.tv_nsec;
}

template <class Work>
bool add_time(times& to, Work&& work) {
  const auto processor = processor_now_ns();
  const auto wall = std::chrono::steady_clock::now();
  const bool done = work();
  to.wall_ns += std::chrono::nanoseconds(std::chrono::steady_clock::now() - wall).count();
  to.processor_ns += processor_now_ns() - processor;
  return done;
}

/// splitmix64's finisher: order numbers come in no order.
uint64_t scrambled(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

append_entry entry_of(const decision& typical, uint64_t payment) {
  char number[24];
  std::snprintf(number, sizeof number, "%016llx", static_cast<unsigned long long>(scrambled(payment + 1)));
  decision d = typical;
  d.stream = stream_name::of_order(merchant_id::trusted("m-" + std::to_string(scrambled(~payment) % merchants)),
                                   order_no::trusted(number));
  return {d.stream, d.version, d.at, d.due_before, d.due, encode(d)};
}

/// Openings of one group of payments beside the results of the group before, as a server under load commits them.
std::vector<std::vector<append_entry>> batches_of(size_t count, size_t decisions) {
  const decision opening = typical::opening();
  const decision success = typical::success();
  const size_t group = decisions / 2;
  std::vector<std::vector<append_entry>> batches(count);
  for (size_t b = 0; b < count; ++b) {
    for (size_t i = 0; i < group; ++i)
      batches[b].push_back(entry_of(opening, b * group + i));
    for (size_t i = 0; b > 0 && i < group; ++i)
      batches[b].push_back(entry_of(success, (b - 1) * group + i));
  }
  return batches;
}

/// LMDB alone: bytes by position.
class raw_log {
public:
  ~raw_log() {
    if (env_ != nullptr)
      mdb_env_close(env_);
  }
  int open(const std::string& directory) {
    std::filesystem::create_directories(directory);
    if (int rc = mdb_env_create(&env_); rc != MDB_SUCCESS)
      return rc;
    mdb_env_set_mapsize(env_, map_bytes);
    mdb_env_set_maxdbs(env_, 1);
    if (int rc = mdb_env_open(env_, directory.c_str(), MDB_NOTLS | MDB_NORDAHEAD, 0640); rc != MDB_SUCCESS)
      return rc;
    MDB_txn* txn = nullptr;
    int rc = mdb_txn_begin(env_, nullptr, 0, &txn);
    if (rc == MDB_SUCCESS)
      rc = mdb_dbi_open(txn, "log", MDB_INTEGERKEY | MDB_CREATE, &log_);
    return rc == MDB_SUCCESS ? mdb_txn_commit(txn) : rc;
  }
  int append(const std::vector<append_entry>& batch) {
    MDB_txn* txn = nullptr;
    int rc = mdb_txn_begin(env_, nullptr, 0, &txn);
    for (size_t i = 0; rc == MDB_SUCCESS && i < batch.size(); ++i) {
      size_t position = ++position_;
      MDB_val key{sizeof position, &position};
      MDB_val value{batch[i].stored.size(), const_cast<std::byte*>(batch[i].stored.data())};
      rc = mdb_put(txn, log_, &key, &value, MDB_APPEND);
    }
    return rc == MDB_SUCCESS ? mdb_txn_commit(txn) : rc;
  }

private:
  MDB_env* env_ = nullptr;
  MDB_dbi log_ = 0;
  size_t position_ = 0;
};

int fail(const std::string& text) {
  std::fprintf(stderr, "bench_append: %s\n", text.c_str());
  return 1;
}

void print(const char* what, const times& t, size_t decisions, size_t commits) {
  const auto per = [](int64_t ns, size_t count) {
    return static_cast<double>(ns) / 1e3 / static_cast<double>(count);
  };
  std::printf("%-10s %9.0f decisions/s   %6.2f us each, %5.2f us of processor   %7.0f us a commit\n", what,
              static_cast<double>(decisions) * 1e9 / static_cast<double>(t.wall_ns), per(t.wall_ns, decisions),
              per(t.processor_ns, decisions), per(t.wall_ns, commits));
}

int measure(const std::string& directory, size_t batch_count, size_t batch_decisions) {
  const auto batches = batches_of(batch_count, batch_decisions);
  std::filesystem::create_directories(directory);
  auto log = lmdb_event_log::open(
      directory + "/oncepay",
      {.environment = "bench", .access = log_access::read_write, .map_bytes = map_bytes, .hash_of_name = nullptr});
  if (!log)
    return fail(log.error().text);
  raw_log raw;
  if (int rc = raw.open(directory + "/raw"); rc != MDB_SUCCESS)
    return fail(mdb_strerror(rc));

  times log_took, raw_took;
  size_t decisions = 0;
  size_t bytes = 0;
  std::string failure;
  const auto append_log = [&](const std::vector<append_entry>& batch) {
    return add_time(log_took, [&] {
      const auto head = (*log)->append(batch);
      if (!head)
        failure = head.error().text;
      return head.has_value();
    });
  };
  const auto append_raw = [&](const std::vector<append_entry>& batch) {
    return add_time(raw_took, [&] {
      const int rc = raw.append(batch);
      if (rc != MDB_SUCCESS)
        failure = mdb_strerror(rc);
      return rc == MDB_SUCCESS;
    });
  };
  for (size_t b = 0; b < batches.size(); ++b) {
    // Whoever comes second finds the disk as the first left it: they take turns.
    const bool done = b % 2 == 0 ? append_log(batches[b]) && append_raw(batches[b])
                                 : append_raw(batches[b]) && append_log(batches[b]);
    if (!done)
      return fail(failure);
    decisions += batches[b].size();
    for (const auto& entry : batches[b])
      bytes += entry.stored.size();
  }
  std::printf("%zu decisions in %zu commits, %.0f bytes each on average\n", decisions, batches.size(),
              static_cast<double>(bytes) / static_cast<double>(decisions));
  print("event log", log_took, decisions, batches.size());
  print("raw LMDB", raw_took, decisions, batches.size());
  std::printf("event log ÷ raw LMDB: %.2f\n",
              static_cast<double>(raw_took.wall_ns) / static_cast<double>(log_took.wall_ns));
  return 0;
}

std::optional<size_t> count_of(std::string_view text) {
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 2)
    return std::nullopt;
  return value;
}

} // namespace

int main(int argc, char** argv) {
  const auto batches = argc > 2 ? count_of(argv[2]) : 1'000;
  const auto decisions = argc > 3 ? count_of(argv[3]) : 500;
  if (argc < 2 || argc > 4 || !batches || !decisions)
    return fail("usage: bench_append DIR [BATCHES] [DECISIONS_A_BATCH], each at least 2");
  if (std::filesystem::exists(argv[1]))
    return fail(std::string(argv[1]) + " exists: name a directory to be made");
  return measure(argv[1], *batches, *decisions);
}
