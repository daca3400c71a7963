// A merchant: the terms under which somebody is paid through us. Terms change by configuration only; a command may open
// a merchant and repeat that, but not change one by accident.
#pragma once

#include "actors/domain/effect.hpp"
#include "actors/domain/next_turn.hpp"
#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <optional>
#include <vector>

namespace oncepay::merchant {

struct state {
  bool opened = false;
  bool on = true; ///< As operators switched it; survives restarts and new terms.
  merchant_terms terms;
  bool operator==(const state&) const = default;
};

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
/// Whose decision it is once the merchant has nothing against it; only of inputs that were proposed.
stream_name claims(const state&, const input&);
/// Where what it has nothing against, and decides nothing about, goes next; none: nowhere.
std::optional<next_turn> goes_on_to(const input&);
void evolve(state&, const input&, const event&);
std::vector<effect> effects(const state& after, const std::vector<event>& events);

} // namespace oncepay::merchant
