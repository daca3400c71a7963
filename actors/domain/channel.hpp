// A channel: its terms, whether it is switched on, and what it told of payments that nobody had asked it for. A switch
// survives restarts and new terms: the log is the truth, not the configuration file.
#pragma once

#include "actors/domain/effect.hpp"
#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <vector>

namespace oncepay::channel {

/// A payment that nobody here had asked for, as the channel told it.
struct kept_notice {
  attempt_id id;
  reply_class outcome = reply_class::unknown;
  money amount;
  instant received_at;
  bool operator==(const kept_notice&) const = default;
};

struct state {
  bool opened = false;
  bool on = false;
  channel_terms terms;
  std::vector<kept_notice> kept; ///< Those of the last `limits::kept_notice_counts_ms`, in the order they came.
  bool operator==(const state&) const = default;
};

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
void evolve(state&, const input&, const event&);
std::vector<effect> effects(const state& after, const std::vector<event>& events);

} // namespace oncepay::channel
