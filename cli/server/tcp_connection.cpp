#include "cli/server/tcp_connection.hpp"

#include "schema/limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>

namespace oncepay::cli {

namespace asio = boost::asio;
using boost::system::error_code;

tcp_connection::tcp_connection(asio::ip::tcp::socket socket, std::function<void()> on_gone)
    : socket_(std::move(socket)), on_gone_(std::move(on_gone)) {
  error_code ignored; // a socket without these options still serves
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  // A peer that lost its power says nothing; without probes it would hold its place for good.
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.non_blocking(true, ignored);
}

void tcp_connection::start(std::function<void(std::vector<std::byte>)> hand_in) {
  hand_in_ = std::move(hand_in);
  wait_for_bytes();
}

void tcp_connection::read_on() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->wait_for_bytes(); });
}

void tcp_connection::wait_for_bytes() {
  if (reading_ || closing_ || gone_)
    return;
  reading_ = true;
  // Waiting for readiness first means that an idle connection holds no buffer.
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code failed) {
    self->reading_ = false;
    if (failed)
      self->cut();
    else
      self->read_now();
  });
}

void tcp_connection::read_now() {
  // One I/O thread: one buffer for all connections.
  static thread_local std::array<std::byte, limits::read_chunk_bytes> scratch;
  error_code failed;
  const size_t n = socket_.read_some(asio::buffer(scratch), failed);
  if (failed == asio::error::would_block || failed == asio::error::interrupted)
    return wait_for_bytes();
  if (failed)
    return cut();
  hand_in_(std::vector<std::byte>(scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(n)));
}

void tcp_connection::write(std::vector<std::byte> bytes) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), bytes = std::move(bytes)]() mutable {
    if (self->gone_)
      return;
    self->unsent_bytes_ += bytes.size();
    if (self->unsent_bytes_ > limits::unsent_reply_bytes_max)
      return self->cut(); // a peer that doesn't read its replies; its orders are safe in the log
    self->unsent_.push_back(std::move(bytes));
    if (!self->writing_)
      self->write_next();
  });
}

void tcp_connection::write_next() {
  if (unsent_.empty()) {
    if (closing_)
      cut();
    return;
  }
  writing_ = true;
  writing_since_ = std::chrono::steady_clock::now();
  auto batch = std::make_shared<std::vector<std::vector<std::byte>>>(std::make_move_iterator(unsent_.begin()),
                                                                     std::make_move_iterator(unsent_.end()));
  unsent_.clear();
  std::vector<asio::const_buffer> buffers;
  buffers.reserve(batch->size());
  for (const auto& part : *batch)
    buffers.emplace_back(part.data(), part.size());
  asio::async_write(socket_, buffers, [self = shared_from_this(), batch](error_code failed, size_t written) {
    self->writing_ = false;
    self->unsent_bytes_ -= written;
    if (failed)
      self->cut();
    else
      self->write_next();
  });
}

void tcp_connection::close() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->closing_ = true;
    if (!self->writing_ && self->unsent_.empty())
      self->cut();
  });
}

void tcp_connection::cut_if_stalled(std::chrono::steady_clock::time_point now) {
  if (writing_ && now - writing_since_ >= std::chrono::milliseconds(limits::write_stall_ms_max))
    cut();
}

void tcp_connection::cut() {
  if (std::exchange(gone_, true))
    return;
  error_code ignored;
  // An orderly end where possible: a reset could overtake the reply that explains it.
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  socket_.close(ignored);
  unsent_.clear();
  hand_in_ = nullptr;
  if (auto gone = std::exchange(on_gone_, nullptr))
    gone();
}

} // namespace oncepay::cli
