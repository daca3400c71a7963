#include "cli/bank/http_server.hpp"

#include "cli/server/open_acceptor.hpp"
#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

namespace oncepay::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr uint32_t header_bytes_max = 8 * 1024;

/// One connection: a request, its answer, the next request.
class http_line : public std::enable_shared_from_this<http_line> {
public:
  http_line(tcp::socket socket, const http_server::handler& answer, size_t& open)
      : stream_(std::move(socket)), delay_(stream_.get_executor()), answer_(answer), open_(open) {
    ++open_;
  }
  http_line(const http_line&) = delete;
  http_line& operator=(const http_line&) = delete;
  ~http_line() { --open_; }

  void read() {
    parser_.emplace();
    parser_->body_limit(limits::message_bytes_max);
    parser_->header_limit(header_bytes_max);
    stream_.expires_after(std::chrono::milliseconds(limits::silent_connection_ms_max));
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code failed, size_t) {
      if (!failed)
        return self->answer();
      // Too large a message gets an answer; a peer that is gone, or never spoke HTTP, needs none.
      if (failed == http::error::body_limit || failed == http::error::header_limit)
        self->write({413, "text/plain; charset=utf-8", "too large\n", 0, false}, false);
    });
  }

private:
  void answer() {
    const auto& request = parser_->get();
    const std::string_view target(request.target().data(), request.target().size());
    const auto mark = target.find('?');
    const std::string_view method(request.method_string().data(), request.method_string().size());
    const bool keep_alive = request.keep_alive();
    auto said =
        answer_({method, target.substr(0, mark),
                 mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1), request.body()});
    stream_.expires_never();
    if (said.after_ms <= 0)
      return write(std::move(said), keep_alive);
    delay_.expires_after(std::chrono::milliseconds(said.after_ms));
    delay_.async_wait([self = shared_from_this(), said = std::move(said), keep_alive](error_code cancelled) mutable {
      if (!cancelled)
        self->write(std::move(said), keep_alive);
    });
  }

  void write(http_answer said, bool keep_alive) {
    if (said.hang_up)
      return; // the last reference closes the socket
    response_ = {};
    response_.result(said.status);
    response_.version(11);
    response_.set(http::field::content_type, said.content_type);
    response_.body() = std::move(said.body);
    response_.keep_alive(keep_alive);
    response_.prepare_payload();
    stream_.expires_after(std::chrono::milliseconds(limits::write_stall_ms_max));
    http::async_write(stream_, response_, [self = shared_from_this(), keep_alive](error_code failed, size_t) {
      if (!failed && keep_alive)
        self->read();
    });
  }

  beast::tcp_stream stream_;
  asio::steady_timer delay_;
  const http_server::handler& answer_;
  size_t& open_;
  beast::flat_buffer buffer_{limits::message_bytes_max + header_bytes_max};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

} // namespace

struct http_server::implementation {
  explicit implementation(handler h) : answer(std::move(h)) {}

  handler answer;
  size_t open = 0;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer retry{io};
  asio::signal_set signals{io};

  void accept() {
    acceptor.async_accept([this](error_code failed, tcp::socket socket) {
      if (failed == asio::error::operation_aborted)
        return;
      if (failed) { // out of descriptors or the like: look again shortly
        retry.expires_after(std::chrono::milliseconds(100));
        retry.async_wait([this](error_code cancelled) {
          if (!cancelled)
            accept();
        });
        return;
      }
      if (open < limits::connections_max) { // one more is cut at once
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<http_line>(std::move(socket), answer, open)->read();
      }
      accept();
    });
  }
};

http_server::http_server(handler h) : impl_(std::make_unique<implementation>(std::move(h))) {}

http_server::~http_server() = default;

tl::expected<uint16_t, std::string> http_server::listen(const std::string& host_port) {
  auto port = open_acceptor(impl_->acceptor, host_port);
  if (!port)
    return port;
  // Before anybody is told that it is ready: who knows of it may stop it at once.
  impl_->signals.add(SIGTERM);
  impl_->signals.add(SIGINT);
  impl_->signals.async_wait([this](error_code cancelled, int) {
    if (!cancelled)
      stop();
  });
  impl_->accept();
  return port;
}

void http_server::run() {
  impl_->io.run();
}

void http_server::stop() {
  impl_->io.stop();
}

} // namespace oncepay::cli
