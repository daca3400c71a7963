// Risk rules from the wire to the bank: who is stopped, who confirms, and what a restart counts.
#include "tests/actors/town.hpp"

#include "actors/confirmation_proof.hpp"

using namespace oncepay;
using namespace oncepay::test;

namespace {

sim::world_options with_rules(std::vector<risk::rule> rules, uint64_t seed = 1) {
  auto options = town({channel("alpha")}, seed);
  auto& r = options.risk.emplace();
  r.version = "v1";
  r.confirm_within_ms = 60'000;
  r.wrong_max = 3;
  r.all = std::move(rules);
  return options;
}

risk::rule large() {
  return {"large", risk_outcome::step_up, {}, {}, risk::above{{10'000, cny}}};
}

confirm_command confirm(std::string_view order, int64_t minor, bool genuine = true) {
  confirm_command c{*merchant_id::parse("m1"), *order_no::parse(order), {minor, cny}, {}};
  c.proof = proof_of_confirmation(sim::key_of_confirmers(), c.merchant, c.order_no, {genuine ? minor : minor + 1, cny});
  return c;
}

} // namespace

TEST_CASE("A payment that rules pass costs two decisions, and tells which rule let it") {
  sim::world w(with_rules({{"all", risk_outcome::pass, {}, {}, risk::always{}}}));
  auto& c = w.connect();
  const auto before = w.log().head().position;
  CHECK(w.ask(c, pay("A-1")).code == errc::ok);
  CHECK(w.log().head().position == before + 2);
  auto q = query("A-1");
  q.with_trajectory = true;
  const reply told = w.ask(c, q);
  bool named = false;
  for (const std::string& line : order_in(told).trajectory)
    named = named || line.find("rule all of v1") != std::string::npos;
  CHECK(named);
}

TEST_CASE("Loss prevented: a blocked payment takes a permit, or is paid after a restart") {
  auto options =
      with_rules({{"stolen", risk_outcome::block, {}, {}, risk::listed{risk::subject::payer, {"alice"}, {}}}});
  options.channels[0].concurrency_max = 1;
  sim::world w(options);
  auto& c = w.connect();
  for (int i = 0; i < 5; ++i) {
    const reply r = w.ask(c, pay("A-" + std::to_string(i)));
    CHECK(r.code == errc::risk_blocked);
    CHECK(order_in(r).state == order_state::failed);
    CHECK(order_in(r).attempts.empty());
    CHECK(order_in(r).risk_rule == "stolen");
  }
  auto by_bob = pay("B-1");
  by_bob.payer = "bob";
  CHECK(w.ask(c, by_bob).code == errc::ok);
  w.crash();
  auto& again = w.connect();
  CHECK(w.ask(again, pay("A-0")).code == errc::risk_blocked);
  CHECK(w.ask(again, pay("A-0")).duplicate);
  CHECK(balance_of(balances(w, again), "channel/alpha/receivable") == 10'000 - 20);
}

TEST_CASE("What its payer confirms goes on, whoever crashed in between, and is paid once") {
  sim::world w(with_rules({large()}));
  const reply first = w.ask(w.connect(), pay("A-1", 20'000));
  CHECK(first.code == errc::step_up_required);
  CHECK(order_in(first).state == order_state::confirming);
  CHECK(order_in(first).confirm_before > w.clock().now());
  w.crash();
  auto& c = w.connect();
  CHECK(w.ask(c, query("A-1")).code == errc::step_up_required);
  CHECK(w.ask(c, confirm("A-1", 20'000, false)).code == errc::wrong_confirmation);
  CHECK(balances(w, c).empty());
  const reply paid = w.ask(c, confirm("A-1", 20'000));
  CHECK(paid.code == errc::ok);
  CHECK(order_in(paid).state == order_state::paid);
  CHECK(w.ask(c, confirm("A-1", 20'000)).duplicate);
  CHECK(balance_of(balances(w, c), "channel/alpha/receivable") == 20'000 - 40);
}

TEST_CASE("Loss prevented: a step-up that nobody confirms outlives its time, or a restart gives it a new one") {
  sim::world w(with_rules({large()}));
  const reply first = w.ask(w.connect(), pay("A-1", 20'000));
  const instant before = order_in(first).confirm_before;
  w.run_for(30'000);
  w.crash();
  CHECK(order_in(w.ask(w.connect(), query("A-1"))).confirm_before == before);
  w.run_for(33'000);
  const reply late = w.ask(w.connect(), query("A-1"));
  CHECK(late.code == errc::step_up_expired);
  CHECK(w.ask(w.connect(), confirm("A-1", 20'000)).code == errc::nothing_to_confirm);
}

TEST_CASE("Loss prevented: a restart forgets what was counted, and a stolen card pays again") {
  sim::world w(with_rules({{"often", risk_outcome::block, {}, {}, risk::velocity{risk::subject::card, 600, 3, {}}}}));
  const auto by = [](std::string_view order, std::string_view which) {
    auto c = pay(order);
    c.card = which;
    return c;
  };
  for (int i = 0; i < 3; ++i) {
    CHECK(w.ask(w.connect(), by("A-" + std::to_string(i), "tok_1")).code == errc::ok);
    w.crash();
  }
  auto& c = w.connect();
  CHECK(w.ask(c, by("A-3", "tok_1")).code == errc::risk_blocked);
  CHECK(w.ask(c, by("A-4", "tok_2")).code == errc::ok);
  CHECK(w.ask(c, by("A-0", "tok_1")).duplicate); // what exists is answered
  w.run_for(700'000);
  CHECK(w.ask(c, by("A-5", "tok_1")).code == errc::ok);
}

TEST_CASE("What no channel takes, or is sent again, isn't counted") {
  sim::world w(with_rules({{"often", risk_outcome::block, {}, {}, risk::velocity{risk::subject::payer, 600, 2, {}}}}));
  auto& c = w.connect();
  auto unserved = pay("A-1");
  unserved.method = *method_id::parse("cheque");
  for (int i = 0; i < 5; ++i)
    CHECK(w.ask(c, unserved).code == errc::no_channel);
  for (int i = 0; i < 5; ++i)
    CHECK(w.ask(c, pay("B-1")).code == errc::ok);
  CHECK(w.ask(c, pay("B-2")).code == errc::ok);
  CHECK(w.ask(c, pay("B-3")).code == errc::risk_blocked);
}

TEST_CASE("Two clicks on a payment that has to be confirmed are one order, and both are told") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    sim::world w(with_rules({large()}, seed));
    auto& one = w.connect();
    auto& two = w.connect();
    const auto first = one.send({0, 0, pay("A-1", 20'000)});
    const auto second = two.send({0, 0, pay("A-1", 20'000)});
    REQUIRE(w.run_until([&] { return one.reply_to(first) && two.reply_to(second); }));
    CHECK(one.reply_to(first)->code == errc::step_up_required);
    CHECK(two.reply_to(second)->code == errc::step_up_required);
    const auto yes = one.send({0, 0, confirm("A-1", 20'000)});
    const auto yes_again = two.send({0, 0, confirm("A-1", 20'000)});
    REQUIRE(w.run_until([&] { return one.reply_to(yes) && two.reply_to(yes_again); }));
    CHECK(one.reply_to(yes)->code == errc::ok);
    CHECK(two.reply_to(yes_again)->code == errc::ok);
    CHECK(balance_of(balances(w, one), "channel/alpha/receivable") == 20'000 - 40);
  }
}
