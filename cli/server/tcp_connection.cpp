#include "cli/server/tcp_connection.hpp"

#include "schema/limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace oncepay::cli {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

template <int Name>
using tcp_option = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

} // namespace

tcp_connection::tcp_connection(asio::ip::tcp::socket socket, std::shared_ptr<unsent_replies> of_all,
                               std::function<void()> on_gone)
    : socket_(std::move(socket)), of_all_(std::move(of_all)), on_gone_(std::move(on_gone)) {
  error_code ignored; // a socket without these options still serves
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  // A peer that lost its power says nothing; without probes it would hold its place for good, and with the system's
  // own for two hours.
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.set_option(tcp_option<TCP_KEEPIDLE>(limits::keepalive_after_s), ignored);
  socket_.set_option(tcp_option<TCP_KEEPINTVL>(limits::keepalive_interval_s), ignored);
  socket_.set_option(tcp_option<TCP_KEEPCNT>(limits::keepalive_probes), ignored);
  socket_.non_blocking(true, ignored);
}

tcp_connection::~tcp_connection() {
  of_all_->bytes.fetch_sub(unsent_bytes_, std::memory_order_relaxed);
}

// --- bytes in ---

void tcp_connection::start(std::function<void(std::vector<std::byte>)> hand_in) {
  {
    std::scoped_lock lock(guard_);
    hand_in_ = std::move(hand_in);
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->wait_for_bytes(); });
}

void tcp_connection::wait_for_bytes() {
  {
    std::scoped_lock lock(guard_);
    if (reading_ || closing_ || gone_)
      return;
  }
  reading_ = true;
  // Waiting for readiness first means that an idle connection holds no buffer.
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code failed) {
    self->reading_ = false;
    if (failed)
      self->end_of_bytes();
    else
      self->read_now();
  });
}

void tcp_connection::read_now() {
  // One buffer a thread, for all connections.
  static thread_local std::array<std::byte, limits::read_chunk_bytes> scratch;
  size_t room = 0;
  {
    std::scoped_lock lock(guard_);
    room = scratch.size() - inbox_.size();
  }
  error_code failed;
  const size_t n = socket_.read_some(asio::buffer(scratch, room), failed);
  if (failed == asio::error::would_block || failed == asio::error::interrupted)
    return wait_for_bytes();
  if (failed)
    return end_of_bytes();
  if (take(bytes_view(scratch).first(n)))
    wait_for_bytes();
}

bool tcp_connection::take(bytes_view bytes) {
  std::scoped_lock lock(guard_);
  if (gone_)
    return false;
  spoken_ = true;
  if (!session_busy_) {
    session_busy_ = true;
    hand_in_({bytes.begin(), bytes.end()});
    return true;
  }
  inbox_.insert(inbox_.end(), bytes.begin(), bytes.end());
  inbox_full_ = inbox_.size() == limits::read_chunk_bytes;
  return !inbox_full_;
}

void tcp_connection::end_of_bytes() {
  {
    std::scoped_lock lock(guard_);
    ended_ = true;
    // What came before is handed in first.
    closing_ = closing_ || !session_busy_;
  }
  cut_if_done();
}

void tcp_connection::read_on() {
  bool resumes = false, is_over = false;
  {
    std::scoped_lock lock(guard_);
    if (gone_)
      return;
    // Who doesn't take its answers asks for no more of them. When it has taken enough, this comes again.
    asks_when_sent_ = unsent_bytes_ > limits::unsent_reply_bytes_max / 4;
    if (asks_when_sent_)
      return;
    if (inbox_.empty())
      session_busy_ = false;
    else
      hand_in_(std::exchange(inbox_, {}));
    resumes = std::exchange(inbox_full_, false);
    is_over = ended_ && !session_busy_;
    closing_ = closing_ || is_over;
  }
  if (resumes)
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->wait_for_bytes(); });
  if (is_over)
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->cut_if_done(); });
}

bool tcp_connection::waits_for_peer() {
  std::scoped_lock lock(guard_);
  return asks_when_sent_;
}

// --- bytes out ---

