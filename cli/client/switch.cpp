// oncepay switch: letting a merchant, a method or a channel go on or not, by a named person, for a reason.
#include "cli/client/client.hpp"

#include <fmt/format.h>

#include <optional>

namespace oncepay::cli {

namespace {

const command_spec switch_spec = {
    .name = "switch",
    .purpose = "Switches a merchant, a payment method for everybody, or a channel off or on again while the server "
               "runs. Once \"off\" is acknowledged nothing of it opens or is submitted any more, also after a restart; "
               "orders that exist are answered, asked about and refunded all the same. Who and why are recorded.",
    .positionals = {"on|off", "merchant|method|channel", "NAME"},
    .options = {connect_option,
                {"operator", "NAME", "Who switches; required, recorded."},
                {"reason", "TEXT", "Why; required, recorded, at most 256 bytes."},
                timeout_option,
                json_option},
    .examples = "oncepay switch off merchant bookshop --operator lin --reason \"too many chargebacks\"\n"
                "oncepay switch off method card --operator lin --reason \"the scheme is down\"\n"
                "oncepay switch on method card --operator mei --reason \"the scheme is back\"",
    .exit_codes = "0  switched\n"
                  "1  refused: the text says why\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

struct words {
  bool on = false;
  std::string kind;
  std::string name;
  std::string operator_name;
  std::string reason;
};

/// Nothing where the name breaks the form that its kind has.
std::optional<command> command_of(const words& w) {
  command c{.request_id = 1, .body = {}};
  if (w.kind == "channel") {
    const auto channel = channel_id::parse(w.name);
    if (!channel)
      return std::nullopt;
    c.body = switch_channel_command{*channel, w.on, w.operator_name, w.reason};
    return c;
  }
  const bool is_merchant = w.kind == "merchant";
  if (is_merchant ? !merchant_id::parse(w.name) : !method_id::parse(w.name))
    return std::nullopt;
  c.body = switch_command{is_merchant ? switch_subject::merchant : switch_subject::method, w.name, w.on,
                          w.operator_name, w.reason};
  return c;
}

} // namespace

exit_code run_switch(const arguments& args) {
  const auto options = parsed_options::parse(switch_spec, args);
  if (!options)
    return options.error();
  words w{options->positional(0) == "on", options->positional(1), options->positional(2), {}, {}};
  if (!w.on && options->positional(0) != "off")
    return options->mistake(fmt::format("\"{}\" is neither on nor off", options->positional(0)));
  if (w.kind != "merchant" && w.kind != "method" && w.kind != "channel")
    return options->mistake(fmt::format("\"{}\" is none of merchant, method, channel", w.kind));
  auto who = named_person_of(*options);
  if (!who)
    return who.error();
  w.operator_name = std::move(who->name);
  w.reason = std::move(who->reason);
  const auto question = command_of(w);
  if (!question)
    return options->mistake(fmt::format("\"{}\" is no {}'s name: a-z, 0-9, _ and -", w.name, w.kind));
  return ask_and_print(*options, *question, done_text, done_code);
}

} // namespace oncepay::cli
