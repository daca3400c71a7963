// oncepay pay-out: money out of a merchant's available balance, or out of a wallet that it issued, once.
#include "cli/client/client.hpp"

#include "schema/limits.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

const command_spec pay_out_spec = {
    .name = "pay-out",
    .purpose = "Pays out of a merchant's available balance, or of the wallet that --wallet names, and prints what "
               "became of it. The amount and our fee are "
               "claimed first, so that no more goes out than there is. Sending the same merchant, order number and "
               "content again is safe: it is answered from the order, never paid out twice. One in doubt is asked "
               "about, never sent again; until it is decided, another one of this amount to this payee has to wait.",
    .positionals = {"MERCHANT", "ORDER_NO", "AMOUNT", "CURRENCY"},
    .options = {connect_option,
                {"method", "METHOD", "What channels list as pay_outs: bank-transfer, …; required."},
                {"payee", "PAYEE",
                 "Who gets it, at most 64 bytes; required; sealed at rest and masked in every report."},
                {"wallet", "WALLET", "Of a customer of this merchant: the money is his instead of the merchant's."},
                {"reason", "TEXT", "Why; recorded, at most 256 bytes."},
                timeout_option,
                json_option},
    .examples = "oncepay pay-out m1 P-1 1200.00 CNY --method bank-transfer --payee 6222000012345678\n"
                "oncepay pay-out m1 P-2 80.00 CNY --method bank-transfer --payee 6222000087654321 --wallet alice\n"
                "oncepay order m1 P-1",
    .exit_codes = "0  paid out\n"
                  "1  not paid out, or not proven: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

} // namespace

exit_code run_pay_out(const arguments& args) {
  const auto options = parsed_options::parse(pay_out_spec, args);
  if (!options)
    return options.error();
  const auto key = order_key_of(*options, 0);
  if (!key)
    return key.error();
  const auto amount = positive_money_of(*options, 2);
  if (!amount)
    return amount.error();
  const auto method = method_of(*options);
  if (!method)
    return method.error();
  const auto payee = options->required("payee");
  if (!payee)
    return payee.error();
  if (payee->empty() || payee->size() > limits::payer_bytes_max)
    return options->mistake(fmt::format("--payee takes 1 to {} bytes", limits::payer_bytes_max));
  const auto reason = reason_of(*options);
  if (!reason)
    return reason.error();
  const auto wallet = wallet_of(*options, "wallet");
  if (!wallet)
    return wallet.error();
  const command question{.request_id = 1,
                         .body = pay_out_command{.merchant = key->merchant,
                                                 .order_no = key->order_no,
                                                 .amount = *amount,
                                                 .method = *method,
                                                 .payee = *payee,
                                                 .reason = *reason,
                                                 .from_wallet = *wallet}};
  return ask_and_print(*options, question, order_text, exit_code_of_order);
}

} // namespace oncepay::cli
