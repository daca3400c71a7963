// Check enquiries (C11): attempts that are settled, and refunds, are asked about once more - a sample of all, and
// whatever operators name after an incident. A channel that now says otherwise is a mismatch: recorded as any
// contradiction, alarmed, left to a person (C3). Nothing else follows: attempt, refund, order and books stay as they
// are, whatever is heard.
//
//   settled ── drawn, or named by an operator ── begun ─┬─ agrees
//                                                       ├─ disagrees        with a contradiction
//                                                       └─ nothing proven   not asked, not answered, not said
//
// That a check begins is durable before its channel is asked, and what was drawn begins once: no crash has a channel
// asked again and again. Whatever becomes of a check ends it; what came to nothing isn't repeated, for another one of
// the sample tells as much.
//
// A refund is drawn with the attempt that it gives back, so that the sample follows one payment to its end. It is the
// only thing to ask about then: of a payment with money on its way back channels say what they like - given back in
// full it is "closed" with Alipay and "refund" with WeChat Pay, and neither contradicts that it was paid. "Refunded",
// which the payer never got, and "not refunded", which he did, is found by nobody else.
//
// Nor is asked about what never left.
#pragma once

#include "actors/domain/order.hpp"

#include <optional>
#include <vector>

namespace oncepay::order {

/// True for what a channel answers to a check, or a port in its place.
bool is_check(const attempt_input&);
bool is_check(const refund_answer_input&);

verdict_on_input decide_check(const state&, instant at, const check_input&);
verdict_on_input decide_check_answer(const state&, const attempt&, const attempt_input&);
verdict_on_input decide_check_answer(const state&, const refund&, const refund_answer_input&);

/// Begins the checks that were drawn and are due by now; empty: none.
std::vector<event> begin_checks_due(const state&, instant at);
/// When the first of those is due; none: 0.
instant check_due(const state&);

/// The same of checks under way whose answer never came, and what such a one is told.
instant check_overdue(const state&);
std::optional<input> overdue_check(const state&, instant now);
std::vector<input> resume_checks(const state&);

/// To be called when an attempt, or a refund, has been settled: from here on its date is known.
void note_settled(attempt&, instant at);
void note_settled(const state&, refund&, instant at);

/// True where the event was one of a check.
bool evolve_check(state&, const event&);
void add_check_effects(const state& after, const event&, std::vector<effect>&);

/// How the order's checks stand; true where none is under way.
bool checks_are_over(const state&);
errc standing_of_checks(const state&);

} // namespace oncepay::order
