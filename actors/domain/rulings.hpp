// Rulings (C9): what people find out about an attempt or a refund in doubt. One person proposes, upon evidence; another
// one approves exactly that proposal; then it follows as from any other evidence, with the same rules and postings.
//
// Every ruling takes two persons. "Succeeded" pays a merchant, or takes what was held for a refund for gone; "failed"
// lets the payer pay again, or gives a merchant back what was held; "reversed" empties the suspense account. None of
// them is harmless, so there is one way for all.
//
// A ruling is evidence like any other: the first evidence wins, what is final stays final, also for people (C4), and
// what its channel says later is recorded and alarmed. One thing more: "failed" is our own word, so a payment that
// succeeds after it goes back to its payer.
#pragma once

#include "actors/domain/order.hpp"

namespace oncepay::order {

verdict_on_input decide_ruling_proposal(const state&, instant at, const ruling_proposal_input&);
verdict_on_input decide_ruling_answer(const state&, instant at, const ruling_answer_input&);

/// Null where no ruling of this name was ever proposed.
const ruling* find_ruling(const state&, const ruling_id&);

/// What was proposed last, if it is still to be answered; whether it has expired is for whoever knows the time.
const ruling* waiting_ruling(const state&);

/// True for names that differ only in what people write now so, now so - capitals, accents, blanks, marks - or in what
/// nobody sees. It proves nothing about two names that differ: who is who is for whoever gives out the names.
bool is_same_person(std::string_view, std::string_view);

/// What the approved ruling tells the order, in the form of any other evidence.
input evidence_of(const ruling_proposal_input&);

bool evolve_ruling(state&, instant at, const input&, const event&);

} // namespace oncepay::order
