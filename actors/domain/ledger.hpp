// Double entry as pure functions: which postings a fact makes. A posting is part of the decision that causes it, so
// "order succeeded" and "money posted" are one record. Debits are positive, credits negative; every list sums to zero
// per currency (B8).
#pragma once

#include "schema/ids.hpp"
#include "schema/posting.hpp"

#include <vector>

#include <tl/expected.hpp>

namespace oncepay::ledger {

/// A payment of `amount` succeeded: the channel owes us A and keeps K, the merchant is owed A-F, F is our fee.
/// Zero lines are left out. Refuses a fee or cost below zero and a fee above the amount.
tl::expected<std::vector<posting>, errc> payment_succeeded(const merchant_id&, const channel_id&, money amount,
                                                           int64_t fee_minor, int64_t cost_minor);

/// A refund of `amount` is requested: what the merchant was credited for it, and the part of our fee that goes back
/// with it, is held in transit.
tl::expected<std::vector<posting>, errc> refund_requested(const merchant_id&, money amount, int64_t fee_returned_minor);
/// It succeeded: the channel owes us so much less. Its own cost is taken for kept.
tl::expected<std::vector<posting>, errc> refund_succeeded(const channel_id&, money amount);
/// It failed: everything goes back to where it was held from.
tl::expected<std::vector<posting>, errc> refund_failed(const merchant_id&, money amount, int64_t fee_returned_minor);

/// A success that conflicts with our own decision: the channel owes us what belongs to nobody here.
tl::expected<std::vector<posting>, errc> surplus_booked(const channel_id&, money amount);
/// And has taken it back.
tl::expected<std::vector<posting>, errc> surplus_refunded(const channel_id&, money amount);

/// A top-up was paid: the channel owes us A and keeps K; A is in transit until the account has it. Without a fee.
tl::expected<std::vector<posting>, errc> top_up_paid(const channel_id&, money amount, int64_t cost_minor);

/// A pay-out of `amount` was made: of A+F in transit the channel paid A out, F is our fee; K is what the channel
/// charges.
tl::expected<std::vector<posting>, errc> pay_out_succeeded(const channel_id&, money amount, int64_t fee_minor,
                                                           int64_t cost_minor);

/// Money moves from one account to another.
tl::expected<std::vector<posting>, errc> transfer(const account_ref& from, const account_ref& to, money amount);

/// True where the postings sum to zero in each of their currencies and no sum overflows.
bool balanced(const std::vector<posting>&);

/// True for accounts that are kept as a sub-account per partition and summed when read, so that no account is hot (G3).
bool is_shared(account_kind);

} // namespace oncepay::ledger
