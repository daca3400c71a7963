// Refunds, closes, expiry and reversals from the wire to the bank and back: what the shells around the rules must not
// lose.
#include "tests/actors/town.hpp"

#include "actors/virtual_bank.hpp"
#include "schema/limits.hpp"

#include <map>
#include <memory>

using namespace oncepay;
using namespace oncepay::test;

namespace {

refund_command refund(std::string_view order, std::string_view number, int64_t amount_minor,
                      std::string_view merchant_name = "m1") {
  return {
      *merchant_id::parse(merchant_name), *order_no::parse(order), *order_no::parse(number), {amount_minor, cny}, ""};
}

close_command close(std::string_view order) {
  return {*merchant_id::parse("m1"), *order_no::parse(order), "test"};
}

const refund_view& only_refund_in(const reply& r) {
  REQUIRE(order_in(r).refunds.size() == 1);
  return order_in(r).refunds[0];
}

/// Pays at once, or stays silent about it; does with refunds and closes as it is told, and remembers them.
struct told {
  bool answers_payments = true;
  bool payers_confirm = false; ///< It answers that the payer is asked first.
  bool answers_refunds = true;
  bool refunds_move = true;
  int64_t refunds_take_us = 1'000;
  std::optional<enquiry_answer> to_enquiries = enquiry_answer{1'000, false, reply_class::succeeded, "OK"};
  std::optional<enquiry_answer> to_closes = enquiry_answer{1'000, false, reply_class::failed_final, "CLOSED"};
  std::map<std::string, int> refunds; ///< How often each was received.
  int closes = 0;
  std::optional<enquiry_answer> to_reversals = enquiry_answer{1'000, false, reply_class::succeeded, "REVERSED"};
  int reversals = 0;
};

class told_bank final : public bank {
public:
  explicit told_bank(std::shared_ptr<told> t) : t_(std::move(t)) {}
  bank_deed receive(instant, const submit_effect&, uint32_t) override {
    if (!t_->answers_payments)
      return {};
    if (t_->payers_confirm)
      return {false, {{1'000, reply_class::payer_confirming, "USERPAYING"}}};
    return {true, {{1'000, reply_class::succeeded, "OK"}}};
  }
  bank_deed refund(instant, const channel_request_effect& what) override {
    ++t_->refunds[what.id.str()];
    if (!t_->answers_refunds)
      return {t_->refunds_move, {}};
    return {t_->refunds_move,
            {{t_->refunds_take_us, t_->refunds_move ? reply_class::succeeded : reply_class::failed_final,
              t_->refunds_move ? "OK" : "NO"}}};
  }
  std::optional<enquiry_answer> close(instant, const channel_request_effect&) override {
    ++t_->closes;
    return t_->to_closes;
  }
  std::optional<enquiry_answer> reverse(instant, const channel_request_effect&) override {
    ++t_->reversals;
    return t_->to_reversals;
  }
  std::optional<enquiry_answer> enquire(instant, const channel_request_effect&) override { return t_->to_enquiries; }
  tl::expected<void, std::string> flush() override { return {}; }
  void configure(const channel_terms&) override {}

private:
  std::shared_ptr<told> t_;
};

sim::world_options town_of(const std::shared_ptr<told>& t, uint32_t reply_within_ms = 1'000) {
  auto terms = channel("alpha");
  terms.enquire_after_ms = 10'000;
  terms.reply_within_ms = reply_within_ms;
  auto options = town({terms});
  options.open_bank = [t](const channel_terms&) -> tl::expected<bank_ptr, std::string> {
    return std::make_unique<told_bank>(t);
  };
  return options;
}

} // namespace

TEST_CASE("A refund goes to the order's own channel, and our books and its bank agree") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  const reply r = w.ask(c, refund("A-1", "R-1", 6'000));
  CHECK(r.code == errc::ok);
  CHECK_FALSE(r.duplicate);
  CHECK(only_refund_in(r).state == refund_state::succeeded);
  CHECK(only_refund_in(r).fee_returned_minor == 36);
  CHECK(label_of(order_in(r)) == "partly_refunded");
  const auto all = balances(w, c);
  CHECK(sum_of(all) == 0);
  CHECK(balance_of(all, "channel/alpha/receivable") == 10'000 - 6'000 - 20);
  CHECK(balance_of(all, "merchant/m1/pending") == -(10'000 - 60 - 6'000 + 36));
  CHECK(balance_of(all, "platform/fees") == -24);
  CHECK(balance_of(all, "transit") == 0);
}

TEST_CASE("Loss prevented: a refund that waits for its turn goes to a channel that was switched off meanwhile") {
  auto t = std::make_shared<told>();
  t->refunds_take_us = 500'000;
  auto options = town_of(t);
  options.channels.at(0).concurrency_max = 1;
  sim::world w(std::move(options));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  REQUIRE(w.ask(c, pay("A-2")).code == errc::ok);
  const auto first = c.send({0, 0, refund("A-1", "R-1", 6'000)});
  const auto second = c.send({0, 0, refund("A-2", "R-2", 6'000)});
  w.run_for(100);
  REQUIRE(t->refunds.size() == 1);
  REQUIRE(w.ask(c, switch_channel_command{*channel_id::parse("alpha"), false, "ann", "test"}).code == errc::ok);
  REQUIRE(w.run_until([&] { return c.reply_to(first) != nullptr && c.reply_to(second) != nullptr; }));
  CHECK(t->refunds.size() == 1);
  CHECK((c.reply_to(first)->code == errc::ok) != (c.reply_to(second)->code == errc::ok));
  CHECK((c.reply_to(first)->code == errc::refund_failed) != (c.reply_to(second)->code == errc::refund_failed));
}

TEST_CASE("Loss prevented: two refunds of 60 on 100 that race both pass") {
  sim::world w(town({slow(channel("alpha"), 200)}));
  auto& a = w.connect();
  auto& b = w.connect();
  REQUIRE(w.ask(a, pay("A-1")).code == errc::ok);
  const auto first = a.send({0, 0, refund("A-1", "R-1", 6'000)});
  const auto second = b.send({0, 0, refund("A-1", "R-2", 6'000)});
  REQUIRE(w.run_until([&] { return a.reply_to(first) != nullptr && b.reply_to(second) != nullptr; }));
  const errc one = a.reply_to(first)->code;
  const errc other = b.reply_to(second)->code;
  CHECK((one == errc::ok) != (other == errc::ok));
  CHECK((one == errc::refund_too_large || other == errc::refund_too_large));
  CHECK(order_in(w.ask(a, query("A-1"))).refunded_minor == 6'000);
}

TEST_CASE("Loss prevented: a refund that is sent twice is paid back twice") {
  auto t = std::make_shared<told>();
  sim::world w(town_of(t));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  // In one go, before anything is durable; and once more when all is done.
  const auto first = c.send({0, 0, refund("A-1", "R-1", 4'000)});
  const auto second = c.send({0, 0, refund("A-1", "R-1", 4'000)});
  REQUIRE(w.run_until([&] { return c.reply_to(first) != nullptr && c.reply_to(second) != nullptr; }));
  CHECK(c.reply_to(first)->code == errc::ok);
  CHECK(c.reply_to(second)->code == errc::ok);
  const reply again = w.ask(c, refund("A-1", "R-1", 4'000));
  CHECK(again.code == errc::ok);
  CHECK(again.duplicate);
  REQUIRE(t->refunds.size() == 1);
  CHECK(t->refunds.begin()->second == 1);
  CHECK(w.ask(c, refund("A-1", "R-1", 4'001)).code == errc::refund_conflict);
}

TEST_CASE("Loss prevented: one refund number gives money back for two orders") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  REQUIRE(w.ask(c, pay("A-2")).code == errc::ok);
  REQUIRE(w.ask(c, pay("A-3", 10'000, "m2")).code == errc::ok);
  CHECK(w.ask(c, refund("A-1", "R-1", 10'000)).code == errc::ok);
  CHECK(w.ask(c, refund("A-2", "R-1", 10'000)).code == errc::refund_conflict);
  // Another merchant's numbers are its own.
  CHECK(w.ask(c, refund("A-3", "R-1", 10'000, "m2")).code == errc::ok);
}

TEST_CASE("A refund that is refused leaves its number free and writes nothing") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  const uint64_t before = w.log().head().position;
  CHECK(w.ask(c, refund("NONE", "R-1", 10'000)).code == errc::unknown_order);
  CHECK(w.ask(c, refund("A-1", "R-1", 10'001)).code == errc::refund_too_large);
  CHECK(w.log().head().position == before);
  CHECK(w.ask(c, refund("A-1", "R-1", 10'000)).code == errc::ok);
}

TEST_CASE("Loss prevented: a refund whose answer is lost counts as failed and is paid back again") {
  for (bool moved : {true, false}) {
    CAPTURE(moved);
    auto t = std::make_shared<told>();
    t->answers_refunds = false;
    t->refunds_move = moved;
    t->to_enquiries = enquiry_answer{1'000, false, moved ? reply_class::succeeded : reply_class::failed_final, "SAYS"};
    sim::world w(town_of(t));
    auto& c = w.connect();
    REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
    CHECK(w.ask(c, refund("A-1", "R-1", 10'000)).code == errc::refund_in_doubt);
    // Its money is held: no other number gets it meanwhile.
    CHECK(w.ask(c, refund("A-1", "R-2", 1)).code == errc::refund_too_large);
    CHECK(balance_of(balances(w, c), "transit") == -10'000);
    w.run_for(15'000);
    CHECK(w.ask(c, refund("A-1", "R-1", 10'000)).code == (moved ? errc::ok : errc::refund_failed));
    REQUIRE(t->refunds.size() == 1);
    CHECK(t->refunds.begin()->second == 1);
    const auto all = balances(w, c);
    CHECK(balance_of(all, "transit") == 0);
    CHECK(balance_of(all, "merchant/m1/pending") == (moved ? 0 : -9'940));
  }
}

TEST_CASE("Loss prevented: a crash in the middle of a refund gives money back twice, or forgets that it did") {
  for (uint64_t dies_after_steps = 0; dies_after_steps < 60; ++dies_after_steps) {
    CAPTURE(dies_after_steps);
    auto t = std::make_shared<told>();
    sim::world w(town_of(t));
    auto& before = w.connect();
    REQUIRE(w.ask(before, pay("A-1")).code == errc::ok);
    const auto id = before.send({0, 0, refund("A-1", "R-1", 10'000)});
    const uint64_t end = w.steps() + dies_after_steps;
    w.run_until([&] { return w.steps() >= end; });
    const bool acknowledged = before.reply_to(id) != nullptr && before.reply_to(id)->code == errc::ok;
    w.crash();
    // What was on its way to the bank arrives, and the bank says so when it is asked.
    t->to_enquiries =
        enquiry_answer{1'000, false, t->refunds.empty() ? reply_class::failed_final : reply_class::succeeded, "SAYS"};
    auto& c = w.connect();
    const reply r = w.ask(c, refund("A-1", "R-1", 10'000));
    if (acknowledged)
      CHECK(r.code == errc::ok);
    w.run_for(20'000);
    const reply later = w.ask(c, query("A-1"));
    REQUIRE(order_in(later).refunds.size() == 1);
    CHECK(order_in(later).refunds[0].state == (t->refunds.empty() ? refund_state::failed : refund_state::succeeded));
    CHECK(t->refunds.size() <= 1);
    if (!t->refunds.empty())
      CHECK(t->refunds.begin()->second == 1);
    CHECK(balance_of(balances(w, c), "transit") == 0);
  }
}

TEST_CASE("Loss prevented: a refund goes out on a channel that was switched off") {
  auto t = std::make_shared<told>();
  sim::world w(town_of(t));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  REQUIRE(w.ask(c, switch_channel_command{*channel_id::parse("alpha"), false, "ann", "test"}).code == errc::ok);
  CHECK(w.ask(c, refund("A-1", "R-1", 10'000)).code == errc::refund_failed);
  CHECK(t->refunds.empty());
  REQUIRE(w.ask(c, switch_channel_command{*channel_id::parse("alpha"), true, "ann", "test"}).code == errc::ok);
  CHECK(w.ask(c, refund("A-1", "R-2", 10'000)).code == errc::ok);
}

TEST_CASE("Loss prevented: an order in doubt is refunded, or closed, on a guess") {
  auto t = std::make_shared<told>();
  t->answers_payments = false;
  t->to_closes = enquiry_answer{1'000, false, reply_class::succeeded, "ALREADY_PAID"};
  sim::world w(town_of(t));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::in_doubt);
  CHECK(w.ask(c, refund("A-1", "R-1", 10'000)).code == errc::in_doubt);
  CHECK(w.ask(c, close("A-1")).code == errc::in_doubt);
  w.run_for(100);
  CHECK(t->closes == 1);
  CHECK(w.ask(c, close("A-1")).code == errc::already_paid);
  CHECK(w.ask(c, query("A-1")).code == errc::ok);
  CHECK(w.ask(c, refund("A-1", "R-1", 10'000)).code == errc::ok);
}

TEST_CASE("A close is asked again after the next enquiry where its answer is lost, and closes in the end") {
  auto t = std::make_shared<told>();
  t->answers_payments = false;
  t->to_closes.reset();
  t->to_enquiries = enquiry_answer{1'000, false, reply_class::unknown, "E"};
  sim::world w(town_of(t));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::in_doubt);
  CHECK(w.ask(c, close("A-1")).code == errc::in_doubt);
  w.run_for(5'000);
  CHECK(t->closes == 1);
  t->to_closes = enquiry_answer{1'000, false, reply_class::failed_final, "CLOSED"};
  w.run_for(30'000);
  CHECK(t->closes == 2);
  CHECK(w.ask(c, close("A-1")).code == errc::ok);
  CHECK(w.ask(c, query("A-1")).code == errc::order_closed);
  CHECK(w.ask(c, close("NONE")).code == errc::unknown_order);
}

TEST_CASE("An order that expires is closed by itself, also where the process died meanwhile") {
  for (bool dies : {false, true}) {
    CAPTURE(dies);
    auto t = std::make_shared<told>();
    t->answers_payments = false;
    t->to_enquiries = enquiry_answer{1'000, false, reply_class::unknown, "E"};
    sim::world w(town_of(t));
    auto command = pay("A-1");
    command.expires_at = plus_ms(w.clock().now(), 5'000);
    REQUIRE(w.ask(w.connect(), command).code == errc::in_doubt);
    if (dies) {
      w.kill();
      w.clock().advance_ns(60'000 * ns_per_ms);
      w.begin();
    }
    w.run_for(10'000);
    CHECK(w.ask(w.connect(), query("A-1")).code == errc::order_closed);
    CHECK(t->closes >= 1);
  }
}

TEST_CASE("Loss prevented: the virtual bank gives back more than was paid, or what it never took") {
  channel_terms terms = channel("alpha");
  auto opened = open_virtual_bank(terms);
  REQUIRE(opened);
  bank& b = **opened;
  submit_effect paid;
  paid.attempt = make_attempt_id("test", *merchant_id::parse("m1"), *order_no::parse("A"), 1);
  paid.amount = {100, cny};
  auto ask = [&](std::string_view number, int64_t amount_minor) {
    channel_request_effect e;
    e.operation = operation::refund;
    e.id = make_refund_id("test", *merchant_id::parse("m1"), *order_no::parse("A"), *order_no::parse(number));
    e.original = paid.attempt;
    e.amount = {amount_minor, cny};
    return e;
  };
  CHECK_FALSE(b.refund({1}, ask("early", 10)).money_moves);
  REQUIRE(b.receive({2}, paid, 0).money_moves);
  CHECK(b.refund({3}, ask("R-1", 60)).money_moves);
  CHECK(b.refund({4}, ask("R-1", 60)).answers.front().outcome == reply_class::succeeded); // the same: moved once
  CHECK_FALSE(b.refund({5}, ask("R-2", 60)).money_moves);
  CHECK(b.refund({6}, ask("R-3", 40)).money_moves);
  CHECK_FALSE(b.refund({7}, ask("R-4", 1)).money_moves);
}

TEST_CASE("Loss prevented: a payment that was closed at the bank is made by a request that comes late") {
  auto opened = open_virtual_bank(channel("alpha"));
  REQUIRE(opened);
  bank& b = **opened;
  submit_effect late;
  late.attempt = make_attempt_id("test", *merchant_id::parse("m1"), *order_no::parse("A"), 1);
  late.amount = {100, cny};
  channel_request_effect close;
  close.operation = operation::close;
  close.id = late.attempt;
  close.amount = late.amount;
  close.attempt_submit_before = plus_ms({1}, 60'000);
  const auto answer = b.close({1}, close);
  REQUIRE(answer);
  CHECK(answer->outcome == reply_class::failed_final);
  const bank_deed deed = b.receive({2}, late, 0);
  CHECK_FALSE(deed.money_moves);
  CHECK(deed.answers.front().outcome == reply_class::failed_final);
}

namespace {

void run_until_ms(sim::world& w, instant began, int64_t ms) {
  w.run_for(ms - (w.clock().now().ns - began.ns) / ns_per_ms);
}

} // namespace

TEST_CASE("An order that expires while its channel owes an answer to an enquiry is closed then, not after it") {
  auto t = std::make_shared<told>();
  t->answers_payments = false;
  t->to_enquiries.reset();
  t->to_closes.reset();
  sim::world w(town_of(t, 6'000));
  auto& c = w.connect();
  auto command = pay("A-1");
  const instant sent_at = w.clock().now();
  command.expires_at = plus_ms(sent_at, 20'000);
  CHECK(w.ask(c, command).code == errc::in_doubt); // after six seconds; ten later it is enquired about, for six
  run_until_ms(w, sent_at, 19'800);
  CHECK(order_in(w.ask(c, query("A-1"))).state == order_state::open);
  run_until_ms(w, sent_at, 21'000);
  CHECK(order_in(w.ask(c, query("A-1"))).state == order_state::closing);
}

TEST_CASE("Who closes a payment by code while its channel owes an answer to an enquiry has it called back in time") {
  auto t = std::make_shared<told>();
  t->payers_confirm = true;
  t->to_enquiries.reset();
  sim::world w(town_of(t, 12'000));
  auto& c = w.connect();
  auto by_code = pay("A-1");
  by_code.payer_code = "134567890123456789";
  const instant sent_at = w.clock().now();
  CHECK(w.ask(c, by_code).code == errc::in_doubt); // at once; five seconds later it is enquired about, for twelve
  run_until_ms(w, sent_at, 14'000);
  c.send({0, 0, close_command{*merchant_id::parse("m1"), *order_no::parse("A-1"), "left"}});
  run_until_ms(w, sent_at, 16'000); // half of the thirty seconds that a payer has, and a second
  CHECK(t->reversals == 1);
}

TEST_CASE("A payment by a code that stays unknown is called back, repeated while nobody answers, and then has failed") {
  auto t = std::make_shared<told>();
  t->answers_payments = false;
  t->to_enquiries = enquiry_answer{1'000, false, reply_class::payer_confirming, "USERPAYING"};
  t->to_reversals.reset();
  sim::world w(town_of(t));
  auto& c = w.connect();
  auto by_code = pay("A-1");
  by_code.payer_code = "134567890123456789";
  CHECK(w.ask(c, by_code).code == errc::in_doubt);
  w.run_for(32'000);
  CHECK(t->reversals == 1);
  CHECK(order_in(w.ask(c, query("A-1"))).attempts[0].state == attempt_state::reversing);
  SUBCASE("in one go") {}
  SUBCASE("by the next process, after a crash") {
    w.crash();
  }
  SUBCASE("also where its channel was switched off meanwhile") {
    REQUIRE(w.ask(c, switch_channel_command{*channel_id::parse("alpha"), false, "ann", "fault"}).code == errc::ok);
  }
  t->to_reversals = enquiry_answer{1'000, false, reply_class::succeeded, "REVERSED"};
  w.run_for(20'000);
  auto& again = w.connect();
  CHECK(w.ask(again, query("A-1")).code == errc::payment_failed);
  CHECK(order_in(w.ask(again, query("A-1"))).attempts[0].state == attempt_state::reversed);
  CHECK(t->reversals == 2);
  CHECK(balances(w, again).empty());
}
