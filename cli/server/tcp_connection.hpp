// One accepted socket: the `connection` of a session. All its work happens on the gateway's I/O thread; what a session
// calls is posted there.
#pragma once

#include "actors/session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace oncepay::cli {

class tcp_connection : public connection, public std::enable_shared_from_this<tcp_connection> {
public:
  /// `on_gone` is called once, on the I/O thread, when the socket is closed for good.
  tcp_connection(boost::asio::ip::tcp::socket, std::function<void()> on_gone);

  /// Begins to read; `hand_in` gets the bytes.
  void start(std::function<void(std::vector<std::byte>)> hand_in);

  void write(std::vector<std::byte>) override;
  void read_on() override;
  void close() override;

  /// On the I/O thread: closes without waiting for anything.
  void cut();

  /// On the I/O thread, now and then: cuts off a peer that hasn't taken a write for `limits::write_stall_ms_max`.
  void cut_if_stalled(std::chrono::steady_clock::time_point now);

private:
  void read_now();
  void wait_for_bytes();
  void write_next();

  boost::asio::ip::tcp::socket socket_;
  std::function<void()> on_gone_;
  std::function<void(std::vector<std::byte>)> hand_in_;
  std::deque<std::vector<std::byte>> unsent_;
  size_t unsent_bytes_ = 0;
  bool reading_ = false;
  bool writing_ = false;
  std::chrono::steady_clock::time_point writing_since_; ///< While `writing_`.
  bool closing_ = false;
  bool gone_ = false;
};

} // namespace oncepay::cli
