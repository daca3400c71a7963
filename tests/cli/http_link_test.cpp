// The link over real sockets: what is proven about a request whose connection fails at each step.
#include "schema/limits.hpp"
#include "tests/cli/scripted_channel.hpp"

#include <chrono>

using namespace oncepay;
using namespace oncepay::cli;
using namespace oncepay::test;

TEST_CASE("a request arrives whole, and its reply comes back, over one connection for all") {
  std::string first;
  scripted_channel channel({[&](tcp::socket& s) {
    first = heard(s);
    say(s, reply("one"));
    heard(s);
    say(s, reply("two", "500 Broken"));
    listen_to_the_end(s);
  }});
  outbound ways_out;
  const auto link = link_to(ways_out, channel.port());
  const auto one = carry(link).get();
  CHECK(one.fate == link_fate::replied);
  CHECK(one.status == 200);
  CHECK(one.body == "one");
  CHECK(first.starts_with("POST /v1/pay HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(channel.port()) + "\r\n"));
  CHECK(first.ends_with("\r\n\r\na=1"));
  const auto two = carry(link).get();
  CHECK(two.status == 500);
  CHECK(two.body == "two");
  ways_out.stop();
  CHECK(channel.connections() == 1);
}

TEST_CASE("Loss prevented: where nobody listens, a request counts as sent") {
  uint16_t port = 0;
  {
    scripted_channel nobody({});
    port = nobody.port();
  }
  outbound ways_out;
  CHECK(carry(link_to(ways_out, port)).get().fate == link_fate::never_left);
  auto nowhere = ways_out.open({{true, "no-such-host.invalid", 443, ""}, {}, 1});
  REQUIRE(nowhere);
  CHECK(carry(*nowhere).get().fate == link_fate::never_left);
}

TEST_CASE("Loss prevented: a request that was cut off behind its first byte counts as never sent, or is sent again") {
  const std::vector<socket_deed> cuts{[](tcp::socket& s) { heard(s); },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        say(s, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                                      },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        s.set_option(asio::socket_base::linger(true, 0)); // a reset
                                      },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        say(s, "this isn't HTTP at all\r\n\r\n");
                                      },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        say(s, "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
                                        listen_to_the_end(s);
                                      },
                                      [](tcp::socket& s) {
                                        heard(s);
                                        say(s, "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'));
                                        listen_to_the_end(s);
                                      }};
  for (size_t i = 0; i < cuts.size(); ++i) {
    CAPTURE(i);
    scripted_channel channel({cuts[i], [](tcp::socket&) {
                              }});
    outbound ways_out;
    const auto a = carry(link_to(ways_out, channel.port())).get();
    CHECK(a.fate == link_fate::no_reply);
    ways_out.stop();
    CHECK(channel.connections() == 1);
  }
}

TEST_CASE("a channel that is silent is waited for as long as was said, and no longer") {
  scripted_channel channel({[](tcp::socket& s) {
    heard(s);
    listen_to_the_end(s);
  }});
  outbound ways_out;
  const auto a = carry(link_to(ways_out, channel.port()), 20'000, 50).get();
  CHECK(a.fate == link_fate::no_reply);
  CHECK(a.why == "no reply in time");
}

TEST_CASE("Loss prevented: a request leaves after its time, when everybody takes it for failed") {
  std::promise<void> heard_one;
  scripted_channel channel({[&](tcp::socket& s) {
    heard(s);
    heard_one.set_value();
    listen_to_the_end(s);
  }});
  // One that is late already may still find time to connect, which the other channel would take for its request.
  std::atomic<bool> heard_late{false};
  scripted_channel asked_late({[&](tcp::socket& s) {
    char byte = 0;
    boost::system::error_code ended;
    heard_late = s.read_some(asio::buffer(&byte, 1), ended) > 0;
  }});
  outbound ways_out;
  CHECK(carry(link_to(ways_out, asked_late.port(), 1), 0, 1'000).get().fate == link_fate::never_left);
  const auto link = link_to(ways_out, channel.port(), 1);
  auto first = carry(link, 20'000, 20'000);
  heard_one.get_future().get();
  // The only connection is in use: what waits for it beyond its time never leaves.
  CHECK(carry(link, 30, 20'000).get().fate == link_fate::never_left);
  auto waits = carry(link);
  const auto refused = carry(link).get(); // one waits already, which is the most
  CHECK(refused.fate == link_fate::never_left);
  ways_out.stop();
  CHECK(first.get().fate == link_fate::no_reply);
  CHECK(waits.get().fate == link_fate::never_left);
  CHECK(carry(link).get().fate == link_fate::never_left); // nothing leaves a server that is stopping
  CHECK(channel.connections() == 1);
  CHECK_FALSE(heard_late);
}

TEST_CASE("Loss prevented: a channel that is opened while a server stops takes the others' links from under it") {
  outbound ways_out;
  const uint16_t nobody = 1;
  std::vector<channel_link_ptr> kept;
  for (int i = 0; i < 1'000; ++i)
    kept.push_back(link_to(ways_out, nobody));
  std::vector<channel_link_ptr> late;
  std::thread opener([&] {
    for (int i = 0; i < 2'000; ++i)
      late.push_back(*ways_out.open({{false, "127.0.0.1", nobody, "/v1"}, {}, 1}));
  });
  ways_out.stop();
  opener.join();
  CHECK(carry(late.back()).get().fate == link_fate::never_left);
}

TEST_CASE("Loss prevented: a request is written into a connection that the channel has closed meanwhile") {
  std::promise<void> closed;
  const socket_deed once = [&](tcp::socket& s) {
    heard(s);
    say(s, reply("bye"));
    s.shutdown(tcp::socket::shutdown_both);
    s.close();
    closed.set_value();
  };
  const socket_deed then = [](tcp::socket& s) {
    heard(s);
    say(s, reply("again", "200 OK", "Connection: close\r\n"));
  };
  scripted_channel channel({once, then, then});
  outbound ways_out;
  const auto link = link_to(ways_out, channel.port());
  CHECK(carry(link).get().body == "bye");
  closed.get_future().get();
  CHECK(carry(link).get().body == "again");
  CHECK(carry(link).get().body == "again"); // the channel had said that it closes
  CHECK(channel.connections() == 3);
}

TEST_CASE("an unasked second reply isn't taken for the next request's") {
  const socket_deed chatty = [](tcp::socket& s) {
    heard(s);
    say(s, reply("mine") + reply("somebody-elses"));
    listen_to_the_end(s);
  };
  const socket_deed then = [](tcp::socket& s) {
    heard(s);
    say(s, reply("fresh"));
    listen_to_the_end(s);
  };
  scripted_channel channel({chatty, then});
  outbound ways_out;
  const auto link = link_to(ways_out, channel.port());
  CHECK(carry(link).get().body == "mine");
  CHECK(carry(link).get().body == "fresh");
  ways_out.stop();
}

TEST_CASE("Loss prevented: \"go on\" is taken for the answer, and the answer for the next request's") {
  std::promise<void> waited_for;
  const socket_deed slow = [&](tcp::socket& s) {
    heard(s);
    say(s, "HTTP/1.1 100 Continue\r\n\r\n");
    waited_for.get_future().get();
    say(s, "HTTP/1.1 102 Processing\r\n\r\n" + reply("mine"));
    heard(s);
    say(s, reply("next"));
    listen_to_the_end(s);
  };
  scripted_channel channel({slow});
  outbound ways_out;
  const auto link = link_to(ways_out, channel.port(), 1);
  auto first = carry(link);
  auto second = carry(link); // waits for the only connection
  CHECK(first.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  waited_for.set_value();
  const auto mine = first.get();
  CHECK(mine.status == 200);
  CHECK(mine.body == "mine");
  CHECK(second.get().body == "next");
  ways_out.stop();
}

TEST_CASE("a channel that wants to speak another protocol has answered nothing") {
  const socket_deed upgrades = [](tcp::socket& s) {
    heard(s);
    say(s, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
    listen_to_the_end(s);
  };
  scripted_channel channel({upgrades});
  outbound ways_out;
  CHECK(carry(link_to(ways_out, channel.port())).get().fate == link_fate::no_reply);
  ways_out.stop();
}
