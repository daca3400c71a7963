// The small HTTP server behind `--metrics`: a few short answers, served on the gateway's I/O thread, so that whoever
// gets one knows that this thread answers. prometheus-cpp's own exposer can't do that: it serves metrics alone, on
// threads of a web server that is bounded by none of our limits; its formats are used, not its sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

namespace boost::asio {
class io_context;
}

namespace oncepay::cli {

struct status_request {
  std::string path;  ///< "/readyz"
  bool json = false; ///< Asked for, by "?json" or by what it accepts.
};

struct status_page {
  unsigned code = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// One request a connection, within `limits::status_exchange_ms_max`; beyond `limits::status_connections_max`
/// connections are closed unread. All of it on the I/O thread; nothing of it may outlive the `io_context`.
class status_server {
public:
  using answer = std::function<status_page(const status_request&)>;

  status_server(boost::asio::io_context&, answer);
  ~status_server();

  /// Returns the port; the error is one line that says what to do. Answers once the `io_context` runs.
  tl::expected<uint16_t, std::string> listen(const std::string& host_port);

private:
  struct implementation;
  std::shared_ptr<implementation> impl_;
};

} // namespace oncepay::cli
