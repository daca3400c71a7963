// oncepay channel: switching a channel on or off, by a named person, for a reason.
#include "cli/client/client.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

const command_spec channel_spec = {
    .name = "channel",
    .purpose = "Switches a channel on or off while the server runs. Once \"off\" is acknowledged no attempt is "
               "submitted there any more; attempts under way end as they would. Who and why are recorded.",
    .positionals = {"on|off", "CHANNEL"},
    .options = {connect_option,
                {"operator", "NAME", "Who switches; required, recorded."},
                {"reason", "TEXT", "Why; required, recorded, at most 256 bytes."},
                timeout_option,
                json_option},
    .examples = "oncepay channel off beta --operator lin --reason \"bank reports time-outs\"\n"
                "oncepay channel on beta --operator lin --reason \"bank is back\"",
    .exit_codes = "0  switched\n"
                  "1  refused: the text says why\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

} // namespace

exit_code run_channel(const arguments& args) {
  const auto options = parsed_options::parse(channel_spec, args);
  if (!options)
    return options.error();
  const auto action = options->positional(0);
  if (action != "on" && action != "off")
    return options->mistake(fmt::format("\"{}\" is neither on nor off", action));
  const auto channel = channel_id::parse(options->positional(1));
  if (!channel)
    return options->mistake(
        fmt::format("\"{}\" is no channel id: 1 to 16 of a-z, 0-9, _ and -", options->positional(1)));
  auto who = named_person_of(*options);
  if (!who)
    return who.error();
  const command question{.request_id = 1,
                         .body = switch_channel_command{.channel = *channel,
                                                        .on = action == "on",
                                                        .operator_name = std::move(who->name),
                                                        .reason = std::move(who->reason)}};
  return ask_and_print(*options, question, done_text, done_code);
}

} // namespace oncepay::cli
