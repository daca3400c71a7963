#include "sim/matrix/operations.hpp"

#include "sim/matrix/account_operations.hpp"
#include "sim/matrix/check_operations.hpp"
#include "sim/matrix/payment_operations.hpp"

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
    operation_row{"tell", "the merchant is told: failed (before), paid after a doubt (during), paid (after)", tell},
};

} // namespace

std::span<const operation_row> operations() {
  return rows;
}

} // namespace oncepay::sim::matrix
