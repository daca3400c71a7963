// Top-ups and pay-outs from the wire to the bank and back: what the shells around the rules must not lose.
#include "tests/actors/town.hpp"

#include <algorithm>
#include <string>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const method_id transfer = *method_id::parse("bank-transfer");

channel_terms paying_out(channel_terms t) {
  t.pay_out_methods = {transfer};
  return t;
}

pay_command top_up(std::string_view order, int64_t amount_minor) {
  pay_command c = pay(order, amount_minor);
  c.top_up = true;
  return c;
}

pay_out_command pay_out(std::string_view order, int64_t amount_minor = 10'000, std::string_view payee = "bob") {
  return {
      *merchant_id::parse("m1"), *order_no::parse(order), {amount_minor, cny}, transfer, std::string(payee), "test"};
}

int64_t available(sim::world& w, sim::client& c) {
  return -balance_of(balances(w, c, "merchant/m1/"), "merchant/m1/available");
}

int64_t in_transit(sim::world& w, sim::client& c) {
  return -balance_of(balances(w, c, "transit"), "transit");
}

bool is_paid(sim::world& w, sim::client& c, std::string_view order) {
  const reply r = w.ask(c, query(order));
  return r.code == errc::ok && order_in(r).state == order_state::paid;
}

} // namespace

