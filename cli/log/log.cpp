// oncepay log: what the log is, whether it is sound, what is in it, copies of it.
#include "cli/log/commands.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/nearest.hpp"

#include <array>
#include <cstdio>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr std::array entries{
    command_entry{"stat", "how many decisions and streams, how large, since when, in which state", run_log_stat},
    command_entry{"verify", "follows the hash chain over every stored byte", run_log_verify},
    command_entry{"dump", "every decision as a line of JSON", run_log_dump},
    command_entry{"backup", "copies a log, also while a server writes it", run_log_backup},
    command_entry{"release", "ends the restored mode of a copy after reconciliation", run_log_release}};

std::string help() {
  std::string out = "usage: oncepay log COMMAND [OPTIONS]\n\nLooks after the log of decisions.\n\ncommands:\n";
  for (const auto& entry : entries)
    out += fmt::format("  {:8}  {}\n", entry.name, entry.summary);
  return out + "\nexamples:\n  oncepay log stat --data data\n  oncepay log COMMAND --help\n\n"
               "exit codes:\n  0  done\n  1  it ran, and the answer is no: damage was found, or nothing to release\n"
               "  2  wrong arguments\n  4  the log can't be opened, read or copied\n";
}

} // namespace

exit_code run_log(const arguments& args) {
  if (!args.empty() && args.front() == "--help") {
    std::fputs(help().c_str(), stdout);
    return exit_code::ok;
  }
  if (args.empty())
    return fail(exit_code::usage, "log: COMMAND is missing; see `oncepay log --help`");
  for (const auto& entry : entries)
    if (entry.name == args.front())
      return entry.run({args.begin() + 1, args.end()});
  std::vector<std::string_view> names;
  for (const auto& entry : entries)
    names.push_back(entry.name);
  const auto meant = nearest(args.front(), names);
  return fail(exit_code::usage,
              fmt::format("log: there is no command \"{}\"{}; see `oncepay log --help`", printable(args.front()),
                          meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
}

} // namespace oncepay::cli
