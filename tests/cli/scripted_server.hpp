// A server for tests of clients: a loopback port, a thread, and a script that says what it answers to each command.
// It speaks the real protocol through the real codec; it knows no order, no log and no time.
#pragma once

#include "cli/client/connection.hpp"
#include "schema/command.hpp"
#include "schema/reply.hpp"

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace oncepay::cli {

/// What the server does with one command.
struct scripted_action {
  std::vector<reply> replies; ///< Sent now, in this order; their request ids are the script's business.
  bool hang_up = false;       ///< Then the connection is closed.
  std::vector<std::byte> raw; ///< Sent after the replies, as it is.
};

class scripted_server {
public:
  /// Called with each command and how many came before it, on the server's thread.
  using script = std::function<scripted_action(const command&, size_t earlier)>;

  explicit scripted_server(script);
  ~scripted_server();
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  endpoint address() const;
  std::string address_text() const { return to_string(address()); }
  /// Copies of what it received, in order.
  std::vector<command> received() const;
  size_t connections() const;

private:
  class session;
  void accept();

  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  script script_;
  mutable std::mutex mutex_;
  std::vector<command> received_;
  size_t connections_ = 0;
  std::thread thread_; // Last: it uses all of the above.
};

/// The reply to a pay command: its order in this state, after one attempt on this channel.
reply order_reply(const command&, order_state, std::string_view channel, std::string_view code = {});
reply plain_reply(const command&, errc);

} // namespace oncepay::cli
