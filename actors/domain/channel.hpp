// A channel: its terms, and whether it is switched on. A switch survives restarts and new terms: the log is the truth,
// not the configuration file.
#pragma once

#include "actors/domain/effect.hpp"
#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <vector>

namespace oncepay::channel {

struct state {
  bool opened = false;
  bool on = false;
  channel_terms terms;
  bool operator==(const state&) const = default;
};

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
void evolve(state&, const input&, const event&);
std::vector<effect> effects(const state& after, const std::vector<event>& events);

} // namespace oncepay::channel
