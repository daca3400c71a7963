#include "cli/log/open.hpp"

#include "actors/domain/trajectory.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

tl::expected<std::unique_ptr<lmdb_event_log>, exit_code> open_for_reading(const parsed_options& options) {
  const auto directory = options.required("data");
  if (!directory)
    return tl::unexpected(directory.error());
  auto log = lmdb_event_log::open(
      *directory, {.environment = {}, .access = log_access::read_only, .map_bytes = 0, .hash_of_name = nullptr});
  if (!log)
    return tl::unexpected(fail_with(log.error()));
  return std::move(*log);
}

exit_code fail_with(const store_error& error) {
  return fail(exit_code::data, fmt::format("{} ({})", printable(error.text), name(error.code)));
}

} // namespace oncepay::cli
