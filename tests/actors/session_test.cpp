#include "tests/actors/town.hpp"

#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "schema/wire_codec.hpp"

#include <algorithm>

using namespace oncepay;
using namespace oncepay::test;

namespace {

std::vector<std::byte> frame_of(decltype(command::body) body, uint64_t request_id = 1) {
  return encode_frame(command{request_id, 0, std::move(body)});
}

} // namespace

TEST_CASE("Frames may arrive in any pieces") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  auto bytes = frame_of(pay("A-1"), 1);
  const auto second = frame_of(pay("A-2"), 2);
  bytes.insert(bytes.end(), second.begin(), second.end());
  for (std::byte b : bytes)
    c.send_bytes({b});
  REQUIRE(w.run_until([&] { return c.replies().size() == 2; }));
  CHECK(c.reply_to(1)->code == errc::ok);
  CHECK(c.reply_to(2)->code == errc::ok);
}

TEST_CASE("Bytes that are no frame are answered with a code, then the connection is closed and nothing else happens") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  const auto before = w.log().head().position;
  SUBCASE("a length that is none") {
    c.send_bytes({std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}});
    REQUIRE(w.run_until([&] { return c.is_closed(); }));
    CHECK(c.replies().at(0).code == errc::frame_too_large);
  }
  SUBCASE("a body that doesn't verify, and a good frame behind it") {
    auto bytes = frame_of(pay("A-1"));
    std::fill(bytes.begin() + 4, bytes.end(), std::byte{0x5a});
    const auto good = frame_of(pay("A-2"));
    bytes.insert(bytes.end(), good.begin(), good.end());
    c.send_bytes(bytes);
    REQUIRE(w.run_until([&] { return c.is_closed(); }));
    REQUIRE(c.replies().size() == 1);
    CHECK(c.replies()[0].code == errc::malformed_frame);
  }
  CHECK(w.log().head().position == before);
}

