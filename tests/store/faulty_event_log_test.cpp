// The fault injector injects what its file says: a simulation is only as honest as its faults.
#include "store/faulty_event_log.hpp"
#include "store/memory_event_log.hpp"
#include "tests/store/disk_log.hpp"
#include "tests/store/samples.hpp"

#include <string>

namespace oncepay::test {

namespace {

/// Which of so many appends fail and how, with a restart after each.
std::string history(uint64_t seed, int appends) {
  memory_event_log memory;
  const fault_plan plan{.seed = seed, .fail_ppm = 200'000};
  faulty_event_log log(memory, plan);
  std::string text;
  uint32_t version = 0;
  for (int i = 0; i < appends; ++i) {
    const std::vector<append_entry> batch = {entry(order(1), version + 1)};
    auto head = log.append(batch);
    if (!head)
      log.restart(plan);
    const uint32_t now = log.version_of(order(1)).value();
    text += head ? "." : std::string(name(head.error().code)) + (now > version ? "+" : "-");
    version = now;
  }
  return text;
}

} // namespace

TEST_CASE("the scripted append fails, loses its batch, and none is taken after it") {
  for (store_errc code : {store_errc::io, store_errc::full}) {
    memory_event_log memory;
    faulty_event_log log(memory, {.fail_append_number = 2, .code = code});
    must_append(log, {entry(order(1), 1)});
    const std::vector<append_entry> second = {entry(order(2), 1), entry(order(1), 2)};
    CHECK(error_in(log.append(second)).code == code);
    CHECK(log.has_failed());
    CHECK(error_in(log.append(second)).code == store_errc::io);
    CHECK(log.head().position == 1);
    CHECK(log.version_of(order(2)).value() == 0);
    log.restart({});
    CHECK_FALSE(log.has_failed());
    CHECK(log.head().position == 1);
    must_append(log, second);
  }
}

TEST_CASE("a batch that was on the disk after all is found by the next process only") {
  memory_event_log memory;
  faulty_event_log log(memory, {.fail_append_number = 1, .fate = batch_fate::written});
  const std::vector<append_entry> batch = {entry(order(1), 1), entry(order(2), 1)};
  CHECK(error_in(log.append(batch)).code == store_errc::io);
  CHECK(log.head().position == 0);
  log.restart({});
  CHECK(log.head().position == 2);
  CHECK(error_in(log.append(batch)).code == store_errc::version_mismatch);
}

TEST_CASE("a script counts from each restart") {
  memory_event_log memory;
  faulty_event_log log(memory, {});
  for (uint32_t version = 1; version <= 3; ++version) {
    log.restart({.fail_append_number = 2});
    must_append(log, {entry(order(1), version)});
    const std::vector<append_entry> next = {entry(order(1), version + 1)};
    CHECK_FALSE(log.append(next).has_value());
  }
}

TEST_CASE("chance is the seed's alone, and shows every kind of fault") {
  const std::string once = history(7, 400);
  CHECK(once == history(7, 400));
  CHECK(once != history(8, 400));
  for (const char* kind : {"io-", "io+", "full-"})
    CHECK(once.find(kind) != std::string::npos);
  CHECK(once.find("full+") == std::string::npos);
  CHECK(history(7, 400).find("..") != std::string::npos);
}

} // namespace oncepay::test
