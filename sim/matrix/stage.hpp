// What all cells have in common: a merchant that wants to be told, the bank that the fault meets, another one that may
// be tried, one order of 100 yuan, and windows of seconds.
#pragma once

#include "sim/matrix/operations.hpp"

#include <limits>
#include <vector>

namespace oncepay::sim::matrix {

inline constexpr int64_t order_at_us = 1'000'000;
/// A bank's prompt answer.
inline constexpr int64_t prompt_us = 20'000;
/// Its second word, of two.
inline constexpr int64_t second_word_us = 500'000;
/// Its answer after the reply window.
inline constexpr int64_t late_us = 2'500'000;
/// How long it works where the fault hits while it does: past the first enquiry.
inline constexpr int64_t works_us = 8'000'000;
inline constexpr int64_t never_us = int64_t{10} * 3'600'000'000;
inline constexpr uint32_t always = std::numeric_limits<uint32_t>::max();

channel_id first_channel();
order_no refund_of_cells();
/// That is paid from, in a world with one.
wallet_id wallet_of_cells();
/// Of the card, in a world with something to be withheld.
order_no binder_of_cells();

/// The plan without anything wrong.
plan staged(bool by_code);
/// Its order is a top-up.
plan staged_top_up();
/// Its order is a pay-out, of half of what its merchant has topped up before; the last of its orders.
plan staged_pay_out();
/// Its order is a payment from a wallet that was topped up before with twice as much; the last of its orders.
plan staged_wallet();
/// Its order does this with a card.
plan staged_card(card_deed);
/// Its order is withheld by the agreement of one that bound a card before; the last of its orders.
plan staged_withheld();
/// Its order is a line of a batch, which has another one that can be paid, and one that is too large.
plan staged_batch();
/// Whatever is settled there is asked about once more, a minute later.
void draw_checks(plan&);

/// The wish to have so much of a payment back, some seconds later.
planned_refund refund_of(int64_t amount_minor);

/// Whether and when the money moves; without an answer.
bank_deed worked_on(timing);
/// What the order's bank does where it isn't the bank that matters: nothing (before), the money after a doubt
/// (during), or the money at once (after).
bank_deed plainly(timing);

/// The deed of the first attempt.
planned_deed deed_of_payment(bank_deed);

/// A merchant's service that has this fault once, and then acknowledges; or has it always.
std::vector<service_fate> services_with(fault);

} // namespace oncepay::sim::matrix
