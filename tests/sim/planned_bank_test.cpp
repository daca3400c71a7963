// Banks of the simulator where a plan says what each of their answers is to be.
#include "sim/bank/lying_bank.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace oncepay;
using namespace oncepay::sim;

namespace {

constexpr std::string_view here = "simulated";
constexpr instant start{1'700'000'000'000'000'000};

struct planned_bank {
  explicit planned_bank(planned_deed d) {
    d.merchant = merchant_id::trusted("m1");
    d.order_no = order_no::trusted("A-1");
    world.deeds = {std::move(d)};
    terms.channel = channel_id::trusted("alpha");
    terms.reply_within_ms = 2'000;
    all.emplace(world, here);
    bank = all->open(terms);
    what.channel = terms.channel;
    what.attempt = payment;
    what.attempt_number = 1;
    what.amount = amount;
  }

  channel_request_effect about(operation op, bool enquiry, const attempt_id& id, uint32_t nth = 1) const {
    channel_request_effect e;
    e.channel = terms.channel;
    e.operation = op;
    e.enquiry = enquiry;
    e.id = id;
    e.original = payment;
    e.nth = nth;
    e.amount = amount;
    e.paid = amount;
    return e;
  }

  const money amount{10'000, *parse_currency("CNY")};
  const attempt_id payment = make_attempt_id(here, merchant_id::trusted("m1"), order_no::trusted("A-1"), 1);
  const attempt_id back =
      make_refund_id(here, merchant_id::trusted("m1"), order_no::trusted("A-1"), order_no::trusted("R-1"));
  plan world;
  channel_terms terms;
  std::optional<banks> all;
  bank_ptr bank;
  submit_effect what;
};

} // namespace

TEST_CASE("A planned answer stands for the truth so many times, and then the truth is told") {
  planned_deed d;
  d.deed.money_moves = true;
  d.answers = {{operation::pay, answer_fault::not_found, 2}};
  planned_bank b(d);
  b.bank->receive(start, b.what, 0);
  for (const uint32_t nth : {1U, 2U})
    CHECK(b.bank->enquire(start, b.about(operation::pay, true, b.payment, nth))->outcome == reply_class::not_found);
  CHECK(b.bank->enquire(start, b.about(operation::pay, true, b.payment, 3))->outcome == reply_class::succeeded);
}

TEST_CASE("A close that isn't answered has closed, or hasn't, as planned - and where the payer still types, it ended "
          "the payment") {
  for (const bool acts : {true, false}) {
    planned_deed d;
    d.deed.money_moves = true;
    d.deed.confirms_after_us = 8'000'000;
    d.answers = {{operation::close, answer_fault::silent, 1, acts}};
    planned_bank b(d);
    b.bank->receive(start, b.what, 0);
    CHECK_FALSE(b.bank->close(plus_ms(start, 4'000), b.about(operation::close, false, b.payment)));
    CHECK(b.all->ledger().is_closed(b.payment) == acts);
    CHECK(b.all->ledger().find(b.payment)->moved != acts);
    const auto later = b.bank->enquire(plus_ms(start, 9'000), b.about(operation::pay, true, b.payment));
    CHECK(later->outcome == (acts ? reply_class::failed_final : reply_class::succeeded));
  }
}

TEST_CASE("A bank that denies it at a close has the money, and is known to have lied") {
  planned_deed d;
  d.deed.money_moves = true;
  d.answers = {{operation::close, answer_fault::denied}};
  planned_bank b(d);
  b.bank->receive(start, b.what, 0);
  CHECK(b.bank->close(start, b.about(operation::close, false, b.payment))->outcome == reply_class::failed_final);
  CHECK(b.all->ledger().find(b.payment)->moved);
  CHECK(b.all->ledger().was_denied(b.payment));
}

TEST_CASE(
    "A reversal that isn't answered has given the money back, or hasn't, as planned, and a refused one never has") {
  for (const bool acts : {true, false}) {
    planned_deed d;
    d.deed.money_moves = true;
    d.answers = {{operation::reverse, acts ? answer_fault::silent : answer_fault::refused, 1, acts}};
    planned_bank b(d);
    b.bank->receive(start, b.what, 0);
    const auto answer = b.bank->reverse(start, b.about(operation::reverse, false, b.payment));
    CHECK(answer.has_value() != acts);
    CHECK(b.all->ledger().find(b.payment)->given_back == acts);
  }
}

TEST_CASE("A late answer comes after the reply window, and a refund that is still being booked says so") {
  planned_deed d;
  d.deed.money_moves = true;
  d.refund_no = order_no::trusted("R-1");
  d.deed.confirms_after_us = 8'000'000;
  planned_bank b(d);
  b.bank->receive(start, b.what, 0);
  b.bank->refund(start, b.about(operation::refund, false, b.back));
  CHECK(b.bank->enquire(plus_ms(start, 7'000), b.about(operation::refund, true, b.back))->outcome ==
        reply_class::payer_confirming);
  CHECK(b.bank->enquire(plus_ms(start, 9'000), b.about(operation::refund, true, b.back, 2))->outcome ==
        reply_class::succeeded);
  planned_deed late;
  late.deed.money_moves = true;
  late.answers = {{operation::pay, answer_fault::late}};
  planned_bank slow(late);
  slow.bank->receive(start, slow.what, 0);
  const auto answer = slow.bank->enquire(start, slow.about(operation::pay, true, slow.payment));
  CHECK(answer->after_us > 2'000'000);
  CHECK(answer->outcome == reply_class::succeeded);
}
