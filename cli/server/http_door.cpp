#include "cli/server/http_door.hpp"

#include "cli/server/open_acceptor.hpp"
#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
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

constexpr uint32_t header_bytes_max = 8 * 1024;

/// What the lines of one door share.
struct door_state {
  door_state(http_bounds b, http_door::handler h, std::function<void()> t)
      : bounds(b), answer(std::move(h)), turned_away(std::move(t)) {}
  http_bounds bounds;
  http_door::handler answer;
  std::function<void()> turned_away;
  size_t open = 0;
  size_t owed = 0;
};

/// One connection: a request, its answer, the next request.
class http_line : public std::enable_shared_from_this<http_line> {
public:
  http_line(tcp::socket socket, std::shared_ptr<door_state> door)
      : stream_(std::move(socket)), delay_(stream_.get_executor()), door_(std::move(door)) {
    ++door_->open;
  }
  http_line(const http_line&) = delete;
  http_line& operator=(const http_line&) = delete;
  ~http_line() {
    settle();
    --door_->open;
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(limits::message_bytes_max);
    parser_->header_limit(header_bytes_max);
    stream_.expires_after(std::chrono::milliseconds(door_->bounds.silence_ms_max));
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code failed, size_t) {
      if (!failed)
        return self->ask();
      self->turn_away(failed);
    });
  }

  void say(http_answer said) {
    if (said.hang_up)
      return; // the last reference closes the socket
    if (said.after_ms <= 0)
      return write(std::move(said));
    delay_.expires_after(std::chrono::milliseconds(said.after_ms));
    delay_.async_wait([self = shared_from_this(), said = std::move(said)](error_code cancelled) mutable {
      if (!cancelled)
        self->write(std::move(said));
    });
  }

  auto executor() { return stream_.get_executor(); }

private:
  /// Holds a line until it is answered. What it lets go of is let go of on the line's own thread.
  struct owed_answer {
    explicit owed_answer(std::shared_ptr<http_line> l) : line(std::move(l)) {}
    owed_answer(const owed_answer&) = delete;
    owed_answer& operator=(const owed_answer&) = delete;
    ~owed_answer() {
      http_answer none;
      none.hang_up = true;
      give(std::move(none));
    }
    void give(http_answer said) {
      if (!line)
        return;
      const auto executor = line->executor();
      asio::post(executor, [line = std::move(line), said = std::move(said)]() mutable { line->say(std::move(said)); });
    }
    std::shared_ptr<http_line> line;
  };

  void ask() {
    const auto& request = parser_->get();
    const std::string_view target(request.target().data(), request.target().size());
    const auto mark = target.find('?');
    const std::string_view method(request.method_string().data(), request.method_string().size());
    keep_alive_ = request.keep_alive();
    stream_.expires_never();
    ++door_->owed;
    owes_ = true;
    auto owed = std::make_shared<owed_answer>(shared_from_this());
    door_->answer({method, target.substr(0, mark),
                   mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1), request.body()},
                  [owed = std::move(owed)](http_answer said) { owed->give(std::move(said)); });
  }

  /// Too large a message, or none of HTTP, gets an answer; a peer that is gone needs none.
  void turn_away(error_code failed) {
    const bool too_large = failed == http::error::body_limit || failed == http::error::header_limit;
    const bool speaks_otherwise = failed.category() == http::make_error_code(http::error::bad_method).category() &&
                                  failed != http::error::end_of_stream && failed != http::error::partial_message;
    if (!too_large && !speaks_otherwise)
      return;
    if (door_->turned_away)
      door_->turned_away();
    keep_alive_ = false;
    if (too_large)
      write({413, "text/plain; charset=utf-8", "too large\n"});
    else
      write({400, "text/plain; charset=utf-8", "this is no HTTP request that is understood here\n"});
  }

  void write(http_answer said) {
    response_ = {};
    response_.result(said.status);
    response_.version(11);
    response_.set(http::field::content_type, said.content_type);
    if (said.status == 405)
      response_.set(http::field::allow, "POST");
    response_.body() = std::move(said.body);
    response_.keep_alive(keep_alive_);
    response_.prepare_payload();
    stream_.expires_after(std::chrono::milliseconds(limits::write_stall_ms_max));
    http::async_write(stream_, response_, [self = shared_from_this()](error_code failed, size_t) {
      self->settle();
      if (!failed && self->keep_alive_)
        self->read();
    });
  }

  void settle() {
    if (std::exchange(owes_, false))
      --door_->owed;
  }

  beast::tcp_stream stream_;
  asio::steady_timer delay_;
  const std::shared_ptr<door_state> door_;
  beast::flat_buffer buffer_{limits::message_bytes_max + header_bytes_max};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  bool keep_alive_ = false;
  bool owes_ = false;
};

} // namespace

struct http_door::implementation : std::enable_shared_from_this<implementation> {
  implementation(asio::io_context& io, std::shared_ptr<door_state> s) : acceptor(io), retry(io), state(std::move(s)) {}

  tcp::acceptor acceptor;
  asio::steady_timer retry;
  std::shared_ptr<door_state> state;

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code failed, tcp::socket socket) {
      if (!self->acceptor.is_open())
        return;
      if (failed) { // out of descriptors or the like: look again shortly
        self->retry.expires_after(std::chrono::milliseconds(100));
        self->retry.async_wait([self](error_code cancelled) {
          if (!cancelled)
            self->accept();
        });
        return;
      }
      if (self->state->open < self->state->bounds.connections_max) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<http_line>(std::move(socket), self->state)->read();
      }
      self->accept();
    });
  }
};

http_door::http_door(asio::io_context& io, http_bounds bounds, handler h, std::function<void()> turned_away)
    : impl_(std::make_shared<implementation>(
          io, std::make_shared<door_state>(bounds, std::move(h), std::move(turned_away)))) {}

http_door::~http_door() {
  close();
}

tl::expected<uint16_t, std::string> http_door::listen(const std::string& host_port, std::string_view option) {
  auto port = open_acceptor(impl_->acceptor, host_port, option);
  if (port)
    impl_->accept();
  return port;
}

void http_door::close() {
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->retry.cancel();
}

size_t http_door::owed() const {
  return impl_->state->owed;
}

} // namespace oncepay::cli
