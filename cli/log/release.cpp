// oncepay log release.
#include "cli/client/client.hpp"
#include "cli/log/commands.hpp"
#include "cli/log/open.hpp"

#include "schema/limits.hpp"
#include "schema/log_codec.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

const command_spec release_spec = {
    .name = "log release",
    .purpose = "Ends the restored mode of a log that came from a backup, so that a server takes payments on it again. "
               "First compare the log with the channels' records of the time after its last decision: what they know "
               "and the log doesn't was paid. No server may run on the log meanwhile. Who and why are recorded.",
    .positionals = {},
    .options = {data_option,
                {"operator", "NAME", "Who releases; required, recorded."},
                {"reason", "TEXT", "Why; required, recorded, at most 256 bytes."}},
    .examples =
        "oncepay log release --data data --operator lin --reason \"reconciled with alpha and beta up to 14:00\"",
    .exit_codes = "0  released\n"
                  "1  the log isn't in restored mode\n"
                  "2  wrong arguments\n"
                  "4  the log can't be written: in use by a server, missing, marked"};

/// Records the release, then makes it. Killed between the two, the log stays restored and is released again.
store_result<uint64_t> release(lmdb_event_log& log, const log_release_input& why) {
  const auto stream = stream_name::of_operations();
  const auto version = log.version_of(stream);
  if (!version)
    return tl::unexpected(version.error());
  decision d;
  d.at =
      std::max(wall_now(), log.head().at); // Never before the decision it follows, whatever this machine's clock says.
  d.stream = stream;
  d.version = *version + 1;
  d.input = why;
  d.events = {log_released{}};
  append_entry entry;
  entry.stream = stream;
  entry.version = d.version;
  entry.at = d.at;
  entry.stored = encode(d);
  const auto head = log.append({&entry, 1});
  if (!head)
    return tl::unexpected(head.error());
  if (const auto released = log.release(); !released)
    return tl::unexpected(released.error());
  return head->position;
}

} // namespace

exit_code run_log_release(const arguments& args) {
  const auto options = parsed_options::parse(release_spec, args);
  if (!options)
    return options.error();
  const auto operator_name = options->required("operator");
  if (!operator_name)
    return operator_name.error();
  const auto reason = options->required("reason");
  if (!reason)
    return reason.error();
  if (operator_name->size() > limits::display_name_bytes_max)
    return options->mistake(fmt::format("--operator takes at most {} bytes", limits::display_name_bytes_max));
  if (reason->size() > limits::reason_bytes_max)
    return options->mistake(fmt::format("--reason takes at most {} bytes", limits::reason_bytes_max));
  std::string environment;
  {
    // Writing needs the environment's name, which is the log's own to tell.
    const auto log = open_for_reading(*options);
    if (!log)
      return log.error();
    if (!(*log)->is_restored())
      return fail(exit_code::negative, "log release: this log isn't in restored mode: there is nothing to release");
    environment = (*log)->environment();
  }
  auto log = lmdb_event_log::open(
      options->text("data"),
      {.environment = environment, .access = log_access::read_write, .map_bytes = 0, .hash_of_name = nullptr});
  if (!log)
    return fail_with(log.error());
  const auto position = release(**log, {*operator_name, *reason});
  if (!position)
    return fail_with(position.error());
  return print_out(fmt::format("released, recorded at position {}\n", *position), exit_code::ok);
}

} // namespace oncepay::cli
