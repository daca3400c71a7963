#include "sim/check/ruled.hpp"

#include <algorithm>

namespace oncepay::sim {

namespace {

const order::ruling* approved(const order::state& s, ruling_subject subject, uint32_t number) {
  auto it = std::find_if(s.rulings.begin(), s.rulings.end(), [&](const order::ruling& r) {
    return r.standing == order::ruling_standing::approved && r.said.subject == subject && r.said.number == number;
  });
  return it == s.rulings.end() ? nullptr : &*it;
}

/// What the decision approves; null: nothing.
const ruling_proposal_input* approved_by(const decision& d, const order::state* before) {
  auto* answer = std::get_if<ruling_answer_input>(&d.input);
  if (answer == nullptr || before == nullptr || !answer->approve)
    return nullptr;
  auto it = std::find_if(before->rulings.begin(), before->rulings.end(),
                         [&](const order::ruling& r) { return r.id == answer->ruling; });
  return it == before->rulings.end() ? nullptr : &it->said;
}

reply_class proved_by(ruling_outcome o) {
  return o == ruling_outcome::failed ? reply_class::failed_final : reply_class::succeeded;
}

} // namespace

bool is_in_doubt(const order::state& s, ruling_subject subject, uint32_t number) {
  if (number == 0)
    return false;
  if (subject == ruling_subject::attempt)
    return number <= s.attempts.size() && is_doubtful(s.attempts[number - 1].state) &&
           s.attempts[number - 1].state != attempt_state::reversing;
  return number <= s.refunds.size() &&
         (s.refunds[number - 1].state == refund_state::in_doubt || s.refunds[number - 1].state == refund_state::manual);
}

const order::ruling* ruling_that_settled(const order::state& s, const order::attempt& a) {
  return approved(s, ruling_subject::attempt, a.number);
}

const order::ruling* ruling_that_settled(const order::state& s, const order::refund& r) {
  return approved(s, ruling_subject::refund, r.number);
}

std::optional<attempt_input> ruled_attempt(const decision& d, const order::state* before) {
  const ruling_proposal_input* ruled = approved_by(d, before);
  if (ruled == nullptr || ruled->subject != ruling_subject::attempt)
    return std::nullopt;
  return attempt_input{ruled->number, evidence::ruling, proved_by(ruled->outcome), "RULED", {}, {}};
}

std::optional<refund_answer_input> ruled_refund(const decision& d, const order::state* before) {
  const ruling_proposal_input* ruled = approved_by(d, before);
  if (ruled == nullptr || ruled->subject != ruling_subject::refund)
    return std::nullopt;
  return refund_answer_input{ruled->number, evidence::ruling, proved_by(ruled->outcome), "RULED", {}};
}

} // namespace oncepay::sim
