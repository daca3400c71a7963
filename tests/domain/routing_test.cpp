#include "actors/domain/routing.hpp"

#include "schema/limits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>

using namespace oncepay;

namespace {

const currency cny = *parse_currency("CNY");
const method_id card = *method_id::parse("card");

channel_snapshot make_channel(std::string_view id, uint32_t priority = 100, uint32_t cost_ppm = 2'000) {
  channel_snapshot c;
  c.terms.channel = *channel_id::parse(id);
  c.terms.methods = {card};
  c.terms.currencies = {cny};
  c.terms.priority = priority;
  c.terms.cost_rate_ppm = cost_ppm;
  c.on = true;
  return c;
}

struct routing_world {
  std::vector<channel_snapshot> channels;
  merchant_terms merchant;
  route_question question;

  routing_world() {
    merchant.merchant = *merchant_id::parse("m1");
    merchant.fee_rate_ppm = 6'000;
    question.merchant = merchant.merchant;
    question.order_no = *order_no::parse("A-7");
    question.attempt_number = 1;
    question.amount = {10'000, cny};
    question.method = card;
    ask_as("A-7");
  }

  void ask_as(std::string_view number) {
    question.order_no = *order_no::parse(number);
    question.attempt = make_attempt_id("test", question.merchant, question.order_no, question.attempt_number);
  }

  route_answer choose(std::vector<channel_id> busy = {}) const {
    std::vector<const channel_snapshot*> all;
    for (const auto& c : channels)
      all.push_back(&c);
    return choose_channel(question, &merchant, all, busy, 42);
  }

  static verdict verdict_on(const route_answer& a, std::string_view id) {
    for (const candidate& c : a.candidates)
      if (c.channel.str() == id)
        return c.verdict;
    FAIL("no such candidate");
    return verdict::chosen;
  }
};

} // namespace

TEST_CASE("The lowest priority number is tried first, then the cheaper channel") {
  routing_world w;
  w.channels = {make_channel("dear", 10, 9'000), make_channel("cheap", 10, 1'000), make_channel("backup", 20, 100)};
  auto a = w.choose();
  CHECK(a.chosen.str() == "cheap");
  CHECK(a.cost_minor == 10);
  CHECK(a.fee_minor == 60);
  CHECK(a.terms_position == 42);
  CHECK(w.verdict_on(a, "dear") == verdict::ranked_lower);
  CHECK(a.candidates.size() == 3);
}

TEST_CASE("Every candidate that is passed over has its reason") {
  routing_world w;
  w.channels = {make_channel("off"),   make_channel("method"), make_channel("currency"), make_channel("small"),
                make_channel("large"), make_channel("tried"),  make_channel("white"),    make_channel("gray"),
                make_channel("busy"),  make_channel("good")};
  w.channels[0].on = false;
  w.channels[1].terms.methods = {*method_id::parse("wallet")};
  w.channels[2].terms.currencies = {*parse_currency("USD")};
  w.channels[3].terms.amount_minor_min = 10'001;
  w.channels[4].terms.amount_minor_max = 9'999;
  w.question.tried = {*channel_id::parse("tried")};
  w.channels[6].terms.merchants_allowed = {*merchant_id::parse("other")};
  w.channels[7].terms.gray_ppm = 0;
  auto a = w.choose({*channel_id::parse("busy")});
  CHECK(a.chosen.str() == "good");
  const std::map<std::string, verdict> expected = {{"off", verdict::switched_off},
                                                   {"method", verdict::method},
                                                   {"currency", verdict::currency},
                                                   {"small", verdict::amount_too_small},
                                                   {"large", verdict::amount_too_large},
                                                   {"tried", verdict::already_tried},
                                                   {"white", verdict::not_white_listed},
                                                   {"gray", verdict::outside_gray},
                                                   {"busy", verdict::busy},
                                                   {"good", verdict::chosen}};
  for (const auto& [id, why] : expected) {
    CAPTURE(id);
    CHECK(w.verdict_on(a, id) == why);
  }
}

TEST_CASE("Without a channel the refusal says whether it is worth trying again") {
  routing_world w;
  CHECK(w.choose().refusal == static_cast<uint16_t>(errc::no_channel));
  w.channels = {make_channel("off"), make_channel("busy")};
  w.channels[0].on = false;
  CHECK(w.choose({*channel_id::parse("busy")}).refusal == static_cast<uint16_t>(errc::channel_busy));
  w.channels.pop_back();
  CHECK(w.choose().refusal == static_cast<uint16_t>(errc::no_channel));
}

TEST_CASE("An unknown merchant is refused, a suspended one gets its open orders finished") {
  routing_world w;
  w.channels = {make_channel("alpha")};
  CHECK(choose_channel(w.question, nullptr, {}, {}, 1).refusal == static_cast<uint16_t>(errc::unknown_merchant));
  w.merchant.suspended = true;
  CHECK(w.choose().refusal == static_cast<uint16_t>(errc::merchant_suspended));
  w.question.attempt_number = 2;
  CHECK(w.choose().chosen.str() == "alpha");
}

TEST_CASE("Loss prevented: a channel takes the money and its cost is too large to be posted") {
  routing_world w;
  w.channels = {make_channel("absurd"), make_channel("good", 200)};
  w.channels[0].terms.cost_fixed_minor = limits::amount_minor_max;
  auto a = w.choose();
  CHECK(a.chosen.str() == "good");
  CHECK(w.verdict_on(a, "absurd") == verdict::amount_too_large);
}

TEST_CASE("An unstable channel is ranked behind stable ones but still serves when it is alone") {
  routing_world w;
  w.channels = {make_channel("first", 1), make_channel("second", 2)};
  w.channels[0].unstable = true;
  CHECK(w.choose().chosen.str() == "second");
  w.channels.pop_back();
  CHECK(w.choose().chosen.str() == "first");
}

TEST_CASE("A white-listed merchant passes a channel that is not released to others yet") {
  routing_world w;
  w.channels = {make_channel("new")};
  w.channels[0].terms.gray_ppm = 0;
  w.channels[0].terms.merchants_allowed = {w.merchant.merchant};
  CHECK(w.choose().chosen.str() == "new");
}

TEST_CASE("Weights share the traffic among equals, and the same attempt always gets the same answer") {
  routing_world w;
  w.channels = {make_channel("one"), make_channel("three")};
  w.channels[1].terms.weight = 3;
  std::map<std::string, int> chosen;
  for (int i = 0; i < 2'000; ++i) {
    w.ask_as("A-" + std::to_string(i));
    auto a = w.choose();
    CHECK(a == w.choose());
    ++chosen[a.chosen.str()];
  }
  // Fixed order numbers: the draw is a hash, so these are the same counts on every run.
  CHECK(chosen["three"] > 1'400);
  CHECK(chosen["three"] < 1'600);
}

TEST_CASE("A gray share is drawn per order: its attempts agree") {
  routing_world w;
  w.channels = {make_channel("gray")};
  w.channels[0].terms.gray_ppm = 250'000;
  int in = 0;
  for (int i = 0; i < 2'000; ++i) {
    w.question.attempt_number = 1;
    w.ask_as("A-" + std::to_string(i));
    const bool first = w.choose().refusal == 0;
    w.question.attempt_number = 2;
    w.ask_as("A-" + std::to_string(i));
    CHECK(first == (w.choose().refusal == 0));
    in += first ? 1 : 0;
  }
  CHECK(in > 400);
  CHECK(in < 600);
}

TEST_CASE("A fee is at least the minimum and never above the amount") {
  merchant_terms t;
  t.fee_rate_ppm = 6'000;
  t.fee_minimum_minor = 10;
  CHECK(fee_minor(t, {100'000, cny}) == 600);
  CHECK(fee_minor(t, {100, cny}) == 10);
  CHECK(fee_minor(t, {4, cny}) == 4);
  CHECK(rc::check("fee within the amount", [] {
    merchant_terms any;
    any.fee_rate_ppm = *rc::gen::inRange<uint32_t>(0, limits::rate_ppm_max + 1);
    any.fee_minimum_minor = *rc::gen::inRange<int64_t>(0, 1'000);
    const auto amount = *rc::gen::inRange<int64_t>(1, limits::amount_minor_max);
    const auto fee = fee_minor(any, {amount, cny});
    RC_ASSERT(fee >= 0);
    RC_ASSERT(fee <= amount);
  }));
}

TEST_CASE("What an operator switched off for a merchant or method gets no channel, the further attempt either") {
  routing_world w;
  w.channels = {make_channel("alpha")};
  std::vector<const channel_snapshot*> all{&w.channels[0]};
  for (const uint32_t attempt_number : {1u, 2u}) {
    w.question.attempt_number = attempt_number;
    const route_answer a = choose_channel(w.question, &w.merchant, all, {}, 42, true);
    CHECK(a.chosen.empty());
    CHECK(a.refusal == static_cast<uint16_t>(errc::switched_off));
    CHECK(a.terms_position == 42);
  }
  CHECK(choose_channel(w.question, nullptr, all, {}, 42, true).refusal ==
        static_cast<uint16_t>(errc::unknown_merchant));
}
