#include "cli/bank/http_server.hpp"

#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <utility>

namespace oncepay::cli {

struct http_server::implementation {
  explicit implementation(handler answer)
      : door(io, {limits::connections_max, limits::frame_ms_max},
             [answer = std::move(answer)](const http_question& q, const http_door::answerer& say) { say(answer(q)); }) {
  }

  boost::asio::io_context io{1};
  http_door door;
  boost::asio::signal_set signals{io};
};

http_server::http_server(handler h) : impl_(std::make_unique<implementation>(std::move(h))) {}

http_server::~http_server() = default;

tl::expected<uint16_t, std::string> http_server::listen(const std::string& host_port) {
  auto port = impl_->door.listen(host_port, "--listen");
  if (!port)
    return port;
  // Before anybody is told that it is ready: who knows of it may stop it at once.
  impl_->signals.add(SIGTERM);
  impl_->signals.add(SIGINT);
  impl_->signals.async_wait([this](boost::system::error_code cancelled, int) {
    if (!cancelled)
      stop();
  });
  return port;
}

void http_server::run() {
  impl_->io.run();
}

void http_server::stop() {
  impl_->io.stop();
}

boost::asio::io_context& http_server::io() {
  return impl_->io;
}

} // namespace oncepay::cli
