#include "actors/domain/risk.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <deque>

using namespace oncepay;
using namespace oncepay::risk;

namespace {

const currency yuan = *parse_currency("CNY");
const currency yen = *parse_currency("JPY");
const merchant_id shop = *merchant_id::parse("shop");
const method_id by_card = *method_id::parse("card");
constexpr instant start{1'767'268'800 * ns_per_s};

hash128 token(std::string_view text) {
  return hash_parts_128({text});
}

question asked(int64_t minor = 100, std::optional<std::string_view> payer = "alice") {
  question q{shop, by_card, {minor, yuan}, std::nullopt, std::nullopt};
  if (payer)
    q.payer = token(*payer);
  return q;
}

rules with(std::vector<rule> all) {
  rules r;
  r.version = "v1";
  r.all = std::move(all);
  return hashed(std::move(r), token);
}

risk_answer ask(const rules& r, const question& q, instant at = start) {
  counts c(r);
  return assess(r, c, at, q);
}

} // namespace

TEST_CASE("The first rule that applies decides, and is named; what none applies to passes") {
  const rules r = with({{"known", risk_outcome::pass, {}, {}, listed{subject::payer, {"alice"}, {}}},
                        {"black", risk_outcome::block, {}, {}, listed{subject::payer, {"alice", "mallory"}, {}}},
                        {"large", risk_outcome::step_up, {}, {}, above{{1'000, yuan}}}});
  CHECK(ask(r, asked(5'000)).rule == "known");
  CHECK(ask(r, asked(5'000)).outcome == risk_outcome::pass);
  CHECK(ask(r, asked(1, "mallory")).outcome == risk_outcome::block);
  const risk_answer large = ask(r, asked(1'001, "bob"));
  CHECK(large.outcome == risk_outcome::step_up);
  CHECK(large.rule == "large");
  CHECK(large.version == "v1");
  CHECK(large.confirm_within_ms == r.confirm_within_ms);
  CHECK(large.wrong_max == r.wrong_max);
  const risk_answer small = ask(r, asked(1'000, "bob"));
  CHECK(small == risk_answer{risk_outcome::pass, "", "v1", 0, 0});
  question in_yen = asked(5'000, "bob");
  in_yen.amount.currency = yen;
  CHECK(ask(r, in_yen).outcome == risk_outcome::pass);
}

TEST_CASE("No name is left in rules that are applied") {
  const rules r = with({{"black", risk_outcome::block, {}, {}, listed{subject::payer, {"alice"}, {}}}});
  CHECK(std::get<listed>(r.all[0].when).names.empty());
  CHECK(std::get<listed>(r.all[0].when).who.size() == 1);
}

TEST_CASE("A payer and a card of the same name are two, and merchants are listed by their ids") {
  const rules r = with({{"cards", risk_outcome::block, {}, {}, listed{subject::card, {"alice"}, {}}},
                        {"shops", risk_outcome::step_up, {}, {}, listed{subject::merchant, {"shop"}, {}}}});
  CHECK(ask(r, asked()).rule == "shops");
  question q = asked();
  q.card = token(card_text("alice"));
  CHECK(ask(r, q).rule == "cards");
}

TEST_CASE("Rules are about some merchants and methods; where none is about a payment nobody need be asked") {
  const rules r = with({{"one", risk_outcome::block, {shop}, {by_card}, always{}}});
  const auto other = *merchant_id::parse("other");
  const auto wallet = *method_id::parse("wallet");
  CHECK(r.concern(shop, by_card));
  CHECK_FALSE(r.concern(other, by_card));
  CHECK_FALSE(r.concern(shop, wallet));
  question q = asked();
  q.merchant = other;
  CHECK(ask(r, q).outcome == risk_outcome::pass);
}

TEST_CASE("Loss prevented: who names no payer escapes the rules about payers") {
  const rules r = with({{"unnamed", risk_outcome::step_up, {}, {}, unnamed{subject::payer}},
                        {"often", risk_outcome::block, {}, {}, velocity{subject::payer, 60, 1, std::nullopt}}});
  CHECK(ask(r, asked(1, std::nullopt)).rule == "unnamed");
  CHECK(ask(r, asked()).outcome == risk_outcome::pass);
}

TEST_CASE("Payments within a time are counted, this one included, and forgotten after it") {
  const rules r = with({{"often", risk_outcome::block, {}, {}, velocity{subject::payer, 60, 2, std::nullopt}}});
  counts c(r);
  CHECK(assess(r, c, start, asked()).outcome == risk_outcome::pass);
  CHECK(assess(r, c, start, asked()).outcome == risk_outcome::pass);
  CHECK(assess(r, c, start, asked()).outcome == risk_outcome::block);
  CHECK(assess(r, c, start, asked(1, "bob")).outcome == risk_outcome::pass); // counted by himself
  CHECK(assess(r, c, plus_ms(start, 59'999), asked()).outcome == risk_outcome::block);
  // What was stopped counts too; a window later, and the part that goes as a whole, all is forgotten.
  CHECK(assess(r, c, plus_ms(start, 59'999 + 60'000 + 4'000), asked()).outcome == risk_outcome::pass);
}

TEST_CASE("Sums are counted in the rule's currency") {
  const rules r = with({{"much", risk_outcome::step_up, {}, {}, velocity{subject::payer, 60, 0, money{1'000, yuan}}}});
  counts c(r);
  CHECK(assess(r, c, start, asked(600)).outcome == risk_outcome::pass);
  question in_yen = asked(900'000);
  in_yen.amount.currency = yen;
  CHECK(assess(r, c, start, in_yen).outcome == risk_outcome::pass);
  CHECK(assess(r, c, start, asked(400)).outcome == risk_outcome::pass);
  CHECK(assess(r, c, start, asked(1)).outcome == risk_outcome::step_up);
  CHECK(assess(r, c, start, asked(limits::amount_minor_max)).outcome == risk_outcome::step_up);
}

TEST_CASE("Loss prevented: a count that is too small lets a stolen card pay once more") {
  CHECK(rc::check("never fewer than there were within the window", [] {
    const auto within_s = *rc::gen::inRange<uint32_t>(1, 100);
    const rules r = with({{"v", risk_outcome::block, {}, {}, velocity{subject::payer, within_s, 5, std::nullopt}}});
    counts c(r);
    std::deque<instant> paid;
    instant now = start;
    for (int i = 0; i < 200; ++i) {
      now = plus_ms(now, *rc::gen::inRange<int64_t>(0, int64_t{within_s} * 400));
      while (!paid.empty() && paid.front().ns <= now.ns - int64_t{within_s} * ns_per_s)
        paid.pop_front();
      const bool passes = assess(r, c, now, asked()).outcome == risk_outcome::pass;
      RC_ASSERT(!(passes && paid.size() + 1 > 5));
      paid.push_back(now);
    }
  }));
}

TEST_CASE("Loss prevented: beyond the bound of what can be counted everybody passes") {
  const rules r = with({{"v", risk_outcome::step_up, {}, {}, velocity{subject::payer, 60, 5, std::nullopt}}});
  counts c(r);
  for (size_t i = 0; i < limits::risk_keys_max; ++i)
    c.add(r, start, asked(1, std::to_string(i)));
  CHECK(c.keys() == limits::risk_keys_max);
  CHECK(assess(r, c, start, asked(1, "one more")).outcome == risk_outcome::step_up);
  CHECK(assess(r, c, start, asked(1, "7")).outcome == risk_outcome::pass);
  CHECK(c.keys() == limits::risk_keys_max);
  // Two windows later there is room again.
  const instant later = plus_ms(start, 130'000);
  assess(r, c, later, asked(1, "7"));
  CHECK(c.keys() == 1);
}

TEST_CASE("The same payments give the same counts, in one go or counted from the log in between") {
  const rules r = with({{"v", risk_outcome::block, {}, {}, velocity{subject::merchant, 60, 3, std::nullopt}}});
  counts live(r);
  counts folded(r);
  for (int i = 0; i < 3; ++i) {
    assess(r, live, plus_ms(start, i), asked());
    folded.add(r, plus_ms(start, i), asked());
  }
  CHECK(assess(r, live, plus_ms(start, 5), asked()) == assess(r, folded, plus_ms(start, 5), asked()));
}
