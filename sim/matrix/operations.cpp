#include "sim/matrix/operations.hpp"

#include "sim/matrix/account_operations.hpp"
#include "sim/matrix/batch_operations.hpp"
#include "sim/matrix/card_operations.hpp"
#include "sim/matrix/check_operations.hpp"
#include "sim/matrix/payment_operations.hpp"
#include "sim/matrix/wallet_operations.hpp"

namespace oncepay::sim::matrix {

namespace {

constexpr std::array rows{
    operation_row{"pay", "a payment", pay},
    operation_row{"code", "a payment by a code that the payer shows, called back where it isn't decided in time",
                  pay_by_code},
    operation_row{"enquiry", "\"what became of it?\", about a payment that wasn't answered", enquire},
    operation_row{"close", "its merchant closes an order whose payment wasn't answered", close},
    operation_row{"reversal", "a payment by code that is called back; times are the reversal's", reverse},
    operation_row{"refund", "all of it back", refund_all},
    operation_row{"refund-part", "four tenths of it back", refund_part},
    operation_row{"notice", "the bank tells of a payment that it didn't answer", notice},
    operation_row{"top-up", "a merchant pays in, onto its available balance", top_up},
    operation_row{"pay-out", "a merchant that has topped up pays somebody", pay_out},
    operation_row{"out-enquiry", "\"what became of it?\", about a pay-out that wasn't answered", enquire_of_pay_out},
    operation_row{"out-stopped",
                  "a pay-out while an operator stops pay-outs: before it is sent, while its money is being claimed "
                  "(during), or once its bank has it (after)",
                  pay_out_stopped},
    operation_row{"claim", "a pay-out's money is claimed from what its merchant has", claim},
    operation_row{"settle", "what was claimed is settled, or, where nothing went out (before), released", settle},
    operation_row{"credit", "a top-up is credited to what its merchant has", credit},
    operation_row{"check", "a payment that failed (before), or was paid, is asked about once more", check_payment},
    operation_row{"out-check", "the same of a pay-out", check_pay_out},
    operation_row{"refund-check", "the same of a refund", check_refund},
    operation_row{"wallet-top-up", "a customer pays in, onto a wallet", top_up_of_wallet},
    operation_row{"wallet-credit", "that is credited to the wallet", credit_of_wallet},
    operation_row{"wallet", "a payment from a wallet", pay_from_wallet},
    operation_row{"wallet-refund", "all of it back, onto the wallet", refund_to_wallet},
    operation_row{"transfer", "from one wallet to another; times are those of the one that pays", transfer},
    operation_row{"transfer-credit", "what was transferred is credited to the other one", credit_of_transfer},
    operation_row{"withdraw", "a pay-out from a wallet", withdraw},
    operation_row{"withdraw-claim", "its money is claimed from what the wallet holds", claim_from_wallet},
    operation_row{"withdraw-settle", "what was claimed there is settled, or, where nothing went out (before), released",
                  settle_with_wallet},
    operation_row{"bind", "a card is bound: an agreement is signed, and no money moves", bind},
    operation_row{"bind-enquiry", "\"what became of it?\", about a binding that wasn't answered", enquire_of_binding},
    operation_row{"authenticate", "a card is authenticated: a yes or no, and nothing moves", authenticate},
    operation_row{"authenticate-enquiry", "the same question about that", enquire_of_authentication},
    operation_row{"sign", "a payment that binds its card as well", sign_and_pay},
    operation_row{"sign-enquiry", "the same question about that", enquire_of_signing},
    operation_row{"withhold", "a payment by an agreement that was signed before", withhold},
    operation_row{"withhold-enquiry", "the same question about that", enquire_of_withheld},
    operation_row{"grant",
                  "the order that bound the card says that it may be; or that its card is unbound (before), or "
                  "being unbound (during)",
                  grant},
    operation_row{"unbind", "an agreement is ended", unbind},
    operation_row{"unbind-enquiry", "\"what became of it?\", about an unbinding that wasn't answered",
                  enquire_of_unbinding},
    operation_row{"batch", "a batch of three pay-outs, one too large; kills meet its hand-out", pay_out_in_batch},
    operation_row{"batch-end", "its lines have their orders, and the batch is to be told so", end_of_batch},
    operation_row{"tell", "the merchant is told: failed (before), paid after a doubt (during), paid (after)", tell},
};

} // namespace

std::span<const operation_row> operations() {
  return rows;
}

} // namespace oncepay::sim::matrix