TEST_CASE("A top-up is answered once it is credited, and a pay-out is paid from it with our fee") {
  sim::world w(town({paying_out(channel("alpha"))}));
  sim::client& c = w.connect();
  const reply up = w.ask(c, top_up("T-1", 50'000));
  CHECK(up.code == errc::ok);
  CHECK(order_in(up).kind == order_kind::top_up);
  CHECK(available(w, c) == 50'000);
  const reply out = w.ask(c, pay_out("P-1"));
  CHECK(out.code == errc::ok);
  CHECK(order_in(out).state == order_state::paid);
  CHECK(order_in(out).kind == order_kind::pay_out);
  CHECK(order_in(out).attempts.size() == 1);
  CHECK(available(w, c) == 50'000 - 10'060);
  CHECK(in_transit(w, c) == 0);
  CHECK(sum_of(balances(w, c)) == 0);
  const reply again = w.ask(c, pay_out("P-1"));
  CHECK(again.code == errc::ok);
  CHECK(again.duplicate);
  CHECK(w.ask(c, pay_out("P-1", 9'999)).code == errc::order_conflict);
  CHECK(w.ask(c, pay("P-1")).code == errc::order_conflict);
  CHECK(available(w, c) == 50'000 - 10'060);
}

TEST_CASE("What can't be paid out writes nothing and leaves its number free") {
  sim::world w(town({paying_out(channel("alpha"))}));
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", 10'000)).code == errc::ok);
  const uint64_t head = w.log().head().position;
  CHECK(w.ask(c, pay_out("P-1", 9'941)).code == errc::insufficient_funds); // with our fee
  pay_out_command nowhere = pay_out("P-1", 100);
  nowhere.method = card; // which alpha takes, and doesn't pay out by
  CHECK(w.ask(c, nowhere).code == errc::no_channel);
  pay_out_command nobody = pay_out("P-1", 100);
  nobody.merchant = *merchant_id::parse("nobody");
  CHECK(w.ask(c, nobody).code == errc::unknown_merchant);
  CHECK(w.ask(c, query("P-1")).code == errc::unknown_order);
  CHECK(w.log().head().position == head);
}

TEST_CASE("Loss prevented: two pay-outs that race are more than the merchant has") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    sim::world w(town({paying_out(channel("alpha"))}, seed));
    sim::client& c = w.connect();
    REQUIRE(w.ask(c, top_up("T-1", 15'000)).code == errc::ok);
    const uint64_t first = c.send({0, 0, pay_out("P-1", 10'000, "bob")});
    const uint64_t second = c.send({0, 0, pay_out("P-2", 10'000, "carol")});
    REQUIRE(w.run_until([&] { return c.reply_to(first) != nullptr && c.reply_to(second) != nullptr; }));
    const bool first_paid = c.reply_to(first)->code == errc::ok;
    const bool second_paid = c.reply_to(second)->code == errc::ok;
    CHECK(first_paid != second_paid);
    const errc other = c.reply_to(first_paid ? second : first)->code;
    CHECK((other == errc::insufficient_funds || other == errc::payment_failed));
    CHECK(available(w, c) == 15'000 - 10'060);
    CHECK(in_transit(w, c) == 0);
  }
}

TEST_CASE("Loss prevented: a claim is refused, its repeat is granted, and the merchant's money is nowhere") {
  // A pay-out whose account is busy for longer than it waits to ask again; between both the account gets more.
  size_t refused = 0;
  for (const int64_t before_credit_ms : {5, 50, 300}) {
    CAPTURE(before_credit_ms);
    int64_t commit_us = 1'000;
    channel_terms terms = paying_out(slow(channel("alpha"), 3'000));
    terms.submit_within_ms = 60'000;
    terms.reply_within_ms = 60'000;
    auto options = town({terms});
    options.commit_takes_us = [&] {
      return commit_us;
    };
    sim::world w(options);
    sim::client& c = w.connect();
    REQUIRE(w.ask(c, top_up("T-1", 10'100)).code == errc::ok);
    c.send({0, 0, top_up("T-2", 50'000)});
    w.run_for(3'000 - before_credit_ms);
    commit_us = 6'000'000;
    c.send({0, 0, pay_out("P-1", 10'000, "bob")});
    c.send({0, 0, pay_out("P-2", 10'000, "carol")});
    w.run_for(40'000);
    commit_us = 1'000;
    w.run_for(60'000);
    CHECK(is_paid(w, c, "P-1"));
    const bool second_paid = is_paid(w, c, "P-2");
    refused += second_paid ? 0 : 1;
    CHECK(in_transit(w, c) == 0);
    CHECK(available(w, c) == 60'100 - (second_paid ? 2 : 1) * 10'060);
  }
  CHECK(refused > 0);
}

TEST_CASE("Loss prevented: a pay-out is ordered twice at once, one of the two fails, and no person is told") {
  size_t at_its_claim = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    sim::world w(town({paying_out(channel("alpha"))}, seed));
    sim::client& c = w.connect();
    REQUIRE(w.ask(c, top_up("T-1", 50'000)).code == errc::ok);
    const uint64_t first = c.send({0, 0, pay_out("P-1")});
    const uint64_t second = c.send({0, 0, pay_out("P-2")});
    REQUIRE(w.run_until([&] { return c.reply_to(first) != nullptr && c.reply_to(second) != nullptr; }));
    const errc of_second = c.reply_to(second)->code;
    at_its_claim += of_second == errc::payment_failed ? 1 : 0;
    if (of_second != errc::ok)
      CHECK(w.alarms().size() == 1);
  }
  CHECK(at_its_claim > 0);
}

TEST_CASE("A pay-out that its first channel declines goes on to the next under the same claim, or gives it back") {
  channel_terms in = channel("inbound", 5);
  for (const bool second_pays : {true, false}) {
    channel_terms alpha = paying_out(declining(channel("alpha", 10)));
    channel_terms beta = paying_out(second_pays ? channel("beta", 20) : declining(channel("beta", 20)));
    sim::world w(town({in, alpha, beta}));
    sim::client& c = w.connect();
    REQUIRE(w.ask(c, top_up("T-1", 50'000)).code == errc::ok);
    const reply out = w.ask(c, pay_out("P-1"));
    CHECK(order_in(out).attempts.size() == 2);
    CHECK(out.code == (second_pays ? errc::ok : errc::payment_failed));
    CHECK(available(w, c) == (second_pays ? 50'000 - 10'060 : 50'000));
    CHECK(in_transit(w, c) == 0);
  }
}

TEST_CASE("Loss prevented: a pay-out whose bank is silent is paid out again, or fails") {
  channel_terms out = paying_out(silent(channel("alpha", 20), true));
  out.enquire_after_ms = 5'000;
  out.enquire_interval_ms_max = 5'000;
  out.not_found_after_ms = 6'000;
  out.bank.not_found_for_ms = 30'000;
  sim::world w(town({channel("inbound", 5), out, paying_out(channel("beta", 30))}));
  sim::client& c = w.connect();
  REQUIRE(w.ask(c, top_up("T-1", 50'000)).code == errc::ok);
  const reply first = w.ask(c, pay_out("P-1"));
  CHECK(first.code == errc::in_doubt);
  w.run_for(20'000); // "not found", again and again
  const reply meanwhile = w.ask(c, query("P-1"));
  CHECK(meanwhile.code == errc::in_doubt);
  CHECK(order_in(meanwhile).attempts.size() == 1);
  CHECK(available(w, c) == 50'000 - 10'060);
  CHECK(in_transit(w, c) == 10'060);
  // Its like waits, and somebody is told.
  const size_t alarms = w.alarms().size();
  CHECK(w.ask(c, pay_out("P-2")).code == errc::like_pay_out_open);
  CHECK(w.alarms().size() == alarms + 1);
  CHECK(w.ask(c, query("P-2")).code == errc::unknown_order);
  CHECK(w.ask(c, pay_out("P-1")).code == errc::in_doubt);
  REQUIRE(w.run_until([&] { return is_paid(w, c, "P-1"); }));
  CHECK(in_transit(w, c) == 0);
  CHECK(w.ask(c, pay_out("P-2")).code == errc::in_doubt);
  // A restart forgets nothing of it.
  w.crash();
  sim::client& later = w.connect();
  CHECK(w.ask(later, pay_out("P-3")).code == errc::like_pay_out_open);
}

TEST_CASE("Loss prevented: the process dies while a top-up or a pay-out is under way, wherever") {
  // Between any two turns of an actor. What may have been sent, and nobody can say whether it was, stays in doubt.
  for (const bool asks_again : {true, false}) {
    for (uint64_t after = 1; after <= 120; after += 5) {
      CAPTURE(after);
      sim::world w(town({paying_out(channel("alpha"))}, after));
      sim::client& c = w.connect();
      REQUIRE(w.ask(c, top_up("T-0", 20'000)).code == errc::ok);
      c.send({0, 0, top_up("T-1", 5'000)});
      c.send({0, 0, pay_out("P-1")});
      const uint64_t until = w.steps() + after;
      w.run_until([&] { return w.steps() >= until; });
      w.crash();
      if (asks_again) {
        sim::client& again = w.connect();
        again.send({0, 0, top_up("T-1", 5'000)});
        again.send({0, 0, pay_out("P-1")});
      }
      w.run_for(200'000);
      sim::client& later = w.connect();
      const errc up = w.ask(later, query("T-1")).code;
      const reply out = w.ask(later, query("P-1"));
      // A payment that its bank surely never received may have failed by now; of a pay-out nobody believes that.
      const bool undecided = up == errc::in_doubt || up == errc::payment_failed;
      CHECK((up == errc::ok || undecided || (up == errc::unknown_order && !asks_again)));
      const bool is_claimed = out.code == errc::ok || out.code == errc::in_doubt;
      CHECK((is_claimed || (out.code == errc::unknown_order && !asks_again)));
      if (is_claimed)
        CHECK(order_in(out).attempts.size() == 1);
      CHECK(available(w, later) == 20'000 + (up == errc::ok ? 5'000 : 0) - (is_claimed ? 10'060 : 0));
      CHECK(in_transit(w, later) == (out.code == errc::in_doubt ? 10'060 : 0));
      CHECK(sum_of(balances(w, later)) == 0);
    }
  }
}
