// oncepay top-up: money onto a merchant's available balance, or onto a wallet that it issued.
#include "cli/client/client.hpp"

namespace oncepay::cli {

namespace {

const command_spec top_up_spec = {
    .name = "top-up",
    .purpose = "Takes one payment and credits all of it to the merchant's available balance, from which pay-outs are "
               "made, or to the wallet that --wallet names. It is an order as any payment; our fee isn't charged, and "
               "it isn't refunded but paid out. Sending "
               "the same merchant, order number and content again is safe: it is credited once.",
    .positionals = {"MERCHANT", "ORDER_NO", "AMOUNT", "CURRENCY"},
    .options = {connect_option,
                {"method", "METHOD", "What channels list: card, bank-transfer, …; required."},
                {"wallet", "WALLET", "Of a customer of this merchant: is topped up instead of its balance."},
                {"expires-in", "SECONDS", "What isn't paid by then is closed; default: never."},
                {"payer", "PAYER", "Who pays, at most 64 bytes; sealed at rest and masked in every report."},
                {"payer-code", "CODE",
                 "What the payer showed, for channels that want it; sealed at rest, and no part of the content."},
                timeout_option,
                json_option},
    .examples = "oncepay top-up m1 T-1 50000.00 CNY --method card\n"
                "oncepay top-up m1 T-2 100.00 CNY --method card --wallet alice\n"
                "oncepay balances merchant/m1/",
    .exit_codes = "0  paid, and credited\n"
                  "1  not paid, or not proven: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

} // namespace

exit_code run_top_up(const arguments& args) {
  return pay_and_print(top_up_spec, args, {.top_up = true, .to_wallet_option = "wallet"});
}

} // namespace oncepay::cli