void tcp_connection::write(std::vector<std::byte> bytes) {
  std::scoped_lock lock(guard_);
  if (gone_)
    return;
  spoken_ = true;
  if (!writing_ && unsent_.empty()) {
    const ssize_t n = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n == static_cast<ssize_t>(bytes.size()))
      return;
    // What is wrong with the socket shows when the rest is written.
    if (n > 0)
      bytes.erase(bytes.begin(), bytes.begin() + n);
  }
  const size_t lay_there = unsent_bytes_;
  unsent_bytes_ += bytes.size();
  of_all_->bytes.fetch_add(bytes.size(), std::memory_order_relaxed);
  unsent_.push_back(std::move(bytes));
  // Beyond the bound it is a peer that doesn't read its replies; its orders are safe in the log. One large reply, to
  // whoever has read all before it, isn't to blame for what others don't read.
  const bool too_much = unsent_bytes_ > limits::unsent_reply_bytes_max ||
                        (of_all_->are_too_many() && lay_there > limits::unsent_reply_bytes_tight);
  asio::post(socket_.get_executor(), [self = shared_from_this(), too_much] {
    if (too_much)
      self->cut();
    else
      self->write_next();
  });
}

void tcp_connection::write_next() {
  auto batch = std::make_shared<std::vector<std::vector<std::byte>>>();
  {
    std::scoped_lock lock(guard_);
    if (writing_ || gone_ || unsent_.empty())
      return;
    writing_ = true;
    progressed_ = true;
    batch->assign(std::make_move_iterator(unsent_.begin()), std::make_move_iterator(unsent_.end()));
    unsent_.clear();
  }
  std::vector<asio::const_buffer> buffers;
  buffers.reserve(batch->size());
  for (const auto& part : *batch)
    buffers.emplace_back(part.data(), part.size());
  // Taken slowly isn't stalled: each part that leaves counts.
  const auto note_progress = [self = shared_from_this()](error_code failed, size_t) -> size_t {
    std::scoped_lock lock(self->guard_);
    self->progressed_ = true;
    return failed ? 0 : limits::read_chunk_bytes;
  };
  asio::async_write(socket_, buffers, note_progress,
                    [self = shared_from_this(), batch](error_code failed, size_t written) {
                      bool asks = false;
                      {
                        std::scoped_lock lock(self->guard_);
                        // What failed in mid-frame is the last that is written.
                        self->writing_ = bool(failed);
                        self->unsent_bytes_ -= written;
                        self->of_all_->bytes.fetch_sub(written, std::memory_order_relaxed);
                        asks = !failed && std::exchange(self->asks_when_sent_, false);
                      }
                      if (failed)
                        return self->cut();
                      if (asks)
                        self->read_on();
                      self->write_next();
                      self->cut_if_done();
                    });
}

// --- the end ---

void tcp_connection::close() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    {
      std::scoped_lock lock(self->guard_);
      self->closing_ = true;
    }
    self->cut_if_done();
  });
}

void tcp_connection::cut_if_done() {
  {
    std::scoped_lock lock(guard_);
    if (!closing_ || writing_ || !unsent_.empty())
      return;
  }
  cut();
}

void tcp_connection::cut_if_stalled(std::chrono::steady_clock::time_point now) {
  {
    std::scoped_lock lock(guard_);
    if (std::exchange(spoken_, false))
      idle_since_ = now;
    if (std::exchange(progressed_, false))
      waiting_since_ = now;
    const bool has_stalled = writing_ && now - waiting_since_ >= std::chrono::milliseconds(limits::write_stall_ms_max);
    const bool hoards = of_all_->are_too_many() && unsent_bytes_ > limits::unsent_reply_bytes_tight;
    const bool hoarded = std::exchange(hoarded_, hoards);
    if (!has_stalled && !(hoards && hoarded))
      return;
  }
  cut();
}

std::chrono::steady_clock::duration tcp_connection::idle_for(std::chrono::steady_clock::time_point now) {
  std::scoped_lock lock(guard_);
  const bool is_served = spoken_ || session_busy_ || writing_ || !unsent_.empty();
  return is_served ? std::chrono::steady_clock::duration::zero() : now - idle_since_;
}

void tcp_connection::cut() {
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->cut_now(); });
}

void tcp_connection::cut_now() {
  std::function<void(std::vector<std::byte>)> session; // may be its last holder: ends without the lock
  {
    std::scoped_lock lock(guard_);
    if (std::exchange(gone_, true))
      return;
    error_code ignored;
    // An orderly end where possible: a reset could overtake the reply that explains it.
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    socket_.close(ignored);
    unsent_.clear();
    inbox_.clear();
    session.swap(hand_in_);
  }
  if (auto gone = std::exchange(on_gone_, nullptr))
    gone();
}

} // namespace oncepay::cli
