// What is settled is asked about again: from the entity to the bank and back, behind everybody else.
#include "tests/actors/town.hpp"

#include "schema/limits.hpp"

#include <map>
#include <memory>

using namespace oncepay;
using namespace oncepay::test;

namespace {

/// Pays whatever it is sent; what it says of that later is each test's.
struct second_thoughts {
  std::map<std::string, uint32_t> asked;
  std::optional<enquiry_answer> answer = enquiry_answer{1'000, false, reply_class::succeeded, "OK"};
  int64_t pays_after_us = 1'000;
  reply_class refunds = reply_class::succeeded; ///< What it says of a refund at first.
};

class wavering_bank final : public bank {
public:
  explicit wavering_bank(std::shared_ptr<second_thoughts> t) : thoughts_(std::move(t)) {}
  bank_deed receive(instant, const submit_effect&, uint32_t) override {
    return {true, {{thoughts_->pays_after_us, reply_class::succeeded, "OK"}}, true};
  }
  std::optional<enquiry_answer> enquire(instant, const channel_request_effect& what) override {
    ++thoughts_->asked[what.id.str()];
    return thoughts_->answer;
  }
  std::optional<enquiry_answer> reverse(instant, const channel_request_effect&) override { return std::nullopt; }
  bank_deed refund(instant, const channel_request_effect&) override {
    return {true, {{1'000, thoughts_->refunds, "SAID"}}, true};
  }
  std::optional<enquiry_answer> close(instant, const channel_request_effect&) override { return std::nullopt; }
  tl::expected<void, std::string> flush() override { return {}; }
  void configure(const channel_terms&) override {}

private:
  std::shared_ptr<second_thoughts> thoughts_;
};

sim::world_options wavering_town(const std::shared_ptr<second_thoughts>& t, channel_terms terms = channel("alpha")) {
  auto options = town({std::move(terms)});
  options.open_bank = [t](const channel_terms&) -> tl::expected<bank_ptr, std::string> {
    return std::make_unique<wavering_bank>(t);
  };
  return options;
}

channel_terms drawn(channel_terms t) {
  t.check_ppm = 1'000'000;
  t.check_after_ms = 30'000;
  return t;
}

check_order_command check(std::string_view order) {
  return {*merchant_id::parse("m1"), *order_no::parse(order), {}, "lin", "incident"};
}

uint32_t asked_about_all(const second_thoughts& t) {
  uint32_t sum = 0;
  for (const auto& [id, n] : t.asked)
    sum += n;
  return sum;
}

} // namespace

TEST_CASE("whoever checks an order is told what its channel says, and the order stays as it is") {
  auto t = std::make_shared<second_thoughts>();
  sim::world w(wavering_town(t));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  CHECK(w.ask(c, check("A-1")).code == errc::ok);
  const auto before = balances(w, c);
  t->answer = enquiry_answer{1'000, false, reply_class::failed_final, "REVOKED"};
  const reply disagrees = w.ask(c, check("A-1"));
  CHECK(disagrees.code == errc::check_disagrees);
  CHECK(order_in(disagrees).state == order_state::paid);
  CHECK(w.ask(c, query("A-1")).code == errc::ok);
  const auto after = balances(w, c);
  CHECK(balance_of(after, "merchant/m1/pending") == balance_of(before, "merchant/m1/pending"));
  CHECK(sum_of(after) == 0);
  t->answer.reset();
  CHECK(w.ask(c, check("A-1")).code == errc::check_unanswered);
  CHECK(w.ask(c, check("A-2")).code == errc::unknown_order);
}

TEST_CASE("Loss prevented: a refund that was denied and made is found by nobody, and given back once more") {
  auto t = std::make_shared<second_thoughts>();
  t->refunds = reply_class::failed_final;
  sim::world w(wavering_town(t, drawn(channel("alpha"))));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  const refund_command back{
      *merchant_id::parse("m1"), *order_no::parse("A-1"), *order_no::parse("R-1"), {10'000, cny}, "test"};
  REQUIRE(w.ask(c, back).code == errc::refund_failed);
  const auto before = balances(w, c);
  // The truth comes when nobody asked for it is there any more: a process later, by the check alone.
  w.kill();
  w.begin();
  w.run_for(120'000);
  CHECK(asked_about_all(*t) == 2); // the payment, whose money never went back, and the refund
  auto& later = w.connect();
  const reply found = w.ask(later, check("A-1"));
  CHECK(found.code == errc::check_disagrees);
  CHECK(order_in(found).refunds.at(0).state == refund_state::failed);
  CHECK(balance_of(balances(w, later), "merchant/m1/pending") == balance_of(before, "merchant/m1/pending"));
}

TEST_CASE("Loss prevented: what was drawn is asked about again by each process that is started") {
  auto t = std::make_shared<second_thoughts>();
  sim::world w(wavering_town(t, drawn(channel("alpha"))));
  REQUIRE(w.ask(w.connect(), pay("A-1")).code == errc::ok);
  w.kill();
  w.begin();
  w.run_for(20'000);
  CHECK(asked_about_all(*t) == 0); // its date outlives the process
  w.run_for(20'000);
  CHECK(asked_about_all(*t) == 1);
  w.kill();
  w.begin();
  w.run_for(120'000);
  CHECK(asked_about_all(*t) == 1);
  CHECK(w.ask(w.connect(), query("A-1")).code == errc::ok);
}

TEST_CASE("a check that a crash interrupts is over, and isn't made again") {
  auto t = std::make_shared<second_thoughts>();
  t->answer.reset();
  sim::world w(wavering_town(t, drawn(channel("alpha"))));
  REQUIRE(w.ask(w.connect(), pay("A-1")).code == errc::ok);
  while (asked_about_all(*t) == 0)
    w.run_for(100);
  w.kill();
  w.begin();
  w.run_for(2 * limits::check_wait_ms_max);
  CHECK(asked_about_all(*t) == 1);
}

TEST_CASE("Loss prevented: a check takes the permit that a payment wants") {
  auto t = std::make_shared<second_thoughts>();
  auto narrow = channel("alpha");
  narrow.concurrency_max = 2;
  sim::world w(wavering_town(t, narrow));
  auto& c = w.connect();
  REQUIRE(w.ask(c, pay("A-1")).code == errc::ok);
  t->pays_after_us = 800'000;
  // While one payment is under way, the other permit is for the next one.
  const uint64_t slow = c.send({0, 0, pay("A-2")});
  w.run_for(100);
  const uint64_t checking = c.send({0, 0, check("A-1")});
  w.run_for(500);
  CHECK(asked_about_all(*t) == 0);
  CHECK(c.reply_to(checking) == nullptr);
  w.run_for(1'500);
  REQUIRE(c.reply_to(slow) != nullptr);
  CHECK(c.reply_to(slow)->code == errc::ok);
  CHECK(asked_about_all(*t) == 1);
  REQUIRE(c.reply_to(checking) != nullptr);
  CHECK(c.reply_to(checking)->code == errc::ok);
}
