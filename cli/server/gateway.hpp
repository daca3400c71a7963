// The TCP side of the server: sockets to sessions and back. One thread, the I/O thread, accepts connections and keeps
// house; what comes in on them is read by the pool's (`worker_pool.hpp`). Decodes nothing.
#pragma once

#include "actors/context.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

namespace boost::asio {
class io_context;
}

namespace oncepay::cli {

/// Outlives the actor system: declare it before. Sessions hold sockets until they have ended.
class gateway {
public:
  /// `sockets`: the pool's, where connections are read and written.
  gateway(caf::actor_system&, boost::asio::io_context& sockets, context_ptr, system_ptr);
  ~gateway();

  /// Binds HOST:PORT (port 0: any free one) and returns the port; the error is one line that says what to do.
  tl::expected<uint16_t, std::string> listen(const std::string& host_port);

  /// Calls `then` on the I/O thread when SIGTERM or SIGINT comes. A second one ends the process at once.
  void on_stop_signal(std::function<void()> then);

  /// Runs `work` on the I/O thread every `period_ms`; for housekeeping.
  void every(int64_t period_ms, std::function<void()> work);

  /// Accepts and serves until `stop`; returns then. Call once.
  void run();

  /// Stops accepting; what is new on open connections is answered `shutting_down`, what is under way is finished for at
  /// most `drain_ms`, then everything is closed. On the I/O thread.
  void stop(int64_t drain_ms);

  /// For how long the pool's threads haven't come to what they were asked; on the I/O thread.
  int64_t pool_silent_ms() const;

  /// How long such questions, one a second, waited for their turn among all that the pool is to do.
  const histogram<commit_bounds_us>& pool_waited_us() const;

  /// On the I/O thread.
  bool is_listening() const;
  bool is_stopping() const;

  /// For what else is served on the I/O thread; nothing of it may be left when the gateway ends.
  boost::asio::io_context& io();

  /// From any thread: runs `work` on the I/O thread; drops it where the gateway stops (an opening that a signal
  /// overtook must not listen any more).
  void post(std::function<void()> work);

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace oncepay::cli
