// A socket's bounds, over a real loopback connection. The time is handed in, so nothing here waits for it.
#include "cli/server/tcp_connection.hpp"
#include "schema/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
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
  explicit deaf_peer(std::shared_ptr<unsent_replies> of_all = std::make_shared<unsent_replies>()) {
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    peer.open(tcp::v4());
    peer.set_option(asio::socket_base::receive_buffer_size(8'192));
    peer.connect(acceptor.local_endpoint());
    tcp::socket accepted = acceptor.accept();
    accepted.set_option(asio::socket_base::send_buffer_size(8'192));
    descriptor = accepted.native_handle();
    served = std::make_shared<tcp_connection>(std::move(accepted), std::move(of_all), [this] { ++gone; });
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
  /// Reads after all, what is there; the served side has its turn first.
  size_t take(size_t most) {
    io.restart();
    io.run_for(std::chrono::milliseconds(1));
    std::vector<std::byte> some(most);
    boost::system::error_code nothing_yet;
    peer.non_blocking(true);
    return peer.read_some(asio::buffer(some), nothing_yet);
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

/// A served socket whose session takes its time, and a peer that speaks.
struct speaking_peer {
  speaking_peer() {
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    peer.connect(acceptor.local_endpoint());
    served =
        std::make_shared<tcp_connection>(acceptor.accept(), std::make_shared<unsent_replies>(), [this] { ++gone; });
    served->start([this](std::vector<std::byte> bytes) {
      std::string& text = handed_in.emplace_back();
      for (std::byte b : bytes)
        text.push_back(static_cast<char>(b));
    });
  }
  ~speaking_peer() {
    served->cut();
    run();
  }

  void run() {
    io.restart();
    io.poll();
  }
  void say(std::string_view text) {
    asio::write(peer, asio::buffer(text));
    run();
  }

  asio::io_context io;
  tcp::socket peer{io};
  std::vector<std::string> handed_in;
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
  p.look_after_ms(0); // as every second
  p.look_after_ms(limits::write_stall_ms_max - 5'000);
  CHECK(p.gone == 0);
  p.look_after_ms(limits::write_stall_ms_max);
  CHECK(p.gone == 1);
}

TEST_CASE("A peer that takes a write slowly isn't cut off as one that takes none") {
  deaf_peer p;
  constexpr size_t all = limits::unsent_reply_bytes_max / 2;
  p.served->write(std::vector<std::byte>(all));
  p.run();
  for (size_t part = 0; part < 8; ++part) {
    for (size_t got = 0; got < all / 8;)
      got += p.take(all / 8 - got);
    p.look_after_ms((static_cast<int64_t>(part) + 1) * (limits::write_stall_ms_max - 5'000));
  }
  CHECK(p.gone == 0);
}

TEST_CASE("Who asks faster than it takes the answers gets all of them, and asks for no more meanwhile") {
  deaf_peer p;
  constexpr size_t answer = limits::unsent_reply_bytes_max / 3;
  constexpr size_t questions = 10;
  size_t asked = 0;
  p.served->start([&](std::vector<std::byte>) { ++asked; });
  size_t taken = 0;
  for (size_t sent = 0; sent < questions; ++sent) {
    asio::write(p.peer, asio::buffer("?", 1));
    while (asked <= sent) {
      taken += p.take(limits::read_chunk_bytes);
      REQUIRE(p.gone == 0);
    }
    p.served->write(std::vector<std::byte>(answer));
    p.served->read_on();
  }
  while (taken < questions * answer)
    taken += p.take(limits::read_chunk_bytes);
  CHECK(taken == questions * answer);
  CHECK(p.gone == 0);
}

TEST_CASE("Closing waits for what is unsent, but not for ever") {
  deaf_peer p;
  p.served->write(std::vector<std::byte>(limits::unsent_reply_bytes_max / 2));
  p.served->close();
  p.run();
  CHECK(p.gone == 0);
  p.look_after_ms(0);
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

TEST_CASE("Where many don't read, who has much unsent is cut off when there is more, and who has little isn't") {
  auto of_all = std::make_shared<unsent_replies>(1024 * 1024);
  {
    deaf_peer first(of_all), much(of_all), little(of_all);
    first.served->write(std::vector<std::byte>(900 * 1024));
    much.served->write(std::vector<std::byte>(900 * 1024));
    much.run();
    CHECK(of_all->are_too_many());
    CHECK(much.gone == 0); // it may be just about to read
    much.served->write({std::byte{'!'}});
    much.run();
    CHECK(much.gone == 1);
    little.served->write(std::vector<std::byte>(limits::unsent_reply_bytes_tight));
    little.served->write({std::byte{'!'}});
    little.run();
    CHECK(little.gone == 0);
    CHECK(first.gone == 0);
  }
  CHECK(of_all->bytes == 0); // all is given back
}

TEST_CASE("Loss prevented: who takes a little now and then keeps the memory of all, and those who read are cut off") {
  auto of_all = std::make_shared<unsent_replies>(1024 * 1024);
  deaf_peer drips(of_all), reads(of_all), others(of_all);
  drips.served->write(std::vector<std::byte>(900 * 1024));
  drips.run();
  drips.look_after_ms(0);
  drips.look_after_ms(1'000);
  CHECK(drips.gone == 0); // there is room for it
  others.served->write(std::vector<std::byte>(900 * 1024));
  others.run();
  CHECK(drips.take(1) == 1);
  drips.look_after_ms(2'000);
  CHECK(drips.gone == 0); // the first look since there are too many
  CHECK(drips.take(1) == 1);
  drips.look_after_ms(3'000);
  CHECK(drips.gone == 1);
  reads.look_after_ms(3'000);
  CHECK(reads.gone == 0);
}

TEST_CASE("What a peer takes after all no longer counts as unsent") {
  auto of_all = std::make_shared<unsent_replies>();
  deaf_peer p(of_all);
  constexpr size_t all = 900 * 1024;
  p.served->write(std::vector<std::byte>(all));
  p.run();
  CHECK(of_all->bytes > 0);
  for (size_t got = 0; got < all;)
    got += p.take(all - got);
  p.run();
  CHECK(of_all->bytes == 0);
}

TEST_CASE("A connection is idle from when nothing was said any more, either way") {
  speaking_peer p;
  const auto begin = std::chrono::steady_clock::now();
  const auto after = [&](int s) {
    return begin + std::chrono::seconds(s);
  };
  p.served->cut_if_stalled(after(0)); // as every second
  CHECK(p.served->idle_for(after(60)) == std::chrono::seconds(60));
  p.say("a");
  CHECK(p.served->idle_for(after(61)) == std::chrono::seconds(0));
  p.served->cut_if_stalled(after(62));
  p.served->cut_if_stalled(after(63));
  CHECK(p.served->idle_for(after(200)) == std::chrono::seconds(0)); // its session hasn't done with it
  p.served->read_on();
  CHECK(p.served->idle_for(after(70)) == std::chrono::seconds(8));
  p.served->write({std::byte{'!'}});
  CHECK(p.served->idle_for(after(71)) == std::chrono::seconds(0));
}

TEST_CASE("A peer that lost its power is noticed by the kernel's probes within minutes, not hours") {
  deaf_peer p;
  const auto option = [&](int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(p.descriptor, level, name, &value, &size) == 0);
    return value;
  };
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) + option(IPPROTO_TCP, TCP_KEEPINTVL) * option(IPPROTO_TCP, TCP_KEEPCNT) <=
        180);
}

TEST_CASE("What comes while a session is busy is handed to it as one, in order, when it asks for more") {
  speaking_peer p;
  p.say("a");
  p.say("b");
  p.say("c");
  CHECK(p.handed_in == std::vector<std::string>{"a"});
  p.served->read_on();
  CHECK(p.handed_in == std::vector<std::string>{"a", "bc"});
  p.served->read_on();
  p.say("d");
  CHECK(p.handed_in == std::vector<std::string>{"a", "bc", "d"});
}

TEST_CASE(
    "What came before a peer's end is handed in, and what it was told so far leaves, before its connection is closed") {
  speaking_peer p;
  p.say("a");
  p.say("b");
  p.peer.shutdown(tcp::socket::shutdown_send);
  p.run();
  p.served->read_on();
  p.run();
  CHECK(p.handed_in == std::vector<std::string>{"a", "b"});
  CHECK(p.gone == 0);
  p.served->write({std::byte{'!'}});
  p.served->read_on();
  p.run();
  CHECK(p.gone == 1);
  char answer = 0;
  CHECK(asio::read(p.peer, asio::buffer(&answer, 1)) == 1);
  CHECK(answer == '!');
}

TEST_CASE("A session that asks for no more is read no further than a chunk, and goes on where it stopped") {
  speaking_peer p;
  p.peer.non_blocking(true);
  const std::string chunk(limits::read_chunk_bytes, 'x');
  size_t sent = 0;
  boost::system::error_code full;
  for (int silent = 0; silent < 100; ++silent) {
    const size_t n = p.peer.write_some(asio::buffer(chunk), full);
    sent += n;
    REQUIRE(sent < 1'024 * limits::read_chunk_bytes); // far more than the kernel's buffers hold: somebody reads it all
    silent = n > 0 ? 0 : silent;
    p.run();
  }
  REQUIRE(full == asio::error::would_block); // the kernel's buffers are full, and nobody empties them
  size_t taken = 0;
  while (taken < sent) {
    REQUIRE(!p.handed_in.empty());
    for (const std::string& text : p.handed_in) {
      CHECK(text.size() <= limits::read_chunk_bytes);
      taken += text.size();
    }
    p.handed_in.clear();
    p.served->read_on();
    for (int i = 0; i < 1'000 && p.handed_in.empty() && taken < sent; ++i)
      p.run();
  }
  CHECK(taken == sent);
}

TEST_CASE("What a session writes has left when it returns, where the peer takes it") {
  speaking_peer p;
  p.served->write({std::byte{'!'}});
  char answer = 0;
  CHECK(asio::read(p.peer, asio::buffer(&answer, 1)) == 1);
  CHECK(answer == '!');
}
