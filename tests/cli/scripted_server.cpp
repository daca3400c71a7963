#include "tests/cli/scripted_server.hpp"

#include "schema/frame_splitter.hpp"
#include "schema/wire_codec.hpp"

#include <array>
#include <memory>
#include <optional>

#include <boost/asio/write.hpp>

namespace oncepay::cli {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

class scripted_server::session : public std::enable_shared_from_this<session> {
public:
  session(scripted_server& server, tcp::socket socket) : server_(server), socket_(std::move(socket)) {}

  void read() {
    socket_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](const auto& error, size_t count) {
      if (!error && self->take({self->chunk_.data(), count}))
        self->read();
    });
  }

private:
  /// False once the script hung up.
  bool take(bytes_view bytes) {
    splitter_.feed(bytes);
    for (;;) {
      const auto frame = splitter_.next();
      if (!frame)
        return false;
      if (!*frame)
        return true;
      const auto decoded = decode_command(**frame);
      if (!decoded)
        return false;
      size_t earlier = 0;
      {
        const std::lock_guard lock(server_.mutex_);
        earlier = server_.received_.size();
        server_.received_.push_back(*decoded);
      }
      const auto action = server_.script_(*decoded, earlier);
      std::vector<std::byte> out;
      for (const auto& r : action.replies)
        append_frame(out, r);
      out.insert(out.end(), action.raw.begin(), action.raw.end());
      boost::system::error_code ignored;
      asio::write(socket_, asio::buffer(out), ignored);
      if (action.hang_up) {
        socket_.close(ignored);
        return false;
      }
    }
  }

  scripted_server& server_;
  tcp::socket socket_;
  frame_splitter splitter_;
  std::array<std::byte, 16 * 1024> chunk_{};
};

scripted_server::scripted_server(script s)
    : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), script_(std::move(s)) {
  accept();
  thread_ = std::thread([this] { context_.run(); });
}

scripted_server::~scripted_server() {
  context_.stop();
  thread_.join();
}

void scripted_server::accept() {
  acceptor_.async_accept([this](const auto& error, tcp::socket socket) {
    if (error)
      return;
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
    std::make_shared<session>(*this, std::move(socket))->read();
    accept();
  });
}

endpoint scripted_server::address() const {
  return {"127.0.0.1", acceptor_.local_endpoint().port()};
}

std::vector<command> scripted_server::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

size_t scripted_server::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

reply order_reply(const command& c, order_state state, std::string_view channel, std::string_view code) {
  const auto& pay = std::get<pay_command>(c.body);
  order_view order{.merchant = pay.merchant,
                   .order_no = pay.order_no,
                   .state = state,
                   .amount = pay.amount,
                   .method = pay.method,
                   .opened_at = {1'700'000'000 * ns_per_s},
                   .in_doubt = state == order_state::open,
                   .attempts = {},
                   .trajectory = {}};
  attempt_view attempt;
  attempt.number = 1;
  attempt.channel = channel_id::trusted(channel);
  attempt.id = make_attempt_id("test", pay.merchant, pay.order_no, 1);
  attempt.state = state == order_state::paid     ? attempt_state::succeeded
                  : state == order_state::failed ? attempt_state::failed
                                                 : attempt_state::in_doubt;
  attempt.code = code;
  attempt.last_evidence = state == order_state::open ? evidence::reply_timeout : evidence::channel_reply;
  if (state == order_state::open)
    attempt.enquire_at = {1'700'000'120 * ns_per_s};
  order.attempts.push_back(attempt);
  reply r{.request_id = c.request_id,
          .code = state == order_state::paid     ? errc::ok
                  : state == order_state::failed ? errc::payment_failed
                                                 : errc::in_doubt,
          .text = {},
          .position = 7,
          .duplicate = false,
          .body = std::move(order)};
  return r;
}

reply plain_reply(const command& c, errc code) {
  return {.request_id = c.request_id,
          .code = code,
          .text = std::string(sentence(code)),
          .position = 0,
          .duplicate = false,
          .body = {}};
}

} // namespace oncepay::cli
