// oncepay channel: switching a channel on or off, by a named person, for a reason.
#include "cli/client/client.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"

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

std::string switched_text(const reply& r) {
  return r.code == errc::ok ? fmt::format("done, at log position {}\n", r.position) : refusal_text(r) + '\n';
}

exit_code switched_code(const reply& r) {
  return r.code == errc::ok ? exit_code::ok : exit_code::negative;
}

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
  const command question{
      .request_id = 1,
      .body = switch_channel_command{
          .channel = *channel, .on = action == "on", .operator_name = *operator_name, .reason = *reason}};
  return ask_and_print(*options, question, switched_text, switched_code);
}

} // namespace oncepay::cli
