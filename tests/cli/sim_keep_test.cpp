#include "cli/sim/keep.hpp"

#include "cli/commands.hpp"
#include "sim/run.hpp"
#include "store/lmdb_event_log.hpp"
#include "store/memory_event_log.hpp"
#include "tests/cli/audit_orders.hpp"
#include "tests/cli/standard_streams.hpp"
#include "tests/cli/temporary_folder.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

TEST_CASE("a kept log is the run's log: the same chain head, sound, and open to audits") {
  memory_event_log log;
  constexpr uint64_t orders = 700; // More decisions than are copied at a time.
  for (uint64_t i = 0; i < orders; ++i)
    append_all(log, declined_then_paid("m1", "A-" + std::to_string(i)));
  const temporary_folder folder;
  const auto kept = folder.path("kept");
  uint64_t told = 0;
  const auto done = keep_log(log, kept, [&](uint64_t at, uint64_t total) {
    CHECK(total == 3 * orders);
    told = at;
  });
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().text));
  CHECK(told == 3 * orders);
  {
    const auto copy = lmdb_event_log::open(
        kept, {.environment = {}, .access = log_access::read_only, .map_bytes = 0, .hash_of_name = nullptr});
    REQUIRE(copy.has_value());
    CHECK((*copy)->head() == log.head());
    CHECK((*copy)->environment() == sim::environment);
    CHECK((*copy)->unfolded() == 0);
  }
  CHECK(run_captured([&] { return run_log({"verify", "--data", kept}); }).code == exit_code::ok);
  const auto audit = run_captured([&] { return run_audit({"--data", kept, "m1", "A-699"}); });
  CHECK_MESSAGE(audit.out.find("order m1/A-699: paid") != std::string::npos, audit.err);
}

TEST_CASE("a run is kept in a new or an empty directory, never over what somebody has") {
  const temporary_folder folder;
  CHECK(check_keep_directory(folder.path("new")).has_value());
  CHECK(check_keep_directory(folder.path("")).has_value());
  std::ofstream(folder.path("file")) << "precious";
  const auto full = check_keep_directory(folder.path(""));
  REQUIRE_FALSE(full.has_value());
  CHECK(full.error().find("isn't empty: a run is kept in a new directory") != std::string::npos);
  const auto file = check_keep_directory(folder.path("file"));
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().find("is no directory") != std::string::npos);
}
