// oncepay log stat.
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/log/commands.hpp"
#include "cli/log/open.hpp"
#include "cli/table.hpp"

#include "actors/domain/trajectory.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

const command_spec stat_spec = {.name = "log stat",
                                .purpose = "Shows what a log is and holds. Needs no server; one may be writing it.",
                                .positionals = {},
                                .options = {data_option, json_option},
                                .examples = "oncepay log stat --data data",
                                .exit_codes = "0  shown\n"
                                              "2  wrong arguments\n"
                                              "4  the log can't be read: missing, of another version"};

struct stream_counts {
  uint64_t merchants = 0;
  uint64_t channels = 0;
  uint64_t accounts = 0;
};

store_result<stream_counts> count_streams(const event_log& log) {
  stream_counts counts;
  for (const auto& [kind, count] :
       {std::pair{stream_kind::merchant, &counts.merchants}, std::pair{stream_kind::channel, &counts.channels},
        std::pair{stream_kind::account, &counts.accounts}}) {
    const auto streams = log.streams_of(kind);
    if (!streams)
      return tl::unexpected(streams.error());
    *count = streams->size();
  }
  return counts;
}

uint64_t bytes_a_decision(const log_statistics& s) {
  return s.head.position == 0 ? 0 : s.file_bytes / s.head.position;
}

double decisions_a_commit(const log_statistics& s) {
  return s.commits == 0 ? 0 : static_cast<double>(s.head.position) / static_cast<double>(s.commits);
}

std::string stat_text(const log_statistics& s, const stream_counts& counts) {
  text_table table({{""}, {""}});
  const auto add = [&](std::string_view what, std::string value) {
    table.add({std::string(what), std::move(value)});
  };
  add("environment", printable(s.environment));
  add("format", fmt::format("{}", s.format_version));
  add("decisions", grouped(s.head.position));
  add("commits", fmt::format("{}, {:.1f} decisions each", grouped(s.commits), decisions_a_commit(s)));
  add("streams",
      fmt::format("{}, {}, {}; {} of all kinds in the index", counted(counts.merchants, "merchant"),
                  counted(counts.channels, "channel"), counted(counts.accounts, "account"), grouped(s.streams)));
  add("size", fmt::format("{}, {} bytes a decision", bytes_text(s.file_bytes), bytes_a_decision(s)));
  add("first", s.first_at ? to_string(s.first_at) : "none yet");
  add("last", s.head.at ? to_string(s.head.at) : "none yet");
  add("chain head", hex(s.head.chain));
  add("index", s.has_index ? fmt::format("{} not folded yet", counted(s.unfolded, "decision"))
                           : "none: it will be made when a server starts");
  add("state", s.marked     ? fmt::format("marked, not to be written again: {}", printable(*s.marked))
               : s.restored ? "restored from a backup: queries only, until `oncepay log release`"
                            : "in order");
  return table.render();
}

nlohmann::ordered_json stat_json(const log_statistics& s, const stream_counts& counts) {
  auto o = nlohmann::ordered_json::object();
  o["environment"] = printable(s.environment);
  o["format_version"] = s.format_version;
  o["decisions"] = s.head.position;
  o["commits"] = s.commits;
  o["streams"] = s.streams;
  o["merchants"] = counts.merchants;
  o["channels"] = counts.channels;
  o["accounts"] = counts.accounts;
  o["file_bytes"] = s.file_bytes;
  o["bytes_a_decision"] = bytes_a_decision(s);
  o["first_at"] = to_json(s.first_at);
  o["last_at"] = to_json(s.head.at);
  o["chain"] = hex(s.head.chain);
  o["has_index"] = s.has_index;
  o["unfolded"] = s.unfolded;
  o["restored"] = s.restored;
  o["marked"] = s.marked ? nlohmann::ordered_json(printable(*s.marked)) : nlohmann::ordered_json(nullptr);
  return o;
}

} // namespace

exit_code run_log_stat(const arguments& args) {
  const auto options = parsed_options::parse(stat_spec, args);
  if (!options)
    return options.error();
  const auto log = open_for_reading(*options);
  if (!log)
    return log.error();
  const auto statistics = (*log)->statistics();
  if (!statistics)
    return fail_with(statistics.error());
  const auto counts = count_streams(**log);
  if (!counts)
    return fail_with(counts.error());
  return print_out(options->has("json") ? json_line(stat_json(*statistics, *counts)) : stat_text(*statistics, *counts),
                   exit_code::ok);
}

} // namespace oncepay::cli