TEST_CASE("A client that lets a frame drip in is closed when it has taken too long, however steadily it drips") {
  sim::world w(town({channel("alpha")}));
  auto& drips = w.connect();
  auto& first = w.connect();
  const auto bytes = frame_of(pay("A-1"));
  REQUIRE(w.ask(drips, pay("A-0")).code == errc::ok); // its first one was whole
  for (size_t i = 0; i < 35; ++i) {
    CHECK_MESSAGE(drips.is_closed() == (i > limits::frame_ms_max / 1'000), i);
    for (auto* c : {&drips, &first})
      if (!c->is_closed())
        c->send_bytes({bytes.at(i)});
    w.run_for(1'000);
  }
  CHECK(first.is_closed());
  CHECK(w.ask(w.connect(), pay("A-1")).code == errc::ok);
}

TEST_CASE("A client that sends frame upon frame without a pause isn't taken for one that drips") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  // Each read ends in the middle of a frame.
  auto bytes = frame_of(pay("A-0"));
  for (size_t i = 1; i <= 40; ++i) {
    const auto next = frame_of(pay("A-" + std::to_string(i)));
    bytes.insert(bytes.end(), next.begin(), next.begin() + 20);
    c.send_bytes(bytes);
    bytes.assign(next.begin() + 20, next.end());
    w.run_for(1'000);
  }
  CHECK_FALSE(c.is_closed());
  CHECK(c.replies().size() == 40);
}

TEST_CASE("A field that breaks its form is answered by name, and the connection goes on") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  const reply r = w.ask(c, pay("A-1", -5));
  CHECK(r.code == errc::invalid_amount);
  CHECK_FALSE(c.is_closed());
  CHECK(w.ask(c, pay("A-1", 5)).code == errc::ok);
}

TEST_CASE("A connection that never says anything whole is closed; one that waits for its answer isn't") {
  auto t = slow(channel("alpha"), 60'000);
  t.reply_within_ms = 90'000;
  sim::world w(town({t}));
  auto& mute = w.connect();
  auto& half = w.connect();
  auto& waiting = w.connect();
  auto bytes = frame_of(pay("A-1"));
  bytes.pop_back();
  half.send_bytes(bytes);
  waiting.send({0, 0, pay("A-2")});
  w.run_for(35'000);
  CHECK(mute.is_closed());
  CHECK(half.is_closed());
  CHECK_FALSE(waiting.is_closed());
}

TEST_CASE("When all tickets are out the answer is busy at once, and they come back") {
  // No channel's payments may hold all of them, so there is one for each.
  auto options = town({slow(channel("alpha"), 500), slow(channel("beta"), 500), slow(channel("gamma"), 500)});
  options.tickets_total = 3;
  sim::world w(options);
  auto& c = w.connect();
  for (int i = 0; i < 5; ++i)
    c.send({0, 0, pay("A-" + std::to_string(i))});
  w.run_for(100);
  REQUIRE(c.replies().size() == 2);
  for (const reply& r : c.replies())
    CHECK(r.code == errc::busy);
  REQUIRE(w.run_until([&] { return c.replies().size() == 5; }));
  CHECK(w.ask(c, pay("B-1")).code == errc::ok);
}

TEST_CASE("One connection alone is never told busy, however much it sends at once") {
  constexpr size_t questions = limits::tickets_per_connection + 2'000;
  auto options = town({channel("alpha")});
  options.tickets_total = limits::tickets_total;
  sim::world w(options);
  auto& c = w.connect();
  std::vector<std::byte> all;
  for (size_t i = 1; i <= questions; ++i) {
    const auto more = encode_frame(command{1'000'000 + i, 0, query("A-" + std::to_string(i))});
    all.insert(all.end(), more.begin(), more.end());
  }
  c.send_bytes(all);
  REQUIRE(w.run_until([&] { return c.replies().size() == questions; }));
  for (const reply& r : c.replies())
    REQUIRE(r.code == errc::unknown_order);
  CHECK(w.ask(c, pay("B-1")).code == errc::ok); // it is read on
}

TEST_CASE("One connection that asks views without end is answered all of it, a part at a time, and never told busy") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  auto steps = query("A-1");
  steps.with_trajectory = true;
  constexpr size_t questions = 10 * limits::view_queries_per_connection;
  std::vector<std::byte> all;
  for (size_t i = 0; i < questions; ++i) {
    decltype(command::body) body = steps;
    if (i % 2 == 0)
      body = query_balances_command{};
    const auto more = encode_frame(command{1'000 + i, 0, body});
    all.insert(all.end(), more.begin(), more.end());
  }
  c.send_bytes(all);
  uint32_t at_once_max = 0;
  REQUIRE(w.run_until([&] {
    at_once_max = std::max(at_once_max, w.admitted().in_use());
    return c.replies().size() == questions + 1;
  }));
  for (const reply& r : c.replies())
    REQUIRE(r.code == errc::ok);
  CHECK(at_once_max <= limits::view_queries_per_connection);
  CHECK(at_once_max > limits::view_queries_per_connection / 2);
  CHECK(w.ask(c, pay("B-1")).code == errc::ok); // it is read on
}

TEST_CASE("Loss prevented: a crowd that asks views has whoever wants to pay told busy") {
  auto options = town({channel("alpha")});
  options.tickets_total = limits::tickets_total;
  options.tickets_in_hand = 100;
  sim::world w(options);
  std::vector<std::byte> questions;
  for (size_t i = 0; i < limits::view_queries_per_connection; ++i) {
    const auto more = encode_frame(command{1 + i, 0, query_balances_command{}});
    questions.insert(questions.end(), more.begin(), more.end());
  }
  auto& payer = w.connect();
  std::vector<sim::client*> crowd;
  for (int n = 0; n < 64; ++n) {
    crowd.push_back(&w.connect());
    crowd.back()->send_bytes(questions);
  }
  payer.send({1, 0, pay("A-1")});
  REQUIRE(w.run_until([&] {
    return payer.reply_to(1) != nullptr && std::all_of(crowd.begin(), crowd.end(), [](const sim::client* c) {
             return c->replies().size() == limits::view_queries_per_connection;
           });
  }));
  CHECK(payer.reply_to(1)->code == errc::ok);
  size_t told_busy = 0;
  for (const sim::client* c : crowd)
    for (const reply& r : c->replies()) {
      CHECK((r.code == errc::ok || r.code == errc::busy));
      told_busy += r.code == errc::busy ? 1 : 0;
    }
  CHECK(told_busy > 0); // 4 096 were asked at once, and 1 024 may be
}

TEST_CASE("What a merchant sends twice under one request id is answered twice") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  c.send_bytes(frame_of(pay("A-1"), 9));
  c.send_bytes(frame_of(pay("A-2"), 9));
  REQUIRE(w.run_until([&] { return c.replies().size() == 2; }));
  CHECK(c.replies()[0].request_id == 9);
  CHECK(c.replies()[1].request_id == 9);
}

TEST_CASE("Loss prevented: a payer's name lies readable in the log") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  auto command = pay("A-1");
  command.payer = "very-private-person";
  CHECK(w.ask(c, command).code == errc::ok);
  bool seen = false;
  bool opened = false;
  REQUIRE(w.log().read_all(1, 1'000, [&](uint64_t, bytes_view stored) {
    seen = seen || as_text(stored).find("very-private-person") != std::string_view::npos;
    auto d = decode_decision(stored);
    REQUIRE(d);
    if (auto* in = std::get_if<pay_input>(&d->input))
      opened = w.vault().open(d->stream, 1, "payer", in->payer) == std::string("very-private-person");
    return true;
  }));
  CHECK_FALSE(seen);
  CHECK(opened);
}

TEST_CASE("Balances are asked by prefix, and a position that is not reached in time is view_behind") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  w.ask(c, pay("A-1"));
  w.ask(c, pay("A-1", 500, "m2"));
  const auto of_m2 = balances(w, c, "merchant/m2/");
  REQUIRE(of_m2.size() == 1);
  CHECK(of_m2[0].amount.minor == -(500 - 3));
  CHECK(w.ask(c, query_balances_command{""}, w.log().head().position + 1).code == errc::view_behind);
}

TEST_CASE("Balances tell of all that was acknowledged before they were asked for, whoever asks") {
  sim::world w(town({channel("alpha")}));
  auto& payer = w.connect();
  auto& other = w.connect();
  REQUIRE(w.ask(payer, pay("A-1", 500)).code == errc::ok);
  const reply r = w.ask(other, query_balances_command{"merchant/m1/"});
  REQUIRE(r.code == errc::ok);
  CHECK(balance_of(std::get<balance_list>(r.body).balances, "merchant/m1/pending") == -(500 - 3));
}

TEST_CASE("A server that is stopping finishes what is under way and tells the rest to come again") {
  sim::world w(town({slow(channel("alpha"), 500)}));
  auto& c = w.connect();
  const auto under_way = c.send({0, 0, pay("A-1")});
  w.run_for(100);
  w.begin_stop();
  CHECK(w.ask(c, pay("A-2")).code == errc::shutting_down);
  REQUIRE(w.run_until([&] { return c.reply_to(under_way) != nullptr; }));
  CHECK(c.reply_to(under_way)->code == errc::ok);
}
