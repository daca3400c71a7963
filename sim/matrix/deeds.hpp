// How the other side behaves that meets a fault: what a bank does with money that it is asked to move, what it answers
// to a question; or why there is no such fault.
#pragma once

#include "sim/matrix/stage.hpp"

#include <optional>

namespace oncepay::sim::matrix {

using made = tl::expected<script, reason>;

inline constexpr reason unmoved = "who says so has moved nothing";
inline constexpr reason no_lie = "nothing moved: what it says is the truth";
inline constexpr reason no_claim = "no bank of the simulator claims what it never took";
inline constexpr reason no_fault = "without a fault there is no time at which it hits";
inline constexpr reason of_questions = "of questions only; of what moves money it is 'unmapped'";
inline constexpr reason of_enquiries = "only who is asked what became of something finds it or not";
inline constexpr reason of_money = "a question moves nothing that could be refused; 'fails' stands for it";
inline constexpr reason of_codes = "nobody showed a code that a payer would confirm";
inline constexpr reason of_notices = "of notices only";
inline constexpr reason of_bindings = "of what signs an agreement only";
inline constexpr reason of_merchants =
    "no merchant takes part; all are told in every cell, and 'tell' has their faults";
inline constexpr reason of_banks = "no bank takes part";
inline constexpr reason one_answer = "a question has one answer; no second one is listened to";
inline constexpr reason still_answers =
    "a bank that is out moves no money and answers questions; 'silent' stands for the rest";

/// Of a merchant's own service, not of a bank.
bool is_merchants(fault);
bool is_outage(fault);
/// A kill may meet one of both words.
bool is_heard_to_contradict(const cell&);

/// What a bank does with a payment, pay-out or refund that meets this fault.
tl::expected<bank_deed, reason> deed_with(fault, timing);

/// A question about something: what of its answer goes wrong, where anything can.
tl::expected<std::optional<answer_fault>, reason> answer_with(fault);

/// Puts the first channel's bank out from then on, for some seconds.
void put_out(plan&, fault, int64_t at_us);

} // namespace oncepay::sim::matrix
