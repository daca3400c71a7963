// oncepay close: nothing is to be paid for an order any more.
#include "cli/client/client.hpp"

namespace oncepay::cli {

namespace {

const command_spec close_spec = {
    .name = "close",
    .purpose = "Closes an order. A payment under way can't be called back: nothing new is tried, the channel is asked "
               "to close it, and the order is closed on proof alone that nothing was paid. Where it was paid after all "
               "it is paid: refund it. What surfaces after the close goes back by itself.",
    .positionals = {"MERCHANT", "ORDER_NO"},
    .options = {connect_option, {"reason", "TEXT", "Why; recorded, at most 256 bytes."}, timeout_option, json_option},
    .examples = "oncepay close m1 A-7 --reason \"customer left\"\n"
                "oncepay close m1 A-7 --json",
    .exit_codes = "0  closed, or failed before: nothing was paid and nothing will be taken\n"
                  "1  not closed (yet): paid, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

exit_code closed_code(const reply& r) {
  return r.code == errc::ok ? exit_code::ok : exit_code::negative;
}

} // namespace

exit_code run_close(const arguments& args) {
  const auto options = parsed_options::parse(close_spec, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const auto reason = reason_of(*options);
  if (!reason)
    return reason.error();
  const command question{
      .request_id = 1, .body = close_command{.merchant = key->merchant, .order_no = key->order_no, .reason = *reason}};
  return ask_and_print(*options, question, order_text, closed_code);
}

} // namespace oncepay::cli
