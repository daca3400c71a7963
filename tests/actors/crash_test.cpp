#include "tests/actors/town.hpp"

#include "actors/views/trajectory_view.hpp"
#include "schema/log_codec.hpp"

#include <map>

using namespace oncepay;
using namespace oncepay::test;

TEST_CASE("Loss prevented: a payment that was acknowledged is forgotten by a crash") {
  sim::world w(town({channel("alpha")}));
  CHECK(w.ask(w.connect(), pay("A-1")).code == errc::ok);
  w.crash();
  auto& c = w.connect();
  CHECK(w.ask(c, query("A-1")).code == errc::ok);
  const reply again = w.ask(c, pay("A-1"));
  CHECK(again.code == errc::ok);
  CHECK(again.duplicate);
}

TEST_CASE("Loss prevented: a restart submits an attempt a second time") {
  // The bank moves the money after 300 ms; the process dies at some instant before or after its answer.
  for (int64_t dies_after_ms : {0, 1, 2, 100, 299, 301, 400}) {
    CAPTURE(dies_after_ms);
    sim::world w(town({slow(channel("alpha", 1), 300), channel("beta", 2)}));
    auto& before = w.connect();
    const auto id = before.send({0, 0, pay("A-1")});
    w.run_for(dies_after_ms);
    const bool acknowledged = before.reply_to(id) != nullptr;
    w.crash();
    auto& c = w.connect();
    REQUIRE(w.run_until([&] { return w.ask(c, query("A-1")).code != errc::processing; }));
    const reply r = w.ask(c, query("A-1"));
    if (acknowledged)
      CHECK(r.code == errc::ok);
    if (r.code == errc::unknown_order)
      continue; // nothing was durable, so nothing had been submitted
    CHECK(order_in(r).attempts.size() == 1);
    CHECK((r.code == errc::ok || r.code == errc::in_doubt));
    if (r.code == errc::in_doubt)
      CHECK(order_in(r).attempts[0].last_evidence == evidence::restart);
  }
}

TEST_CASE("An order that a crash interrupted is put in doubt by the restart itself, without anybody asking") {
  sim::world w(town({slow(channel("alpha"), 300)}));
  w.connect().send({0, 0, pay("A-1")});
  w.run_for(100);
  w.crash();
  CHECK(w.recovered().open_orders == 1);
  CHECK(w.recovered().known.leases.size() == 1);
  w.run_for(1'000);
  CHECK(w.ask(w.connect(), query("A-1")).code == errc::in_doubt);
}

TEST_CASE("Loss prevented: after a restart a channel gets more parallel requests than it granted") {
  auto t = slow(channel("alpha"), 800);
  t.concurrency_max = 1;
  t.queue_wait_ms_max = 100;
  sim::world w(town({t}));
  w.connect().send({0, 0, pay("A-1")});
  w.run_for(100);
  w.crash();
  // The bank still works on the first request; its permit is out until its lease ends.
  auto& c = w.connect();
  CHECK(w.ask(c, pay("A-2")).code == errc::channel_busy);
  w.run_for(15'000);
  CHECK(w.ask(c, pay("A-3")).code == errc::ok);
}

TEST_CASE("Loss prevented: a failed commit is taken for a good one") {
  for (batch_fate fate : {batch_fate::lost, batch_fate::written}) {
    for (uint64_t n : {1, 2}) {
      CAPTURE(n);
      CAPTURE(static_cast<int>(fate));
      sim::world w(town({channel("alpha")}));
      auto& before = w.connect();
      w.fail_append({.fail_append_number = n, .code = store_errc::io, .fate = fate});
      const auto id = before.send({0, 0, pay("A-1")});
      w.run_until([&] { return !w.stopped_because().empty(); });
      REQUIRE_FALSE(w.stopped_because().empty());
      CHECK(before.reply_to(id) == nullptr);
      w.crash();
      auto& c = w.connect();
      w.run_for(2'000);
      const reply r = w.ask(c, query("A-1"));
      if (n == 1 && fate == batch_fate::lost)
        CHECK(r.code == errc::unknown_order);
      else if (n == 2 && fate == batch_fate::written)
        CHECK(r.code == errc::ok);
      else
        CHECK(r.code == errc::in_doubt);
    }
  }
}

TEST_CASE("After a restart many old orders are asked for at once, and every one comes back") {
  sim::world w(town({channel("alpha")}));
  auto& before = w.connect();
  const size_t orders = 500; // many times what a directory rehydrates at once
  for (size_t i = 0; i < orders; ++i)
    before.send({0, 0, pay("A-" + std::to_string(i))});
  REQUIRE(w.run_until([&] { return before.replies().size() == orders; }));
  w.crash();
  auto& c = w.connect();
  for (size_t i = 0; i < orders; ++i)
    c.send({0, 0, query("A-" + std::to_string(i))});
  REQUIRE(w.run_until([&] { return c.replies().size() == orders; }));
  for (const reply& r : c.replies())
    CHECK(r.code == errc::ok);
}

TEST_CASE("A view that was dropped is folded again to the same content") {
  sim::world w(town({declining(channel("alpha", 1)), channel("beta", 2)}));
  auto& c = w.connect();
  for (int i = 0; i < 50; ++i)
    w.ask(c, pay("A-" + std::to_string(i)));
  const auto before = balances(w, c);
  std::map<std::string, std::string, std::less<>> dump;
  auto dump_of = [](const view_store& view) {
    std::map<std::string, std::string> all;
    REQUIRE(view.scan("", [&](std::string_view key, std::string_view value) {
      all.emplace(key, value);
      return true;
    }));
    return all;
  };
  w.run_for(1'000);
  const auto trajectories = dump_of(w.trajectory_view());
  const auto sums = dump_of(w.balances_view());
  REQUIRE(w.trajectory_view().clear());
  w.ask(c, pay("A-0")); // a duplicate writes nothing, so the head must be told of by the next order
  w.ask(c, pay("B-1"));
  w.run_for(1'000);
  auto rebuilt = dump_of(w.trajectory_view());
  rebuilt.erase(std::prev(rebuilt.end())); // B-1: by number, what was opened last stands last
  CHECK(rebuilt == trajectories);
  CHECK(sums.size() > 0);
  CHECK(sum_of(before) == 0);
}

TEST_CASE(
    "The view of trajectories holds orders alone: the list of an account, written with each fold, would only grow") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  for (int i = 0; i < 20; ++i) {
    auto up = pay("T-" + std::to_string(i));
    up.top_up = true;
    REQUIRE(w.ask(c, up).code == errc::ok);
  }
  w.run_for(1'000);
  size_t entries = 0;
  REQUIRE(w.trajectory_view().scan("", [&](std::string_view, std::string_view) {
    ++entries;
    return true;
  }));
  CHECK(entries == 20);
}

TEST_CASE("The same seed gives the same history, bit for bit") {
  auto history = [](uint64_t seed) {
    auto t = channel("alpha", 1);
    t.bank.failures = {{"DECLINED", 300'000, reply_class::failed_try_another}};
    t.bank.timeout_moved_ppm = 50'000;
    t.bank.latency_max_us = 900'000;
    sim::world w(town({t, channel("beta", 2)}, seed));
    auto& one = w.connect();
    auto& two = w.connect();
    for (int i = 0; i < 100; ++i)
      (i % 2 ? one : two).send({0, 0, pay("A-" + std::to_string(i % 70))});
    w.run_until([&] { return one.replies().size() + two.replies().size() == 100; });
    return hex(w.log().head().chain);
  };
  CHECK(history(7) == history(7));
  CHECK(history(7) != history(8));
}
