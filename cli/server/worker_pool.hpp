// The threads that serve clients' sockets and actors alike, from one queue, first come, first served. With threads of
// its own for each, all that comes in and goes out is handed from one to the other, and to put a thread to sleep and
// wake it costs more than most of what is done for a payment (`tests/bench/README.md`).
#pragma once

#include <boost/asio/io_context.hpp>

#include <caf/actor_system_config.hpp>

#include <exception>
#include <functional>

namespace oncepay::cli {

/// An actor system made with it works on the threads of `sockets()`: as many as there are processors, two at least.
/// Outlives the actor system.
class pooled_actors_config : public caf::actor_system_config {
public:
  /// `failed` is told what a handler of `sockets()` threw, on the thread where it did; that thread goes on.
  explicit pooled_actors_config(std::function<void(const std::exception&)> failed);

  /// Its handlers run on all threads at once: those that mustn't take a strand. It runs while an actor system does.
  boost::asio::io_context& sockets() const { return sockets_; }

  const std::function<void(const std::exception&)>& failed() const { return failed_; }

private:
  mutable boost::asio::io_context sockets_; ///< CAF shows its modules a constant configuration.
  std::function<void(const std::exception&)> failed_;
};

} // namespace oncepay::cli
