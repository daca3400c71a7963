// One accepted socket: the `connection` of a session. It is read while the session is busy, too; what a session writes
// leaves at once, on the session's thread, where the socket takes it. All else is done one after the other on the
// socket's own strand, on any of the pool's threads.
#pragma once

#include "actors/session.hpp"
#include "schema/limits.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace oncepay::cli {

/// Replies that lie queued for all clients together; beyond the bound each may have only a little. Thread-safe.
struct unsent_replies {
  const size_t bytes_max = limits::unsent_reply_bytes_in_all_max;
  std::atomic<size_t> bytes{0};
  bool are_too_many() const { return bytes.load(std::memory_order_relaxed) > bytes_max; }
};

class tcp_connection : public connection, public std::enable_shared_from_this<tcp_connection> {
public:
  /// The socket's executor is a strand. `on_gone` is called once, on it, when the socket is closed for good.
  tcp_connection(boost::asio::ip::tcp::socket, std::shared_ptr<unsent_replies> of_all, std::function<void()> on_gone);
  ~tcp_connection() override;

  /// Begins to read; `hand_in` gets the bytes, on any thread, one call after the other.
  void start(std::function<void(std::vector<std::byte>)> hand_in);

  void write(std::vector<std::byte>) override;
  void read_on() override;
  bool waits_for_peer() override;
  void close() override;

  /// Closes without waiting for anything; from any thread.
  void cut();

  /// Now and then: cuts off a peer that hasn't taken a write for `limits::write_stall_ms_max`; and, while replies of
  /// all are too many, one that had much unsent the last time, too.
  void cut_if_stalled(std::chrono::steady_clock::time_point now);

  /// For how long nothing was said, either way, as `cut_if_stalled` has seen it; 0 where something was since, or is to
  /// be.
  std::chrono::steady_clock::duration idle_for(std::chrono::steady_clock::time_point now);

private:
  // On the strand.
  void wait_for_bytes();
  void read_now();
  /// True where more is to be read.
  bool take(bytes_view);
  void end_of_bytes();
  void write_next();
  void cut_if_done();
  void cut_now();

  boost::asio::ip::tcp::socket socket_; ///< Closed under `guard_`: another thread may be writing.
  const std::shared_ptr<unsent_replies> of_all_;
  std::function<void()> on_gone_;
  bool reading_ = false;

  std::mutex guard_; ///< Of all that follows.
  std::function<void(std::vector<std::byte>)> hand_in_;
  std::vector<std::byte> inbox_; ///< Read while the session was busy; at most a chunk.
  bool session_busy_ = false;    ///< It was handed bytes, and hasn't asked for more.
  bool asks_when_sent_ = false;  ///< It has asked, and the peer is to take more of its answers first.
  bool inbox_full_ = false;      ///< Nothing is read until the session asks.
  bool ended_ = false;           ///< The peer sends no more.
  std::deque<std::vector<std::byte>> unsent_;
  size_t unsent_bytes_ = 0;
  bool writing_ = false;
  bool progressed_ = false;                             ///< Something left, or began to, since it was last looked at.
  std::chrono::steady_clock::time_point waiting_since_; ///< While `writing_`: when it was first seen to wait.
  bool hoarded_ = false;                                ///< Much was unsent when all had too much, at the last look.
  bool spoken_ = true;                                  ///< Since `idle_since_` was last set.
  std::chrono::steady_clock::time_point idle_since_;
  bool closing_ = false;
  bool gone_ = false;
};

} // namespace oncepay::cli
