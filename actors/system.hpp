// How the actors are wired. The server and the simulator call the same function.
#pragma once

#include "actors/context.hpp"
#include "schema/terms.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace oncepay {

/// Spawns the standing actors. Nothing is accepted, woken or granted before `open_for_business`.
system_ptr start_system(caf::actor_system&, const context_ptr&);

/// What the log said about the world at start.
struct recovery {
  catalogue known;
  uint64_t open_orders = 0;                 ///< Orders with something due, in doubt ones included.
  std::optional<risk::counts> counted = {}; ///< Where risk rules count something.
};

/// Reads merchants, channels and the leases that were out. The error is one line.
store_result<recovery> recover(const context&);

struct terms_to_apply {
  std::vector<merchant_terms> merchants;
  std::vector<channel_terms> channels;
};

struct opening_report {
  uint64_t changed = 0;              ///< Merchants and channels that were new or got other terms.
  std::vector<std::string> mistakes; ///< What was refused, one line each.
};

/// Tells everybody what the log knows, applies the configuration as decisions, then starts waking what is open.
/// `when_open` is called once, from an actor, when commands may be accepted.
void open_for_business(caf::actor_system&, const context_ptr&, const system_ptr&, recovery, terms_to_apply,
                       std::function<void(opening_report)> when_open);

/// Ends all actors. What is not durable by then was never acknowledged.
void stop_system(const system_ptr&);

} // namespace oncepay
