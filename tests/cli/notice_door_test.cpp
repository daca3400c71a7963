// The door for channels' notices, over a socket: to whom they are handed, and when they are acknowledged.
#include "cli/server/notice_door.hpp"

#include "actors/domain/dialect/exchange.hpp"
#include "cli/server/system_clock.hpp"
#include "schema/ids.hpp"
#include "schema/limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>

using namespace oncepay;
using namespace oncepay::cli;
using boost::asio::ip::tcp;

namespace {

const std::string shared_key = "0123456789abcdef0123456789abcdef";

configuration config() {
  ::setenv("ONCEPAY_TEST_NOTICE_KEY", shared_key.c_str(), 1);
  auto parsed = parse_configuration(R"(environment = "test"
[[channel]]
id = "wx"
methods = ["code"]
currencies = ["CNY"]
cost = "0%"
[channel.http]
url = "https://api.example.com"
dialect = "wechat-v2"
settings = { app_id = "wx1", mch_id = "1900", ip = "::1", subject = "Tea" }
key = { env = "ONCEPAY_TEST_NOTICE_KEY" }
)",
                                    "f.toml");
  ::unsetenv("ONCEPAY_TEST_NOTICE_KEY");
  REQUIRE(parsed);
  return *parsed;
}

/// A door with somebody behind it who keeps what comes.
struct town {
  system_clock clock;
  std::shared_ptr<context> ctx = std::make_shared<context>();
  std::mutex mutex;
  std::condition_variable news;
  std::deque<channel_notice> came;
  std::unique_ptr<notice_door> door;
  uint16_t port = 0;
  boost::asio::io_context io;

  town() {
    ctx->clock = &clock;
    ctx->say = [](severity, topic, std::string_view) {
    };
    door = std::make_unique<notice_door>(config(), ctx, [this](channel_notice n) {
      const std::lock_guard hold(mutex);
      came.push_back(std::move(n));
      news.notify_one();
    });
    port = door->listen("127.0.0.1:0").value();
  }

  channel_notice next() {
    std::unique_lock hold(mutex);
    news.wait(hold, [&] { return !came.empty(); });
    auto n = std::move(came.front());
    came.pop_front();
    return n;
  }

  tcp::socket connect() {
    tcp::socket socket(io);
    socket.connect({boost::asio::ip::address_v4::loopback(), port});
    return socket;
  }

  tcp::socket tell(const std::string& body) {
    auto socket = connect();
    boost::asio::write(socket, boost::asio::buffer(fmt::format(
                                   "POST /notice/wx HTTP/1.1\r\nHost: us\r\nConnection: close\r\nContent-Length: {}\r\n"
                                   "\r\n{}",
                                   body.size(), body)));
    return socket;
  }
};

/// Everything that comes until the other side closes.
std::string rest_of(tcp::socket& socket) {
  std::string all;
  boost::system::error_code ended;
  boost::asio::read(socket, boost::asio::dynamic_buffer(all), ended);
  return all;
}

attempt_id id_of(std::string_view number, uint32_t attempt) {
  return make_attempt_id("test", *merchant_id::parse("shop"), *order_no::parse(number), attempt);
}

std::string notice_of(const attempt_id& id, const std::string& attach = "shop.QS0x") {
  field_map fields{{"return_code", "SUCCESS"}, {"result_code", "SUCCESS"}, {"mch_id", "1900"},
                   {"out_trade_no", id.str()}, {"total_fee", "14780"},     {"attach", attach}};
  const signature_rule rule{signing::hmac_sha256, "sign", "&key="};
  fields["sign"] = *sign(rule, {shared_key, {}, {}}, signed_text(fields, "sign"));
  return write_fields(body_format::xml, fields);
}

} // namespace

TEST_CASE("Loss prevented: a bank is told that its notice was taken before that is durable") {
  town t;
  auto bank = t.tell(notice_of(id_of("A-1", 1)));
  auto n = t.next();
  CHECK(bank.available() == 0);
  n.answer(true);
  const auto taken = rest_of(bank);
  CHECK(taken.starts_with("HTTP/1.1 200 "));
  CHECK(taken.find("<return_code><![CDATA[SUCCESS]]></return_code>") != std::string::npos);
}

TEST_CASE("Loss prevented: a notice that can't be made durable is acknowledged, or not answered at all") {
  town t;
  auto bank = t.tell(notice_of(id_of("A-1", 1)));
  t.next().answer(false);
  const auto later = rest_of(bank);
  CHECK(later.starts_with("HTTP/1.1 503 "));
  CHECK(later.find("<return_code><![CDATA[FAIL]]></return_code>") != std::string::npos);
  auto cut = t.tell(notice_of(id_of("A-1", 1)));
  t.next(); // whoever has it lets go of it
  CHECK(rest_of(cut).empty());
}

TEST_CASE("a notice is handed to the order whose address comes back in it, as what it says itself") {
  town t;
  const auto a1 = stream_name::of_order(*merchant_id::parse("shop"), *order_no::parse("A-1"));
  auto one = t.tell(notice_of(id_of("A-1", 2)));
  auto n = t.next();
  CHECK(n.order == a1);
  CHECK(n.what.attempt_number == 2);
  CHECK(n.what.source == evidence::notice);
  CHECK(n.what.outcome == reply_class::succeeded);
  REQUIRE(n.what.notice);
  CHECK(n.what.notice->channel.str() == "wx");
  CHECK(n.what.notice->id == id_of("A-1", 2));
  CHECK(n.what.notice->amount == money{14'780, {156}});
  n.answer(true);
  // An id that the order never had: the order will say so.
  auto other = t.tell(notice_of(id_of("A-2", 1)));
  n = t.next();
  CHECK(n.order == a1);
  CHECK(n.what.attempt_number == 0);
  n.answer(true);
  // Of nobody: its channel keeps it.
  auto nobody = t.tell(notice_of(id_of("A-1", 1), "what is this"));
  n = t.next();
  CHECK(n.order == stream_name::of_channel(*channel_id::parse("wx")));
  n.answer(true);
}

TEST_CASE("a door that closes with an answer owed lets the bank tell again") {
  town t;
  auto bank = t.tell(notice_of(id_of("A-1", 1)));
  auto n = t.next();
  t.door->stop();
  n.answer(true); // too late
  t.door.reset();
  n = {};
  CHECK(rest_of(bank).empty());
}

TEST_CASE("no more connections than are served, and who is too many is cut at once") {
  town t;
  std::deque<tcp::socket> idle;
  for (size_t i = 0; i < limits::notice_connections_max; ++i)
    idle.push_back(t.connect());
  auto one_more = t.tell(notice_of(id_of("A-1", 1)));
  CHECK(rest_of(one_more).empty());
}
