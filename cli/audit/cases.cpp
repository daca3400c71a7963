// oncepay cases: what channels told of payments that nobody asked them for, straight from the log.
#include "actors/domain/trajectory.hpp"
#include "cli/client/client.hpp"
#include "cli/json.hpp"
#include "cli/log/open.hpp"
#include "cli/table.hpp"
#include "schema/log_codec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace oncepay::cli {

namespace {

const command_spec cases_spec = {
    .name = "cases",
    .purpose = "Lists what channels told of payments that no order here asked for. Each is a question to the channel: "
               "money of somebody else, or an order that was lost. Reads the log: needs no server and disturbs none.",
    .positionals = {},
    .options = {data_option, json_option},
    .examples = "oncepay cases --data data",
    .exit_codes = "0  shown, also where there are none\n"
                  "2  wrong arguments\n"
                  "4  the log can't be read: missing, of another version, damaged"};

struct one_case {
  uint64_t position = 0;
  attempt_input told;
};

store_result<void> read_cases_of(const event_log& log, const stream_name& channel, std::vector<one_case>& found) {
  std::string undecodable;
  const auto read = log.read(channel, 1, [&](uint64_t position, bytes_view stored) {
    auto d = decode_decision(stored);
    if (!d) {
      undecodable = fmt::format("position {} can't be read: {}", position, d.error());
      return false;
    }
    const bool kept = std::any_of(d->events.begin(), d->events.end(),
                                  [](const event& e) { return std::holds_alternative<notice_kept>(e); });
    if (auto* told = std::get_if<attempt_input>(&d->input); kept && told != nullptr && told->notice)
      found.push_back({position, std::move(*told)});
    return true;
  });
  if (!read)
    return tl::unexpected(read.error());
  if (!undecodable.empty())
    return tl::unexpected(store_error{store_errc::damaged, undecodable});
  return {};
}

store_result<std::vector<one_case>> read_cases(const event_log& log) {
  const auto channels = log.streams_of(stream_kind::channel);
  if (!channels)
    return tl::unexpected(channels.error());
  std::vector<one_case> found;
  for (const stream_name& channel : *channels)
    if (auto read = read_cases_of(log, channel, found); !read)
      return tl::unexpected(read.error());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.position < b.position; });
  return found;
}

std::string as_text(const std::vector<one_case>& found) {
  text_table table({{"position", align::right},
                    {"received"},
                    {"channel"},
                    {"about"},
                    {"outcome"},
                    {"amount", align::right},
                    {"code"},
                    {"the channel's number"}});
  for (const auto& [position, told] : found)
    table.add({fmt::format("{}", position), to_string(told.notice->received_at), printable(told.notice->channel.str()),
               printable(told.notice->id.str()), std::string(name(told.outcome)), to_string(told.notice->amount),
               printable(told.code), printable(told.channel_ref)});
  return (table.empty() ? "" : table.render()) + counted(found.size(), "case") + "\n";
}

nlohmann::ordered_json as_json(const std::vector<one_case>& found) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& [position, told] : found)
    out.push_back({{"position", position},
                   {"received_at", to_json(told.notice->received_at)},
                   {"channel", printable(told.notice->channel.str())},
                   {"about", printable(told.notice->id.str())},
                   {"outcome", name(told.outcome)},
                   {"amount", to_json(told.notice->amount)},
                   {"code", printable(told.code)},
                   {"channel_ref", printable(told.channel_ref)}});
  return out;
}

} // namespace

exit_code run_cases(const arguments& args) {
  const auto options = parsed_options::parse(cases_spec, args);
  if (!options)
    return options.error();
  const auto log = open_for_reading(*options);
  if (!log)
    return log.error();
  const auto found = read_cases(**log);
  if (!found)
    return fail_with(found.error());
  return print_out(options->has("json") ? json_line(as_json(*found)) : as_text(*found), exit_code::ok);
}

} // namespace oncepay::cli
