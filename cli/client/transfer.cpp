// oncepay transfer: money from one customer's wallet to another's, once.
#include "cli/client/client.hpp"

namespace oncepay::cli {

namespace {

const command_spec transfer_spec = {
    .name = "transfer",
    .purpose = "Moves money from one wallet to another one of the same merchant: a top-up that a wallet pays. It is an "
               "order as any, and closed or in doubt as any; our fee isn't charged. Sending the same merchant, order "
               "number and content again is safe: it moves once.",
    .positionals = {"MERCHANT", "ORDER_NO", "AMOUNT", "CURRENCY"},
    .options = {connect_option,
                {"from", "WALLET", "The wallet that pays; required."},
                {"to", "WALLET", "The wallet that gets it; required."},
                {"method", "METHOD", "What the wallets' channel lists; default: wallet."},
                {"expires-in", "SECONDS", "What isn't paid by then is closed; default: never."},
                timeout_option,
                json_option},
    .examples = "oncepay transfer m1 X-1 25.00 CNY --from alice --to bob\n"
                "oncepay balances wallet/m1/",
    .exit_codes = "0  moved\n"
                  "1  not moved, or not proven: failed, in doubt, processing, or refused; the text says which\n"
                  "2  wrong arguments\n"
                  "5  no answer: can't connect, or the connection broke"};

} // namespace

exit_code run_transfer(const arguments& args) {
  return pay_and_print(transfer_spec, args,
                       {.top_up = true, .from_wallet_option = "from", .to_wallet_option = "to", .is_transfer = true});
}

} // namespace oncepay::cli
