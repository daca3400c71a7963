#include "cli/server/status_server.hpp"

#include "cli/server/open_acceptor.hpp"
#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace oncepay::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// One connection: a request, its answer, the end. It lives as long as one of its operations.
class exchange : public std::enable_shared_from_this<exchange> {
public:
  exchange(tcp::socket socket, const status_server::answer& answer, std::shared_ptr<size_t> open)
      : stream_(std::move(socket)), buffer_(limits::status_request_bytes_max), answer_(answer), open_(std::move(open)) {
    ++*open_;
    request_.header_limit(limits::status_request_bytes_max);
  }
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  ~exchange() { --*open_; }

  void start() {
    stream_.expires_after(std::chrono::milliseconds(limits::status_exchange_ms_max));
    // A body is nobody's business here and is left unread.
    http::async_read_header(stream_, buffer_, request_, [self = shared_from_this()](error_code failed, size_t) {
      if (!failed)
        self->reply();
      else if (failed.category() == http::make_error_code(http::error::bad_method).category() &&
               failed != http::error::end_of_stream && failed != http::error::partial_message)
        self->send({400, "text/plain; charset=utf-8", "this is no HTTP request that is understood here\n"}, false);
    });
  }

private:
  void reply() {
    const auto& asked = request_.get();
    const bool head = asked.method() == http::verb::head;
    if (!head && asked.method() != http::verb::get)
      return send({405, "text/plain; charset=utf-8", "only GET and HEAD are answered here\n"}, false);
    const std::string target(asked.target());
    const size_t question = target.find('?');
    const bool wants_json = (question != std::string::npos && target.substr(question + 1) == "json") ||
                            asked[http::field::accept].find("application/json") != beast::string_view::npos;
    send(answer_({target.substr(0, question), wants_json}), head);
  }

  void send(status_page page, bool head) {
    response_.result(page.code);
    response_.version(11);
    response_.set(http::field::content_type, page.type);
    response_.set(http::field::cache_control, "no-store");
    if (page.code == 405)
      response_.set(http::field::allow, "GET, HEAD");
    response_.keep_alive(false);
    response_.content_length(page.body.size());
    if (!head)
      response_.body() = std::move(page.body);
    serializer_.emplace(response_);
    auto written = [self = shared_from_this()](error_code, size_t) {
      error_code ignored; // its socket closes with the last owner
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    };
    // A HEAD's answer tells a body's length and has none.
    if (head)
      http::async_write_header(stream_, *serializer_, std::move(written));
    else
      http::async_write(stream_, *serializer_, std::move(written));
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> request_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  const status_server::answer answer_;
  const std::shared_ptr<size_t> open_; ///< How many there are.
};

} // namespace

struct status_server::implementation : std::enable_shared_from_this<implementation> {
  implementation(asio::io_context& io, answer a) : acceptor(io), retry(io), answer_request(std::move(a)) {}

  tcp::acceptor acceptor;
  asio::steady_timer retry;
  answer answer_request;
  std::shared_ptr<size_t> open = std::make_shared<size_t>(0);

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code failed, tcp::socket socket) {
      if (!self->acceptor.is_open())
        return;
      if (failed) {
        // Out of descriptors or the like; the gateway says so.
        self->retry.expires_after(std::chrono::milliseconds(100));
        self->retry.async_wait([self](error_code cancelled) {
          if (!cancelled)
            self->accept();
        });
        return;
      }
      if (*self->open < limits::status_connections_max)
        std::make_shared<exchange>(std::move(socket), self->answer_request, self->open)->start();
      self->accept();
    });
  }
};

status_server::status_server(asio::io_context& io, answer a)
    : impl_(std::make_shared<implementation>(io, std::move(a))) {}

status_server::~status_server() {
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->retry.cancel();
}

tl::expected<uint16_t, std::string> status_server::listen(const std::string& host_port) {
  auto port = open_acceptor(impl_->acceptor, host_port, "--metrics");
  if (port)
    impl_->accept();
  return port;
}

} // namespace oncepay::cli
