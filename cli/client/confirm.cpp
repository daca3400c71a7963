// oncepay confirm: a payer has confirmed a payment that risk rules wanted confirmed.
#include "cli/client/client.hpp"

#include "schema/limits.hpp"

namespace oncepay::cli {

namespace {

const command_spec confirm_spec = {
    .name = "confirm",
    .purpose = "Says that its payer has confirmed a payment which waits for that, with the proof of whoever had him "
               "confirm it: HMAC-SHA256 of merchant, order number, minor units and currency, a line each. The payment "
               "goes on then. The proof is kept nowhere; wrong ones are counted, and too many end the order.",
    .positionals = {"MERCHANT", "ORDER_NO", "AMOUNT", "CURRENCY"},
    .options = {connect_option,
                {"proof", "PROOF", "The proof, in upper-case hexadecimal; required."},
                timeout_option,
                json_option},
    .examples = "oncepay confirm m1 A-7 147.80 CNY --proof 6B1F…",
    .exit_codes = "0  paid, and not all of it refunded\n"
                  "1  not paid, or not proven: not confirmed, failed, in doubt, processing, or refused\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

} // namespace

exit_code run_confirm(const arguments& args) {
  const auto options = parsed_options::parse(confirm_spec, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const auto amount = positive_money_of(*options, 2);
  if (!amount)
    return amount.error();
  const auto proof = required_text_of(*options, "proof", limits::proof_bytes_max);
  if (!proof)
    return proof.error();
  const command question{.request_id = 1, .body = confirm_command{key->merchant, key->order_no, *amount, *proof}};
  return ask_and_print(*options, question, order_text, exit_code_of_order);
}

} // namespace oncepay::cli
