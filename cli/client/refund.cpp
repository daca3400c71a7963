// oncepay refund: money back to the payer, once.
#include "cli/client/client.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace oncepay::cli {

namespace {

const command_spec refund_spec = {
    .name = "refund",
    .purpose =
        "Gives a paid order's money back, all or part of it, under a refund number of the merchant's own. Sending "
        "the same refund again is safe: it is answered from the order, never given back twice. Other content "
        "under the same number is refused, and so is more than is left of what was paid. A refund that is in "
        "doubt is asked about; don't send it under another number.",
    .positionals = {"MERCHANT", "ORDER_NO", "REFUND_NO", "AMOUNT", "CURRENCY"},
    .options = {connect_option, {"reason", "TEXT", "Why; recorded, at most 256 bytes."}, timeout_option, json_option},
    .examples = "oncepay refund m1 A-7 R-1 60.00 CNY --reason \"returned one of two\"\n"
                "oncepay refund m1 A-8 R-2 990 JPY --json",
    .exit_codes = "0  refunded\n"
                  "1  not refunded, or not proven: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

exit_code refunded_code(const reply& r) {
  return r.code == errc::ok ? exit_code::ok : exit_code::negative;
}

std::string what_became_of_it(const refund_view& r) {
  switch (r.state) {
  case refund_state::succeeded:
    return "refunded";
  case refund_state::failed:
    return fmt::format("failed ({}); the payer doesn't get it under this number", printable(r.code));
  case refund_state::in_doubt:
  case refund_state::manual:
    return "in doubt; the channel is being asked. Don't send it under another number";
  case refund_state::none:
  case refund_state::requested:
    break;
  }
  return "processing; ask again by the same command";
}

} // namespace

exit_code run_refund(const arguments& args) {
  const auto options = parsed_options::parse(refund_spec, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const auto refund_no = order_no::parse(options->positional(2));
  if (!refund_no)
    return options->mistake(fmt::format("\"{}\" is no refund number: 1 to 64 printable ASCII characters without blanks",
                                        printable(options->positional(2))));
  const auto amount = positive_money_of(*options, 3);
  if (!amount)
    return amount.error();
  const auto reason = reason_of(*options);
  if (!reason)
    return reason.error();
  const command question{.request_id = 1,
                         .body = refund_command{.merchant = key->merchant,
                                                .order_no = key->order_no,
                                                .refund_no = *refund_no,
                                                .amount = *amount,
                                                .reason = *reason}};
  const auto text = [number = *refund_no](const reply& r) {
    auto out = std::string();
    if (auto* order = std::get_if<order_view>(&r.body)) {
      const auto& refunds = order->refunds;
      const auto it =
          std::find_if(refunds.begin(), refunds.end(), [&](const refund_view& one) { return one.refund_no == number; });
      if (it != refunds.end())
        out = fmt::format("refund {}: {}{}\n", printable(number.str()), what_became_of_it(*it),
                          r.duplicate ? " (already known, nothing was done again)" : "");
      reply about_order = r;
      about_order.duplicate = false;
      return out + order_text(about_order);
    }
    return order_text(r);
  };
  return ask_and_print(*options, question, text, refunded_code);
}

} // namespace oncepay::cli
