// One TCP connection to a server, driven by the caller's io_context: commands out, replies in, pipelined and in any
// order. Knows nothing of what the commands mean.
#pragma once

#include "schema/command.hpp"
#include "schema/limits.hpp"
#include "schema/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <tl/expected.hpp>

namespace oncepay::cli {

struct endpoint {
  std::string host;
  uint16_t port = 0;
  bool operator==(const endpoint&) const = default;
};

/// Reads "HOST:PORT", "[::1]:7400"; otherwise a sentence saying what is wrong.
tl::expected<endpoint, std::string> parse_endpoint(std::string_view);
std::string to_string(const endpoint&);

/// How long a client waits for a reply unless told otherwise.
inline constexpr int64_t default_reply_timeout_ms = 45'000;
static_assert(default_reply_timeout_ms > limits::reply_limit_ms,
              "the server's own \"processing\" must arrive before a client gives up");

class client_connection : public std::enable_shared_from_this<client_connection> {
public:
  struct handlers {
    std::function<void()> opened;
    std::function<void(reply&&)> replied;
    /// Called once, whether it never opened or broke later, with one line for people. Never after `close()`.
    std::function<void(std::string)> closed;
  };

  static std::shared_ptr<client_connection> make(boost::asio::io_context&, handlers);

  /// Resolves and connects; not up within the time: `closed`.
  void open(const endpoint&, int64_t connect_timeout_ms);

  /// Queues the command; it leaves with what else was queued in the same turn of the loop. The caller bounds what is
  /// in flight, and so what is queued. Before `opened` and after the end it is dropped.
  void send(const command&);

  /// Ends it silently: no handler is called any more. It must be called before the last reference goes, because
  /// pending operations hold references too.
  void close();

  bool is_open() const { return state_ == state::open; }

private:
  enum class state : uint8_t { fresh, connecting, open, ended };

  client_connection(boost::asio::io_context&, handlers);
  void connect(const boost::asio::ip::tcp::resolver::results_type&);
  void fail(const std::string& reason);
  void write();
  void read();
  /// Hands on every complete frame that was received; false once the connection ended.
  bool take_frames();

  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer connect_timer_;
  handlers handlers_;
  endpoint peer_;
  state state_ = state::fresh;

  std::vector<std::byte> queued_;  ///< Encoded, and not handed to the socket yet.
  std::vector<std::byte> writing_; ///< What the socket is writing.
  bool write_posted_ = false;

  std::vector<std::byte> received_; ///< At least `limits::read_chunk_bytes`, at most one largest reply.
  size_t received_end_ = 0;
};

} // namespace oncepay::cli
