// What checkers know of rulings: what is in doubt, and so to be ruled on; whether people were mistaken; and what an
// approval tells about an attempt or refund, put as if a channel had said it. Written down by other means than the
// rules themselves.
#pragma once

#include "actors/domain/order.hpp"
#include "schema/decision.hpp"

#include <optional>

namespace oncepay::sim {

/// What simulated people rest a ruling on. A mistaken one may be wrong; all others are right.
inline constexpr const char* evidence_of_the_book = "the bank's book";
inline constexpr const char* mistaken_evidence = "another line of the bank's book";

bool is_in_doubt(const order::state&, ruling_subject, uint32_t number);

/// The approved ruling that settled it; null where none did.
const order::ruling* ruling_that_settled(const order::state&, const order::attempt&);
const order::ruling* ruling_that_settled(const order::state&, const order::refund&);

/// Settled by people who were mistaken: nothing that agrees with any bank.
template <class Subject>
bool is_mistaken(const order::state& s, const Subject& subject) {
  const order::ruling* r = ruling_that_settled(s, subject);
  return r != nullptr && r->said.evidence == mistaken_evidence;
}

/// What the ruling that the decision approves says about an attempt, or a refund; none: it approves none such.
std::optional<attempt_input> ruled_attempt(const decision&, const order::state* before);
std::optional<refund_answer_input> ruled_refund(const decision&, const order::state* before);

} // namespace oncepay::sim
