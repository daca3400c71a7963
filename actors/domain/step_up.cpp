#include "actors/domain/step_up.hpp"

#include "actors/domain/closing.hpp"
#include "schema/mutation.hpp"

#include <utility>

namespace oncepay::order {

namespace {

event failed_with(errc code) {
  return order_failed{static_cast<uint16_t>(code)};
}

struct step_up_evolver {
  state& s;
  const input& in;

  bool operator()(const step_up_asked& e) const {
    s.status = order_state::confirming;
    s.confirm_before = e.deadline;
    return true;
  }
  bool operator()(const confirmation_refused& e) const {
    s.wrong_confirmations = e.count;
    if (auto* said = std::get_if<confirm_input>(&in))
      s.wrong_proof = said->proof_token;
    return true;
  }
  bool operator()(const order_confirmed&) const {
    s.status = order_state::open;
    s.confirmed = true;
    return true;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

bool is_proof(const state& s, const confirm_input& in) {
  return (in.proven || mutated(mutation::confirm_unproven)) && in.amount == s.amount;
}

} // namespace

std::optional<std::vector<event>> stopped_by_risk(instant at, const pay_input& in) {
  if (in.risk.outcome == risk_outcome::block && !mutated(mutation::submit_blocked))
    return std::vector<event>{order_opened{fingerprint_of(in)}, failed_with(errc::risk_blocked)};
  if (in.risk.outcome == risk_outcome::step_up && !mutated(mutation::skip_step_up))
    return std::vector<event>{order_opened{fingerprint_of(in)}, step_up_asked{plus_ms(at, in.risk.confirm_within_ms)}};
  return std::nullopt;
}

bool is_confirmation(const state& s, const confirm_input& in) {
  return s.status == order_state::confirming && is_proof(s, in);
}

verdict_on_input decide_confirmation(const state& s, instant at, const confirm_input& in,
                                     attempt_intended first_attempt) {
  if (s.status == order_state::none)
    return refuse(errc::unknown_order);
  if (s.status != order_state::confirming) {
    // Who didn't hear the answer asks again, and gets it.
    const bool is_repeat = (s.confirmed && is_proof(s, in)) ||
                           (s.wrong_confirmations != 0 && !in.proven && in.proof_token == s.wrong_proof);
    if (!is_repeat)
      return refuse(errc::nothing_to_confirm);
    return std::vector<event>{};
  }
  if (has_expired(s, at))
    return close_unsubmitted();
  if (at >= s.confirm_before)
    return end_step_up();
  if (!is_proof(s, in)) {
    if (s.wrong_confirmations != 0 && in.proof_token == s.wrong_proof)
      return std::vector<event>{};
    std::vector<event> events{confirmation_refused{s.wrong_confirmations + 1}};
    if (s.wrong_confirmations + 1 >= s.wrong_confirmations_max)
      events.push_back(failed_with(errc::step_up_failed));
    return events;
  }
  if (in.route.chosen.empty())
    return refuse(in.route.refusal == 0 ? errc::internal : static_cast<errc>(in.route.refusal));
  return std::vector<event>{order_confirmed{}, std::move(first_attempt)};
}

instant step_up_due(const state& s) {
  return s.status == order_state::confirming && !mutated(mutation::step_up_never_ends) ? s.confirm_before : instant{};
}

std::vector<event> end_step_up() {
  return {failed_with(errc::step_up_expired)};
}

bool evolve_step_up(state& s, instant, const input& in, const event& e) {
  if (std::holds_alternative<order_opened>(e)) {
    if (auto* pay = std::get_if<pay_input>(&in)) {
      s.risk_rule = pay->risk.rule;
      s.wrong_confirmations_max = pay->risk.wrong_max;
    }
    return false; // the order's own evolve goes on with it
  }
  return std::visit(step_up_evolver{s, in}, e);
}

} // namespace oncepay::order
