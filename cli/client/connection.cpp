#include "cli/client/connection.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"
#include "schema/wire_codec.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace oncepay::cli {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

/// The system's words, in lower case like the sentence around them.
std::string words_of(const boost::system::error_code& error) {
  if (error == asio::error::eof)
    return "the server closed the connection";
  auto text = error.message();
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

} // namespace

tl::expected<endpoint, std::string> parse_endpoint(std::string_view text) {
  const auto wrong = [&] {
    return tl::unexpected(fmt::format("\"{}\" is not HOST:PORT", printable(text)));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return wrong();
  auto host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 3)
      return wrong();
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong(); // An IPv6 address without brackets: which colon is the port's can't be told.
  }
  const auto digits = text.substr(colon + 1);
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0)
    return wrong();
  return endpoint{std::string(host), port};
}

std::string to_string(const endpoint& peer) {
  return peer.host.find(':') == std::string::npos ? fmt::format("{}:{}", peer.host, peer.port)
                                                  : fmt::format("[{}]:{}", peer.host, peer.port);
}

std::shared_ptr<client_connection> client_connection::make(asio::io_context& context, handlers h) {
  return std::shared_ptr<client_connection>(new client_connection(context, std::move(h)));
}

client_connection::client_connection(asio::io_context& context, handlers h)
    : resolver_(context), socket_(context), connect_timer_(context), handlers_(std::move(h)),
      received_(limits::read_chunk_bytes) {}

void client_connection::open(const endpoint& peer, int64_t connect_timeout_ms) {
  peer_ = peer;
  state_ = state::connecting;
  connect_timer_.expires_after(std::chrono::milliseconds(connect_timeout_ms));
  connect_timer_.async_wait([self = shared_from_this(), connect_timeout_ms](const auto& error) {
    if (!error && self->state_ == state::connecting)
      self->fail(
          fmt::format("can't connect to {}: no answer within {} ms", to_string(self->peer_), connect_timeout_ms));
  });
  resolver_.async_resolve(peer.host, std::to_string(peer.port), tcp::resolver::numeric_service,
                          [self = shared_from_this()](const auto& error, const auto& found) {
                            if (self->state_ != state::connecting)
                              return;
                            if (error)
                              self->fail(
                                  fmt::format("can't connect to {}: {}", to_string(self->peer_), words_of(error)));
                            else
                              self->connect(found);
                          });
}

void client_connection::connect(const tcp::resolver::results_type& found) {
  asio::async_connect(socket_, found, [self = shared_from_this()](const auto& error, const auto&) {
    if (self->state_ != state::connecting)
      return;
    if (error) {
      const auto hint = error == asio::error::connection_refused ? "; is `oncepay serve` running there?" : "";
      self->fail(fmt::format("can't connect to {}: {}{}", to_string(self->peer_), words_of(error), hint));
      return;
    }
    self->connect_timer_.cancel();
    self->state_ = state::open;
    // Commands are gathered here already; the kernel must not hold the last one back for an acknowledgement.
    boost::system::error_code ignored;
    self->socket_.set_option(tcp::no_delay(true), ignored);
    self->read();
    self->handlers_.opened();
  });
}

void client_connection::fail(const std::string& reason) {
  if (state_ == state::ended)
    return;
  const auto closed = std::move(handlers_.closed);
  close();
  if (closed)
    closed(reason);
}

void client_connection::close() {
  state_ = state::ended;
  connect_timer_.cancel();
  resolver_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void client_connection::send(const command& c) {
  if (state_ != state::open)
    return;
  const auto frame = encode_frame(c);
  queued_.insert(queued_.end(), frame.begin(), frame.end());
  if (write_posted_)
    return;
  write_posted_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write(); });
}

void client_connection::write() {
  if (state_ != state::open)
    return;
  if (queued_.empty()) {
    write_posted_ = false;
    return;
  }
  writing_.clear();
  std::swap(writing_, queued_);
  asio::async_write(socket_, asio::buffer(writing_), [self = shared_from_this()](const auto& error, size_t) {
    if (self->state_ != state::open)
      return;
    if (error)
      self->fail(fmt::format("the connection to {} broke: {}", to_string(self->peer_), words_of(error)));
    else
      self->write();
  });
}

void client_connection::read() {
  socket_.async_read_some(
      asio::buffer(received_.data() + received_end_, received_.size() - received_end_),
      [self = shared_from_this()](const auto& error, size_t count) {
        if (self->state_ != state::open)
          return;
        if (error) {
          self->fail(fmt::format("the connection to {} broke: {}", to_string(self->peer_), words_of(error)));
          return;
        }
        self->received_end_ += count;
        if (self->take_frames())
          self->read();
      });
}

bool client_connection::take_frames() {
  size_t begin = 0;
  size_t needed = frame_prefix_bytes;
  while (received_end_ - begin >= frame_prefix_bytes) {
    const auto unread = std::span<const std::byte>(received_).subspan(begin, received_end_ - begin);
    const auto body = body_length(unread.first(frame_prefix_bytes), limits::reply_bytes_max);
    if (!body) {
      fail(fmt::format("{} doesn't speak this protocol: {}", to_string(peer_), sentence(body.error())));
      return false;
    }
    needed = frame_prefix_bytes + *body;
    if (unread.size() < needed)
      break;
    auto answer = decode_reply(unread.first(needed));
    if (!answer) {
      fail(fmt::format("{} sent a reply that can't be read: {}", to_string(peer_), printable(answer.error().text)));
      return false;
    }
    begin += needed;
    needed = frame_prefix_bytes;
    handlers_.replied(std::move(*answer));
    if (state_ != state::open)
      return false;
  }
  std::memmove(received_.data(), received_.data() + begin, received_end_ - begin);
  received_end_ -= begin;
  // A list of balances may be larger than a usual read. Its length was checked against the limit above.
  if (received_.size() < needed)
    received_.resize(needed);
  return true;
}

} // namespace oncepay::cli
