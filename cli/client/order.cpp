// oncepay order: what became of an order.
#include "cli/client/client.hpp"

namespace oncepay::cli {

namespace {

const command_spec order_spec = {
    .name = "order",
    .purpose = "Asks a running server for an order's fate. An order in doubt is reported as that, with the last "
               "evidence and the time of the next enquiry. The full history is in the log: see `oncepay audit`.",
    .positionals = {"MERCHANT", "ORDER_NO"},
    .options = {connect_option, {"trajectory", "", "Its steps too, one line each."}, timeout_option, json_option},
    .examples = "oncepay order m1 A-7\n"
                "oncepay order m1 A-7 --trajectory",
    .exit_codes = "0  paid, and not all of it refunded\n"
                  "1  not paid, or not proven: failed, in doubt, processing, or unknown; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

} // namespace

exit_code run_order(const arguments& args) {
  const auto options = parsed_options::parse(order_spec, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const command question{.request_id = 1,
                         .body = query_order_command{.merchant = key->merchant,
                                                     .order_no = key->order_no,
                                                     .with_trajectory = options->has("trajectory")}};
  return ask_and_print(*options, question, order_text, exit_code_of_order);
}

} // namespace oncepay::cli
