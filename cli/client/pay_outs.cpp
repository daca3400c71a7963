// oncepay pay-outs: stopping them, or letting them go on, by a named person, for a reason.
#include "cli/client/client.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

const command_spec pay_outs_spec = {
    .name = "pay-outs",
    .purpose =
        "Stops pay-outs, or lets them go on, while the server runs: all, one merchant's, or those by one channel. "
        "Once \"off\" is acknowledged none of them is submitted any more, also after a restart. New ones are "
        "refused (pay_outs_stopped); accepted ones keep their claim and go out once pay-outs go on. What a bank "
        "has already ends as it would. Who and why are recorded. A merchant's or channel's stop stays where all "
        "are let go on.",
    .positionals = {"on|off"},
    .options = {connect_option,
                {"merchant", "MERCHANT", "Only this merchant's; default: all."},
                {"channel", "CHANNEL", "Only those by this channel; default: all."},
                {"operator", "NAME", "Who stops them; required, recorded."},
                {"reason", "TEXT", "Why; required, recorded, at most 256 bytes."},
                timeout_option,
                json_option},
    .examples = "oncepay pay-outs off --operator lin --reason \"payees report money twice\"\n"
                "oncepay pay-outs on --merchant m1 --operator lin --reason \"m1 found its mistake\"",
    .exit_codes = "0  stopped, or going on\n"
                  "1  refused: the text says why\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

template <class Id>
tl::expected<Id, exit_code> id_of(const parsed_options& options, std::string_view name, std::string_view form) {
  const auto text = options.text(name);
  if (text.empty())
    return Id();
  auto id = Id::parse(text);
  if (!id)
    return tl::unexpected(options.mistake(fmt::format("--{}: \"{}\" is none: {}", name, text, form)));
  return std::move(*id);
}

} // namespace

exit_code run_pay_outs(const arguments& args) {
  const auto options = parsed_options::parse(pay_outs_spec, args);
  if (!options)
    return options.error();
  const auto action = options->positional(0);
  if (action != "on" && action != "off")
    return options->mistake(fmt::format("\"{}\" is neither on nor off", action));
  const auto merchant = id_of<merchant_id>(*options, "merchant", "1 to 32 of a-z, 0-9, _ and -");
  if (!merchant)
    return merchant.error();
  const auto channel = id_of<channel_id>(*options, "channel", "1 to 16 of a-z, 0-9, _ and -");
  if (!channel)
    return channel.error();
  if (!merchant->empty() && !channel->empty())
    return options->mistake("name a merchant or a channel, not both");
  auto who = named_person_of(*options);
  if (!who)
    return who.error();
  const command question{.request_id = 1,
                         .body = switch_pay_outs_command{.on = action == "on",
                                                         .merchant = *merchant,
                                                         .channel = *channel,
                                                         .operator_name = std::move(who->name),
                                                         .reason = std::move(who->reason)}};
  return ask_and_print(*options, question, done_text, done_code);
}

} // namespace oncepay::cli
