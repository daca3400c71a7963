// oncepay unbind: nothing is withheld by an agreement any more, once.
#include "cli/client/client.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"
#include "schema/plain_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace oncepay::cli {

namespace {

const command_spec unbind_spec = {
    .name = "unbind",
    .purpose =
        "Ends the agreement that an order signed, under an unbind number of the merchant's own (one number space "
        "with refunds). From its acceptance on nothing is withheld by it. Sending the same again is safe: it is "
        "answered from the order. One that is in doubt is asked about; if it definitely fails the agreement "
        "stands again.",
    .positionals = {"MERCHANT", "ORDER_NO", "UNBIND_NO"},
    .options = {connect_option, {"reason", "TEXT", "Why; recorded, at most 256 bytes."}, timeout_option, json_option},
    .examples = "oncepay unbind m1 B-7 U-1 --reason \"the payer left\"",
    .exit_codes = "0  unbound\n"
                  "1  not unbound, or not proven: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

exit_code unbind_code_of(const reply& r) {
  return r.code == errc::ok ? exit_code::ok : exit_code::negative;
}

std::string what_became_of_unbinding(const refund_view& r) {
  switch (r.state) {
  case refund_state::succeeded:
    return "the card is unbound";
  case refund_state::failed:
    return fmt::format("failed ({}); the agreement stands", printable(r.code));
  case refund_state::in_doubt:
  case refund_state::manual:
    return "in doubt; the channel is being asked, and nothing is withheld meanwhile";
  case refund_state::none:
  case refund_state::requested:
    break;
  }
  return "processing; ask again by the same command";
}

} // namespace

exit_code run_unbind(const arguments& args) {
  const auto options = parsed_options::parse(unbind_spec, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const auto unbind_no = order_no::parse(options->positional(2));
  if (!unbind_no)
    return options->mistake(fmt::format("\"{}\" is no unbind number: 1 to 64 printable ASCII characters without blanks",
                                        printable(options->positional(2))));
  const auto reason = reason_of(*options);
  if (!reason)
    return reason.error();
  if (holds_card_number(*reason))
    return options->mistake("--reason: this looks like a card's number; none is taken here");
  const command question{
      .request_id = 1,
      .body = unbind_command{
          .merchant = key->merchant, .order_no = key->order_no, .unbind_no = *unbind_no, .reason = *reason}};
  const auto text = [number = *unbind_no](const reply& r) {
    auto* order = std::get_if<order_view>(&r.body);
    if (order == nullptr)
      return order_text(r);
    const auto it = std::find_if(order->refunds.begin(), order->refunds.end(),
                                 [&](const refund_view& one) { return one.refund_no == number; });
    auto out = std::string();
    if (it != order->refunds.end())
      out = fmt::format("unbinding {}: {}{}\n", printable(number.str()), what_became_of_unbinding(*it),
                        r.duplicate ? " (already known, nothing was done again)" : "");
    reply about_order = r;
    about_order.duplicate = false;
    return out + order_text(about_order);
  };
  return ask_and_print(*options, question, text, unbind_code_of);
}

} // namespace oncepay::cli
