// A way to pay, for everybody: whether operators let payments by it go on (D6). Which channels serve it is the
// channels' matter; it exists here from its first switch on.
#pragma once

#include "actors/domain/effect.hpp"
#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <vector>

namespace oncepay::method {

struct state {
  method_id method;
  bool on = true;
  bool operator==(const state&) const = default;
};

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
void evolve(state&, const input&, const event&);
std::vector<effect> effects(const state& after, const std::vector<event>& events);

} // namespace oncepay::method
