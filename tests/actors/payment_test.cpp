#include "tests/actors/town.hpp"

using namespace oncepay;
using namespace oncepay::test;

TEST_CASE("A payment over the wire is paid, posted and told step by step") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  const reply r = w.ask(c, pay("A-1"));
  CHECK(r.code == errc::ok);
  CHECK_FALSE(r.duplicate);
  CHECK(r.position == w.log().head().position);
  const order_view& order = order_in(r);
  CHECK(order.state == order_state::paid);
  REQUIRE(order.attempts.size() == 1);
  CHECK(order.attempts[0].channel.str() == "alpha");
  CHECK(order.attempts[0].state == attempt_state::succeeded);

  const auto all = balances(w, c);
  CHECK(sum_of(all) == 0);
  CHECK(balance_of(all, "channel/alpha/receivable") == 10'000 - 20);
  CHECK(balance_of(all, "channel/alpha/cost") == 20);
  CHECK(balance_of(all, "platform/fees") == -60);
  CHECK(balance_of(all, "merchant/m1/pending") == -(10'000 - 60));

  auto with_steps = query("A-1");
  with_steps.with_trajectory = true;
  const reply told = w.ask(c, with_steps);
  CHECK(order_in(told).trajectory.size() >= 6);
}

TEST_CASE("A payment costs two decisions, one more for each channel it fails over from") {
  sim::world w(town({declining(channel("alpha", 1)), declining(channel("beta", 2)), channel("gamma", 3)}));
  auto& c = w.connect();
  const auto before = w.log().head().position;
  const reply r = w.ask(c, pay("A-1"));
  CHECK(r.code == errc::ok);
  CHECK(order_in(r).attempts.size() == 3);
  CHECK(order_in(r).attempts.back().channel.str() == "gamma");
  CHECK(w.log().head().position == before + 4);
}

TEST_CASE("When every channel declined, the order has failed and says with which code") {
  sim::world w(town({declining(channel("alpha", 1)), declining(channel("beta", 2))}));
  auto& c = w.connect();
  const reply r = w.ask(c, pay("A-1"));
  CHECK(r.code == errc::payment_failed);
  CHECK(order_in(r).state == order_state::failed);
  CHECK(order_in(r).attempts.back().code == "DECLINED");
  CHECK(balances(w, c).empty());
}

TEST_CASE("Loss prevented: two clicks, two connections, one payment") {
  sim::world w(town({slow(channel("alpha"), 300)}));
  auto& first = w.connect();
  auto& second = w.connect();
  const auto one = first.send({0, 0, pay("A-1")});
  const auto two = second.send({0, 0, pay("A-1")});
  const auto three = second.send({0, 0, pay("A-1")});
  REQUIRE(w.run_until([&] { return first.reply_to(one) && second.reply_to(two) && second.reply_to(three); }));
  CHECK(first.reply_to(one)->code == errc::ok);
  CHECK(second.reply_to(two)->code == errc::ok);
  CHECK(second.reply_to(three)->code == errc::ok);
  int duplicates = 0;
  for (const reply* r : {first.reply_to(one), second.reply_to(two), second.reply_to(three)})
    duplicates += r->duplicate ? 1 : 0;
  CHECK(duplicates == 2);
  CHECK(order_in(*first.reply_to(one)).attempts.size() == 1);
  CHECK(balance_of(balances(w, first), "channel/alpha/receivable") == 10'000 - 20);
}

TEST_CASE("The same number with another amount is a conflict, and the first order stands") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, pay("A-1", 100)).code == errc::ok);
  CHECK(w.ask(c, pay("A-1", 101)).code == errc::order_conflict);
  CHECK(w.ask(c, pay("A-1", 101, "m2")).code == errc::ok); // another merchant's numbers are its own
  CHECK(order_in(w.ask(c, query("A-1"))).amount.minor == 100);
}

