// A pay-out is an order with stricter rules. Its money is claimed from the merchant's available balance, or from a
// wallet that the merchant issued, before anything is tried, and what it did to its channel is never guessed:
//
//   - "not found" never fails it (C2). A channel that loses sight of a pay-out has paid more than one twice.
//   - It is never tried again or elsewhere while its last attempt is unknown (C7): as of a payment, an attempt that was
//     ever in doubt is the last one.
//   - It can't be closed, and nothing of it is refunded: what was paid out comes back as a payment, or not at all.
//   - Where pay-outs are stopped (C12) it neither goes out nor fails: it is held, and its claim with it.
//   - Another one of the same merchant, payee and amount waits until it is decided (C10, see account.hpp).
#pragma once

#include "actors/domain/order.hpp"

#include <string_view>

namespace oncepay::order {

/// Over what makes two requests the same pay-out: amount, currency, method, payee, wallet.
hash128 fingerprint_of(const pay_out_input&);

/// Over what makes two pay-outs of one merchant look like one that was ordered twice: payee, amount, currency.
hash128 likeness_of(const hash128& payee_token, money amount);

/// Opens the order: what it claims, and where it may go, its account and router decide later.
verdict_on_input decide_pay_out(const state&, const pay_out_input&);

/// What a port says of a pay-out that an operator stopped before it left.
inline constexpr std::string_view pay_outs_stopped_code = "PAY_OUTS_STOPPED";

/// It may go nowhere for now because an operator stopped pay-outs.
bool is_stopped(const route_answer&);
/// This attempt was stopped at the last door; its channel never saw it.
bool was_stopped(const attempt_input&);
pay_out_held hold(const state&, instant at);
/// True while a pay-out waits for pay-outs to go on.
bool is_held(const state&);

/// What an answer about a pay-out is worth at most.
reply_class believed_of_pay_out(reply_class believed);

} // namespace oncepay::order
