// The claim of a refund number (B2): all refunds of a merchant share one number space, so a number belongs to the order
// that claimed it first, and the same number for another order is a conflict, never a second refund. What was claimed
// goes on to its order, again and again: the order knows whether it has seen it.
#pragma once

#include "actors/domain/next_turn.hpp"
#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <optional>

namespace oncepay::refund_claim {

struct state {
  merchant_id merchant;
  oncepay::order_no refund_no;
  oncepay::order_no order_no; ///< Empty: not claimed yet.
  bool operator==(const state&) const = default;
};

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
void evolve(state&, const input&, const event&);

/// Whose turn it is once the claim is durable; none for what isn't a refund.
std::optional<next_turn> goes_on_to(const state&, const input&);

} // namespace oncepay::refund_claim
