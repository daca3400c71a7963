// oncepay log backup.
#include "cli/client/client.hpp"
#include "cli/log/commands.hpp"
#include "cli/log/open.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"

#include "actors/domain/trajectory.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

const command_spec backup_spec = {
    .name = "log backup",
    .purpose = "Copies the log as it is now into the new directory TARGET, also while a server writes it. The chain is "
               "followed while copying: a damaged log isn't copied. The copy opens in restored mode, and holds no "
               "keys: keep those elsewhere, no server takes the copy without them.",
    .positionals = {"TARGET"},
    .options = {data_option},
    .examples = "oncepay log backup --data data backups/2026-11-20",
    .exit_codes = "0  copied\n"
                  "2  wrong arguments\n"
                  "4  the log can't be read, or TARGET exists or can't be written"};

} // namespace

exit_code run_log_backup(const arguments& args) {
  const auto options = parsed_options::parse(backup_spec, args);
  if (!options)
    return options.error();
  const auto log = open_for_reading(*options);
  if (!log)
    return log.error();
  const auto target = options->positional(0);
  progress bar("backup", stderr);
  const auto copied = (*log)->backup_to(target, [&](uint64_t done, uint64_t total) {
    bar.update({.done = done, .total = total, .note = {}}, steady_now_ns());
    return true;
  });
  bar.clear();
  if (!copied)
    return fail_with(copied.error());
  // The copy can't know: what isn't in it lacks nothing there.
  if (const uint64_t pages = (*log)->passed_over_pages(); pages > 0)
    std::fputs(fmt::format("oncepay: {} of the write-ahead file can't be read: the newest decisions may be missing in "
                           "the copy; compare it with the channels' records before it is released\n",
                           counted(pages, "page"))
                   .c_str(),
               stderr);
  return print_out(fmt::format("copied to {}: {}, chain head {}\n", printable(target),
                               counted(copied->position, "decision"), hex(copied->chain)),
                   exit_code::ok);
}

} // namespace oncepay::cli
