#include "tests/actors/town.hpp"

#include "actors/bank_book.hpp"
#include "actors/virtual_bank.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

attempt_id attempt(uint32_t n) {
  return make_attempt_id("test", *merchant_id::parse("m1"), *order_no::parse("A"), n);
}

bank_behaviour misbehaving() {
  bank_behaviour b;
  b.seed = 7;
  b.latency_min_us = 100;
  b.latency_p50_us = 1'000;
  b.latency_p99_us = 20'000;
  b.latency_max_us = 50'000;
  b.failures = {{"DECLINED", 200'000, reply_class::failed_try_another}, {"STOLEN", 50'000, reply_class::failed_final}};
  b.timeout_unmoved_ppm = 30'000;
  b.timeout_moved_ppm = 20'000;
  b.late_ppm = 10'000;
  return b;
}

} // namespace

TEST_CASE("A virtual bank does what it was told to, in the shares it was told") {
  const bank_behaviour b = misbehaving();
  std::map<std::string, int> seen;
  const uint32_t requests = 20'000;
  for (uint32_t i = 1; i <= requests; ++i) {
    const bank_fate f = fate_of(b, attempt(i));
    ++seen[!f.answers ? (f.money_moved ? "silent, moved" : "silent") : f.late ? "late" : f.code];
    CHECK(f.money_moved == (f.code == "OK" || (!f.answers && f.money_moved)));
  }
  // A hash decides, so these counts are the same on every run; the margin is for the shares, not for chance.
  auto about = [&](const char* what, double share) {
    CAPTURE(what);
    CHECK(seen[what] == doctest::Approx(requests * share).epsilon(0.1));
  };
  about("DECLINED", 0.20);
  about("STOLEN", 0.05);
  about("silent", 0.03);
  about("silent, moved", 0.02);
  about("late", 0.01);
  about("OK", 0.69);
}

TEST_CASE("A request sent twice meets the same fate") {
  for (uint32_t i = 1; i <= 100; ++i) {
    const bank_fate one = fate_of(misbehaving(), attempt(i));
    const bank_fate two = fate_of(misbehaving(), attempt(i));
    CHECK(one.code == two.code);
    CHECK(one.money_moved == two.money_moved);
    CHECK(one.latency_us == two.latency_us);
  }
}

TEST_CASE("Latencies lie on the given quantiles") {
  const bank_behaviour b = misbehaving();
  CHECK(latency_at_us(b, 0) == 100);
  CHECK(latency_at_us(b, 250'000) == 550);
  CHECK(latency_at_us(b, 500'000) == 1'000);
  CHECK(latency_at_us(b, 990'000) == 20'000);
  CHECK(latency_at_us(b, 1'000'000) == 50'000);
}

TEST_CASE("Above its capacity the bank asks to slow down, definitely and without looking at the request") {
  auto t = slow(channel("alpha", 1), 100);
  t.bank.capacity = 2;
  sim::world w(town({t, channel("beta", 2)}));
  auto& c = w.connect();
  for (int i = 0; i < 3; ++i)
    c.send({0, 0, pay("A-" + std::to_string(i))});
  REQUIRE(w.run_until([&] { return c.replies().size() == 3; }));
  int slowed = 0;
  for (const reply& r : c.replies()) {
    CHECK(r.code == errc::ok);
    if (order_in(r).attempts.size() == 2) {
      ++slowed;
      CHECK(order_in(r).attempts[0].code == "SLOW_DOWN");
      CHECK(order_in(r).attempts[1].channel.str() == "beta");
    }
  }
  CHECK(slowed == 1);
}

TEST_CASE("The bank's book survives its process and knows a request it saw before") {
  const auto file = std::filesystem::temp_directory_path() / ("oncepay-book-" + std::to_string(::getpid()));
  submit_effect what;
  what.attempt = attempt(1);
  what.amount = {100, cny};
  bank_fate moved;
  moved.money_moved = true;
  moved.code = "OK";
  {
    auto book = bank_book::open(file.string());
    REQUIRE(book);
    CHECK_FALSE(book->find(attempt(1)).has_value());
    book->note({5}, what, moved);
    REQUIRE(book->flush());
  }
  {
    auto book = bank_book::open(file.string());
    REQUIRE(book);
    CHECK(book->find(attempt(1)).has_value());
    book->note({6}, what, moved); // the same request again moves nothing
    REQUIRE(book->flush());
  }
  std::ifstream in(file);
  std::string first;
  std::string second;
  std::getline(in, first);
  std::getline(in, second);
  std::filesystem::remove(file);
  CHECK(first == "5 " + attempt(1).str() + " 100 CNY OK 1 0");
  CHECK(second == "6 " + attempt(1).str() + " 100 CNY OK 0 1");
}

TEST_CASE("A book that can't be opened says so in one line") {
  auto book = bank_book::open("/dev/null/book");
  REQUIRE_FALSE(book);
  CHECK(book.error().find("/dev/null/book") != std::string::npos);
}
