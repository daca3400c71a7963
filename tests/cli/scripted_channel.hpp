// What tests of the link to channels share: a channel that does as it is told with one connection after the other, over
// real sockets.
#pragma once

#include "cli/server/http_link.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace oncepay::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using cli::outbound;

using socket_deed = std::function<void(tcp::socket&)>;

/// A channel: each connection gets the next deed; then nobody listens any more.
class scripted_channel {
public:
  explicit scripted_channel(std::vector<socket_deed> deeds)
      : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), listening_(acceptor_.native_handle()),
        port_(acceptor_.local_endpoint().port()), thread_([this, deeds = std::move(deeds)] {
          for (const socket_deed& deed : deeds) {
            tcp::socket peer(io_);
            boost::system::error_code failed;
            acceptor_.accept(peer, failed);
            if (failed)
              return;
            ++connections_;
            try {
              deed(peer);
            } catch (const boost::system::system_error&) {
              // the other side has gone: it has seen enough
            }
          }
          ::shutdown(listening_, SHUT_RDWR);
        }) {}
  ~scripted_channel() {
    ::shutdown(listening_, SHUT_RDWR); // whoever still waits for a connection waits no longer
    thread_.join();
  }
  scripted_channel(const scripted_channel&) = delete;
  scripted_channel& operator=(const scripted_channel&) = delete;

  uint16_t port() const { return port_; }
  int connections() const { return connections_; }

private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  const int listening_;
  const uint16_t port_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// One whole request, headers and body.
template <class Stream>
std::string heard(Stream& stream) {
  asio::streambuf buffer;
  const size_t head = asio::read_until(stream, buffer, "\r\n\r\n");
  const auto text = [&] {
    return std::string(asio::buffers_begin(buffer.data()), asio::buffers_end(buffer.data()));
  };
  const auto at = text().find("Content-Length: ");
  const size_t length = at == std::string::npos ? 0 : std::stoul(text().substr(at + 16));
  if (buffer.size() < head + length)
    asio::read(stream, buffer, asio::transfer_exactly(head + length - buffer.size()));
  return text();
}

template <class Stream>
void say(Stream& stream, const std::string& text) {
  asio::write(stream, asio::buffer(text));
}

inline std::string reply(const std::string& body, const std::string& status = "200 OK", const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Until the other side closes.
inline void listen_to_the_end(tcp::socket& s) {
  char byte = 0;
  boost::system::error_code ended;
  while (!ended)
    s.read_some(asio::buffer(&byte, 1), ended);
}

inline channel_link_ptr link_to(outbound& ways_out, uint16_t port, size_t connections_max = 4) {
  auto link = ways_out.open({{false, "127.0.0.1", port, "/v1"}, {}, connections_max});
  REQUIRE(link);
  return *link;
}

inline std::future<link_answer> carry(const channel_link_ptr& link, int64_t leave_within_ms = 20'000,
                                      int64_t reply_within_ms = 20'000, std::string body = "a=1") {
  auto told = std::make_shared<std::promise<link_answer>>();
  link->carry({{"/pay", "text/plain", std::move(body)}, leave_within_ms, reply_within_ms},
              [told](link_answer a) { told->set_value(std::move(a)); });
  return told->get_future();
}

} // namespace oncepay::test
