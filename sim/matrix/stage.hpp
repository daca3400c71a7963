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

/// The plan without anything wrong.
plan staged(bool by_code);
/// Its order is a top-up.
plan staged_top_up();
/// Its order is a pay-out, of half of what its merchant has topped up before; the last of its orders.
plan staged_pay_out();
/// Whatever is settled there is asked about once more, a minute later.
void draw_checks(plan&);

/// Whether and when the money moves; without an answer.
bank_deed worked_on(timing);

/// The deed of the first attempt.
planned_deed deed_of_payment(bank_deed);

/// A merchant's service that has this fault once, and then acknowledges; or has it always.
std::vector<service_fate> services_with(fault);

} // namespace oncepay::sim::matrix
