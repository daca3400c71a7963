// A socket's bounds, over a real loopback connection. The time is handed in, so nothing here waits for it.
#include "cli/server/tcp_connection.hpp"
#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <sys/socket.h>
#include <utility>
#include <vector>

using namespace oncepay;
using namespace oncepay::cli;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// A served socket and a peer that never reads. Small kernel buffers, so that a write of ours soon finds no room.
struct deaf_peer {
  deaf_peer() {
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    peer.open(tcp::v4());
    peer.set_option(asio::socket_base::receive_buffer_size(8'192));
    peer.connect(acceptor.local_endpoint());
    tcp::socket accepted = acceptor.accept();
    accepted.set_option(asio::socket_base::send_buffer_size(8'192));
    descriptor = accepted.native_handle();
    served = std::make_shared<tcp_connection>(std::move(accepted), [this] { ++gone; });
    served->start([](std::vector<std::byte>) {});
    run();
  }
  ~deaf_peer() {
    served->cut();
    run();
  }

  void run() {
    io.restart();
    io.poll();
  }
  void look_after_ms(int64_t ms) {
    served->cut_if_stalled(std::chrono::steady_clock::now() + std::chrono::milliseconds(ms));
    run();
  }

  asio::io_context io;
  tcp::socket peer{io};
  int descriptor = -1;
  std::shared_ptr<tcp_connection> served;
  int gone = 0;
};

} // namespace

TEST_CASE("A peer that takes no write for too long is cut off, and one that is merely quiet isn't") {
  deaf_peer p;
  p.look_after_ms(10 * limits::write_stall_ms_max);
  CHECK(p.gone == 0); // nothing is being written
  p.served->write(std::vector<std::byte>(limits::unsent_reply_bytes_max / 2));
  p.run();
  p.look_after_ms(limits::write_stall_ms_max - 5'000);
  CHECK(p.gone == 0);
  p.look_after_ms(limits::write_stall_ms_max);
  CHECK(p.gone == 1);
}

TEST_CASE("Closing waits for what is unsent, but not for ever") {
  deaf_peer p;
  p.served->write(std::vector<std::byte>(limits::unsent_reply_bytes_max / 2));
  p.served->close();
  p.run();
  CHECK(p.gone == 0);
  p.look_after_ms(limits::write_stall_ms_max);
  CHECK(p.gone == 1);
}

TEST_CASE("A peer that doesn't read its replies is cut off at the bound") {
  deaf_peer p;
  for (int i = 0; i < 3; ++i)
    p.served->write(std::vector<std::byte>(limits::unsent_reply_bytes_max / 2));
  p.run();
  CHECK(p.gone == 1);
}

TEST_CASE("A peer that lost its power is noticed by the kernel's probes") {
  deaf_peer p;
  int on = 0;
  socklen_t size = sizeof on;
  REQUIRE(::getsockopt(p.descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, &size) == 0);
  CHECK(on == 1);
}
