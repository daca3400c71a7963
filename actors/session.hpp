// One client's connection, without its socket.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace oncepay {

/// What a session does to its connection. Implemented by the gateway over a socket and by the simulator; called from
/// the session's actor, on any thread.
class connection {
public:
  virtual ~connection() = default;
  /// Sends bytes; several frames at once. Bounded by `limits::unsent_reply_bytes_max`, beyond which the peer doesn't
  /// read and is cut off.
  virtual void write(std::vector<std::byte>) = 0;
  /// The bytes handed in last are done with: read on.
  virtual void read_on() = 0;
  /// True where what was read waits for the peer to take its answers: it isn't silent then.
  virtual bool waits_for_peer() { return false; }
  /// Sends what is unsent, then closes.
  virtual void close() = 0;
};

using connection_ptr = std::shared_ptr<connection>;

/// `bytes_in` is sent to it one at a time, the next only after `read_on`: the back-pressure of one connection.
session_actor spawn_session(caf::actor_system&, context_ptr, system_ptr, connection_ptr);

} // namespace oncepay