TEST_CASE("Who isn't known is told so, and the number stays free") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, pay("A-1", 100, "nobody")).code == errc::unknown_merchant);
  CHECK(w.ask(c, query("A-1", "nobody")).code == errc::unknown_order);
  CHECK(w.ask(c, open_merchant_command{merchant("nobody")}).code == errc::ok);
  CHECK(w.ask(c, pay("A-1", 100, "nobody")).code == errc::ok);
}

TEST_CASE("A time-out leaves the order in doubt, says so, and the channel is asked, never another one") {
  sim::world w(town({silent(channel("alpha", 1), true), channel("beta", 2)}));
  auto& c = w.connect();
  const reply r = w.ask(c, pay("A-1"));
  CHECK(r.code == errc::in_doubt);
  const order_view& order = order_in(r);
  CHECK(order.in_doubt);
  CHECK(order.attempts.size() == 1);
  CHECK(order.attempts[0].code == "REPLY_TIMEOUT");
  CHECK(order.attempts[0].enquire_at > w.clock().now());
  w.run_for(200'000); // its enquiry's time comes and goes
  const reply later = w.ask(c, query("A-1"));
  CHECK(later.code == errc::ok);
  CHECK(order_in(later).attempts[0].last_evidence == evidence::enquiry);
  CHECK(order_in(later).attempts.size() == 1);
  CHECK(w.ask(c, pay("A-1")).duplicate);
}

TEST_CASE("A late answer settles what was in doubt") {
  sim::world w(town({late(channel("alpha"))}));
  auto& c = w.connect();
  CHECK(w.ask(c, pay("A-1")).code == errc::in_doubt);
  REQUIRE(w.run_until([&] { return w.ask(c, query("A-1")).code == errc::ok; }, 10'000));
  const reply r = w.ask(c, query("A-1"));
  CHECK(order_in(r).attempts[0].last_evidence == evidence::late_reply);
  CHECK(sum_of(balances(w, c)) == 0);
}

TEST_CASE("An order that nobody waits for any more is answered processing at the reply limit, and goes on") {
  auto t = slow(channel("alpha"), 60'000);
  t.reply_within_ms = 90'000;
  sim::world w(town({t}));
  auto& c = w.connect();
  const instant asked = w.clock().now();
  CHECK(w.ask(c, pay("A-1")).code == errc::processing);
  CHECK(w.clock().now() >= plus_ms(asked, 40'000));
  CHECK(w.clock().now() <= plus_ms(asked, 42'000));
  CHECK(w.ask(c, query("A-1")).code == errc::processing);
  w.run_for(30'000);
  CHECK(w.ask(c, query("A-1")).code == errc::ok);
}

TEST_CASE("Thousands of orders: quiet ones are passivated and come back whole") {
  sim::world w(town({declining(channel("alpha", 1)), channel("beta", 2)}));
  auto& c = w.connect();
  const size_t orders = 10'000; // more than the directories keep alive
  for (size_t i = 0; i < orders; ++i) {
    c.send({0, 0, pay("A-" + std::to_string(i), static_cast<int64_t>(i) + 1)});
    if (i % 500 == 499)
      REQUIRE(w.run_until([&] { return c.replies().size() == i + 1; }));
  }
  for (size_t i = 0; i < orders; i += 997) {
    const reply r = w.ask(c, query("A-" + std::to_string(i)));
    CHECK(r.code == errc::ok);
    CHECK(order_in(r).amount.minor == static_cast<int64_t>(i) + 1);
    CHECK(order_in(r).attempts.size() == 2);
  }
  CHECK(sum_of(balances(w, c)) == 0);
}

TEST_CASE("The index follows the log without anybody asking") {
  sim::world w(town({channel("alpha")}));
  w.ask(w.connect(), pay("A-1"));
  w.run_for(1'000);
  CHECK(w.log().unfolded() == 0);
}

namespace {

/// What alpha tells of order A-1 of its own accord; what it was answered is counted.
struct told_notices {
  int taken = 0;
  int put_off = 0;

  channel_notice notice(const sim::world&, reply_class outcome, int64_t amount_minor = 10'000,
                        std::string_view environment = "simulated") {
    const auto m1 = *merchant_id::parse("m1");
    const auto a1 = *order_no::parse("A-1");
    attempt_input in{1, evidence::notice, outcome, "TOLD", "alpha-1", {}};
    in.notice =
        notice_facts{*channel_id::parse("alpha"), make_attempt_id(environment, m1, a1, 1), {amount_minor, cny}, {}};
    return {stream_name::of_order(m1, a1), in, [this](bool was_taken) {
              ++(was_taken ? taken : put_off);
            }};
  }
};

uint64_t fate(const sim::world& w, notice_fate f) {
  return w.counted().notices.fates[static_cast<size_t>(f)].value();
}

} // namespace

TEST_CASE("Loss prevented: one notice that is told a hundred times at once pays a hundred times") {
  sim::world w(town({silent(channel("alpha"), true)}));
  auto& c = w.connect();
  const uint64_t id = c.send({0, 0, pay("A-1")});
  w.run_for(100);
  told_notices t;
  const uint64_t before = w.log().head().position;
  for (int i = 0; i < 100; ++i)
    w.tell(t.notice(w, reply_class::succeeded));
  REQUIRE(w.run_until([&] { return t.taken + t.put_off == 100; }));
  CHECK(t.taken > 0);
  CHECK(w.log().head().position == before + 1);
  REQUIRE(w.run_until([&] { return c.reply_to(id) != nullptr; }));
  CHECK(c.reply_to(id)->code == errc::ok);
  CHECK(balance_of(balances(w, c), "channel/alpha/receivable") + balance_of(balances(w, c), "channel/alpha/cost") ==
        10'000);
  CHECK(fate(w, notice_fate::taken) == 1);
  CHECK(fate(w, notice_fate::repeated) == static_cast<uint64_t>(t.taken) - 1);
  CHECK(fate(w, notice_fate::put_off) == static_cast<uint64_t>(t.put_off));
}

TEST_CASE("Loss prevented: a bank is told that its notice was taken, and the disk never had it") {
  sim::world w(town({silent(channel("alpha"), true)}));
  auto& c = w.connect();
  c.send({0, 0, pay("A-1")});
  w.run_for(100);
  told_notices t;
  w.fail_append({.fail_append_number = 1, .code = store_errc::io, .fate = batch_fate::lost});
  w.tell(t.notice(w, reply_class::succeeded));
  w.run_for(200);
  CHECK(t.taken == 0);
  w.crash();
  w.tell(t.notice(w, reply_class::succeeded));
  REQUIRE(w.run_until([&] { return t.taken == 1; }));
  CHECK(order_in(w.ask(w.connect(), query("A-1"))).state == order_state::paid);
}

TEST_CASE("Who is going to stop lets a channel tell its notice again later") {
  sim::world w(town({silent(channel("alpha"), true)}));
  w.connect().send({0, 0, pay("A-1")});
  w.run_for(100);
  told_notices t;
  w.begin_stop();
  w.tell(t.notice(w, reply_class::succeeded));
  REQUIRE(w.run_until([&] { return t.put_off == 1; }));
  CHECK(fate(w, notice_fate::put_off) == 1);
}

TEST_CASE("A notice of a payment that nobody sent is kept by its channel, also across a restart, and alarmed") {
  sim::world w(town({channel("alpha")}));
  told_notices t;
  for (int i = 0; i < 3; ++i)
    w.tell(t.notice(w, reply_class::succeeded, 4'711, "elsewhere"));
  REQUIRE(w.run_until([&] { return t.taken == 3; }));
  CHECK(fate(w, notice_fate::kept) == 1);
  CHECK(w.alarms().size() == 1);
  w.crash();
  const uint64_t before = w.log().head().position;
  w.tell(t.notice(w, reply_class::succeeded, 4'711, "elsewhere"));
  REQUIRE(w.run_until([&] { return t.taken == 4; }));
  CHECK(w.log().head().position == before);
  // Its channel still pays.
  CHECK(w.ask(w.connect(), pay("A-2")).code == errc::ok);
}
