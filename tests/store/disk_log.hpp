// Opening a log on disk in a test.
#pragma once

#include "store/lmdb_event_log.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace oncepay::test {

/// Small enough for a sanitizer's address space.
inline constexpr uint64_t test_map_bytes = uint64_t{256} << 20;

/// Made quickly.
inline constexpr uint64_t test_write_ahead_bytes = uint64_t{1} << 20;

inline lmdb_log_options writing(const std::string& environment = "test") {
  return {.environment = environment, .map_bytes = test_map_bytes, .write_ahead_bytes = test_write_ahead_bytes};
}
inline lmdb_log_options reading() {
  return {.environment = "", .access = log_access::read_only};
}

inline std::unique_ptr<lmdb_event_log> must_open(const std::string& directory,
                                                 const lmdb_log_options& options = writing()) {
  auto log = lmdb_event_log::open(directory, options);
  if (!log)
    FAIL("the log in ", directory, " doesn't open: ", std::string(name(log.error().code)), ": ", log.error().text);
  return std::move(*log);
}

template <class T>
store_error error_in(const store_result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

/// Appends one batch that must be taken.
inline log_head must_append(event_log& log, const std::vector<append_entry>& batch) {
  auto head = log.append(batch);
  if (!head)
    FAIL("the batch is refused: ", std::string(name(head.error().code)), ": ", head.error().text);
  return *head;
}

} // namespace oncepay::test
