// The bank's counter: its door, on the thread that runs it, until a signal.
#pragma once

#include "cli/server/http_door.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

namespace oncepay::cli {

class http_server {
public:
  using handler = std::function<http_answer(const http_question&)>;

  explicit http_server(handler);
  ~http_server();

  /// Binds HOST:PORT (port 0: any free one) and returns the port; the error is one line that says what to do.
  tl::expected<uint16_t, std::string> listen(const std::string& host_port);

  /// Serves until SIGTERM or SIGINT, or until `stop`.
  void run();

  /// From the handler: serve no more.
  void stop();

  /// For what else is done on the serving thread; nothing of it may be left when this ends.
  boost::asio::io_context& io();

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace oncepay::cli
