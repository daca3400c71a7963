#include "actors/domain/account.hpp"
#include "actors/domain/account_link.hpp"
#include "actors/domain/ledger.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/domain/routing.hpp"
#include "actors/domain/transfer_key.hpp"
#include "tests/domain/order_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const stream_name available_m1 = stream_name::of_account("merchant/m1/available");

hash128 token_of(std::string_view person) {
  return hash_parts_128({"token", person});
}

pay_out_input pay_out(int64_t amount_minor = 10'000, std::string_view payee = "bob", std::string_view number = "A-7") {
  pay_out_input in;
  in.order_no = *order_no::parse(number);
  in.amount = {amount_minor, cny};
  in.method = *method_id::parse("bank-transfer");
  in.payee_token = token_of(payee);
  in.payee = {1, {std::byte{7}}};
  return in;
}

pay_input top_up(int64_t amount_minor = 10'000) {
  pay_input in = pay(amount_minor);
  in.top_up = true;
  return in;
}

attempt_input not_found(uint32_t number, instant asked_at) {
  attempt_input in = answer(number, evidence::enquiry, reply_class::not_found, "NOT_FOUND");
  in.enquiry = enquiry_facts{asked_at, 120'000, 3'600'000, 24};
  return in;
}

/// An order and its merchant's account, which hear of each other only what a test hands over: a process may die before.
struct two_worlds {
  order_world order;
  account::state account = account::initial(available_m1);
  std::vector<posting> of_account;

  verdict_on_input tell_account(const input& in) {
    auto verdict = account::decide(account, noon, in);
    if (verdict)
      for (const event& e : *verdict) {
        account::evolve(account, in, e);
        for (const posting& p : postings_of(e))
          of_account.push_back(p);
      }
    return verdict;
  }

  void hold(int64_t minor) { REQUIRE(tell_account(credit_input{"before", {minor, cny}})); }

  /// What the order owes its account reaches it, and the answer comes back.
  void hand_over() {
    const auto ask = order::account_request(order.state);
    REQUIRE(ask);
    CHECK(ask->account == available_m1);
    const auto verdict = tell_account(ask->what);
    const auto back =
        verdict ? account::goes_on_to(account, ask->what) : account::told_of_refusal(ask->what, verdict.error().code);
    REQUIRE(back);
    CHECK(back->to == order_stream);
    REQUIRE(back->what);
    REQUIRE(order.tell(*back->what));
  }

  int64_t available() const { return account.available(cny); }

  std::map<std::string, int64_t> balances() const {
    std::map<std::string, int64_t> sums;
    auto all = order.postings();
    all.insert(all.end(), of_account.begin(), of_account.end());
    for (const posting& p : all)
      sums[path(p.account)] += p.amount.minor;
    return sums;
  }
};

size_t alarms(const order_world& w) {
  return static_cast<size_t>(std::count_if(w.effects.begin(), w.effects.end(),
                                           [](const effect& e) { return std::holds_alternative<alarm_effect>(e); }));
}

} // namespace

TEST_CASE("A pay-out claims its amount and our fee first, is sent to its channel, and is paid from what was claimed") {
  two_worlds w;
  w.hold(20'000);
  REQUIRE(w.order.tell(pay_out()));
  CHECK(w.order.submissions() == 0);
  CHECK(order::standing(w.order.state) == errc::processing);
  CHECK_FALSE(order::answerable(w.order.state));
  w.hand_over();
  CHECK(w.available() == 20'000 - 10'060);
  CHECK(w.order.submissions() == 1);
  const auto* sent = std::get_if<submit_effect>(&w.order.effects.back());
  REQUIRE(sent != nullptr);
  CHECK(sent->operation == operation::pay_out);
  CHECK(sent->payee == pay_out().payee);
  REQUIRE(w.order.tell(paid(1)));
  CHECK(w.order.state.status == order_state::paid);
  CHECK_FALSE(order::answerable(w.order.state)); // before another one like it may follow
  w.hand_over();
  CHECK(order::answerable(w.order.state));
  CHECK(order::standing(w.order.state) == errc::ok);
  CHECK(order::due(w.order.state) == instant{});
  // What lay in the account before had come through transit too.
  CHECK(w.balances() == std::map<std::string, int64_t>{{"transit", 20'000},
                                                       {"merchant/m1/available", -9'940},
                                                       {"platform/fees", -60},
                                                       {"channel/alpha/receivable", -10'020},
                                                       {"channel/alpha/cost", 20}});
}

TEST_CASE("Loss prevented: more is paid out than the merchant has") {
  two_worlds w;
  w.hold(10'059);
  SUBCASE("seen before the order is opened, nothing is written and the number stays free") {
    pay_out_input in = pay_out();
    in.route = route_to(alpha);
    CHECK(account::decide(w.account, noon, in).error().code == errc::insufficient_funds);
    in.amount.minor = 9'999;
    CHECK(account::decide(w.account, noon, in).value().empty());
  }
  SUBCASE("seen when it is claimed, the order has failed and nothing is sent") {
    REQUIRE(w.order.tell(pay_out()));
    w.hand_over();
    CHECK(w.order.state.status == order_state::failed);
    CHECK(order::standing(w.order.state) == errc::payment_failed);
    CHECK(w.order.submissions() == 0);
    CHECK_FALSE(order::account_request(w.order.state));
    CHECK(w.available() == 10'059);
  }
}

TEST_CASE("Loss prevented: a pay-out that its channel doesn't know counts as failed, and is paid again") {
  two_worlds w;
  w.hold(20'000);
  REQUIRE(w.order.tell(pay_out()));
  w.hand_over();
  REQUIRE(w.order.tell(timed_out(1)));
  for (int i = 0; i < 30; ++i) {
    w.order.now = plus_ms(w.order.now, 3'600'000);
    const size_t before = alarms(w.order);
    REQUIRE(w.order.tell(not_found(1, w.order.now)));
    CHECK(alarms(w.order) > before);
  }
  CHECK(w.order.state.status == order_state::open);
  CHECK(w.order.state.attempts.at(0).state == attempt_state::manual);
  CHECK(w.available() == 20'000 - 10'060);
  CHECK_FALSE(order::account_request(w.order.state));
}

TEST_CASE("Loss prevented: a pay-out in doubt is tried on another channel") {
  two_worlds w;
  w.hold(20'000);
  REQUIRE(w.order.tell(pay_out()));
  w.hand_over();
  REQUIRE(w.order.tell(timed_out(1)));
  CHECK_FALSE(order::inquire(w.order.state, declined(1)));
  REQUIRE(w.order.tell(declined(1)));
  CHECK(w.order.submissions() == 1);
  CHECK(w.order.state.status == order_state::failed);
  w.hand_over();
  CHECK(w.available() == 20'000);
}

TEST_CASE("A pay-out that failed definitely goes on to another channel under the same claim") {
  two_worlds w;
  w.hold(20'000);
  REQUIRE(w.order.tell(pay_out()));
  w.hand_over();
  const auto question = order::inquire(w.order.state, declined(1));
  REQUIRE(question);
  CHECK(question->pays_out);
  REQUIRE(w.order.tell(declined(1)));
  CHECK(w.order.submissions() == 2);
  CHECK_FALSE(order::account_request(w.order.state));
  REQUIRE(w.order.tell(paid(2)));
  w.hand_over();
  CHECK(w.available() == 20'000 - 10'060);
}

TEST_CASE("Loss prevented: what a failed pay-out had claimed is nowhere") {
  two_worlds w;
  w.hold(20'000);
  w.order.offered = {};
  REQUIRE(w.order.tell(pay_out()));
  w.hand_over();
  REQUIRE(w.order.tell(declined(1)));
  CHECK(w.order.state.status == order_state::failed);
  CHECK_FALSE(order::answerable(w.order.state));
  CHECK(order::due(w.order.state) != instant{}); // a process that dies here asks again
  w.hand_over();
  CHECK(w.available() == 20'000);
  CHECK(order::answerable(w.order.state));
  CHECK(order::due(w.order.state) == instant{});
}

TEST_CASE("Loss prevented: a claim is made, and the order never hears of it") {
  two_worlds w;
  w.hold(20'000);
  REQUIRE(w.order.tell(pay_out()));
  // The account's decision is durable, the process dies, and the order asks again.
  REQUIRE(w.tell_account(order::account_request(w.order.state)->what));
  CHECK(order::due(w.order.state) != instant{});
  w.hand_over();
  CHECK(w.available() == 20'000 - 10'060);
  CHECK(w.order.submissions() == 1);
  // An answer that comes twice submits nothing twice.
  REQUIRE(w.order.tell(account_answer_input{account_deed::claim, 0, {}}));
  CHECK(w.order.submissions() == 1);
}

TEST_CASE("Loss prevented: a claim is released twice, or after it was paid out") {
  two_worlds w;
  w.hold(20'000);
  REQUIRE(w.tell_account(claim_input{"k", {5'000, cny}}));
  REQUIRE(w.tell_account(release_input{"k"}));
  REQUIRE(w.tell_account(release_input{"k"}));
  CHECK(w.available() == 20'000);
  CHECK(account::decide(w.account, noon, settle_input{"k"}).error().code == errc::claim_conflict);
  REQUIRE(w.tell_account(claim_input{"l", {5'000, cny}}));
  REQUIRE(w.tell_account(settle_input{"l"}));
  CHECK(w.tell_account(settle_input{"l"}).value().empty());
  CHECK(account::decide(w.account, noon, release_input{"l"}).error().code == errc::claim_conflict);
  CHECK(w.available() == 15'000);
}

TEST_CASE("Loss prevented: told wrongly that a pay-out failed, its merchant pays again under another number") {
  two_worlds w;
  w.hold(100'000);
  REQUIRE(w.order.tell(pay_out()));
  w.hand_over();
  REQUIRE(w.order.tell(timed_out(1)));
  SUBCASE("the second one waits, and somebody is told") {
    const auto verdict = account::decide(w.account, noon, pay_out(10'000, "bob", "A-8"));
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().code == errc::like_pay_out_open);
    CHECK(verdict.error().for_a_person);
    CHECK(verdict.error().text.find("A-7") != std::string::npos);
  }
  SUBCASE("so does one that was looked at before the first one's claim") {
    CHECK(
        account::decide(w.account, noon,
                        claim_input{"order/m1/A-8", {10'060, cny}, order::likeness_of(token_of("bob"), {10'000, cny})})
            .error()
            .code == errc::like_pay_out_open);
  }
  SUBCASE("the first one's own retry doesn't") {
    CHECK(account::decide(w.account, noon, pay_out()).value().empty());
  }
  SUBCASE("another payee or amount doesn't") {
    CHECK(account::decide(w.account, noon, pay_out(10'000, "carol", "A-8")).value().empty());
    CHECK(account::decide(w.account, noon, pay_out(10'001, "bob", "A-8")).value().empty());
  }
  SUBCASE("nor does it once the first one is decided") {
    REQUIRE(w.order.tell(paid(1)));
    w.hand_over();
    CHECK(account::decide(w.account, noon, pay_out(10'000, "bob", "A-8")).value().empty());
  }
}

TEST_CASE("A pay-out is one by its number: the same content is answered, another is a conflict") {
  two_worlds w;
  w.hold(20'000);
  REQUIRE(w.order.tell(pay_out()));
  CHECK(w.order.tell(pay_out()).value().empty());
  CHECK(w.order.tell(pay_out(10'001)).error().code == errc::order_conflict);
  CHECK(w.order.tell(pay_out(10'000, "carol")).error().code == errc::order_conflict);
  CHECK(w.order.tell(pay()).error().code == errc::order_conflict);
  CHECK(w.order.tell(top_up()).error().code == errc::order_conflict);
  order_world payment;
  REQUIRE(payment.tell(pay()));
  CHECK(payment.tell(pay_out()).error().code == errc::order_conflict);
  CHECK(payment.tell(top_up()).error().code == errc::order_conflict);
}

TEST_CASE("A pay-out without a channel writes nothing; one that loses its channel gives back what was claimed") {
  two_worlds w;
  w.hold(20'000);
  pay_out_input nowhere = pay_out();
  nowhere.route = no_route(errc::no_channel);
  CHECK(order::decide(w.order.state, noon, nowhere).error().code == errc::no_channel);
  REQUIRE(w.order.tell(pay_out()));
  REQUIRE(w.tell_account(order::account_request(w.order.state)->what));
  REQUIRE(w.order.tell(account_answer_input{account_deed::claim, 0, no_route(errc::channel_busy)}));
  CHECK(w.order.state.status == order_state::failed);
  w.hand_over();
  CHECK(w.available() == 20'000);
}

TEST_CASE("A pay-out can't be closed, and nothing but payments is refunded") {
  two_worlds w;
  w.hold(20'000);
  REQUIRE(w.order.tell(pay_out()));
  CHECK(w.order.tell(close_input{}).error().code == errc::not_closable);
  w.hand_over();
  REQUIRE(w.order.tell(paid(1)));
  const refund_input refund{*order_no::parse("A-7"), *order_no::parse("R-1"), {100, cny}, {}};
  CHECK(w.order.tell(refund).error().code == errc::not_refundable);
  order_world topped;
  REQUIRE(topped.tell(top_up()));
  REQUIRE(topped.tell(paid(1)));
  CHECK(topped.tell(refund).error().code == errc::not_refundable);
}

TEST_CASE("A top-up is paid into transit, credited from there without a fee, and answered then") {
  two_worlds w;
  REQUIRE(w.order.tell(top_up()));
  CHECK_FALSE(order::account_request(w.order.state));
  REQUIRE(w.order.tell(paid(1)));
  CHECK_FALSE(order::answerable(w.order.state));
  w.hand_over();
  CHECK(order::answerable(w.order.state));
  CHECK(w.available() == 10'000);
  CHECK(w.balances() == std::map<std::string, int64_t>{{"transit", 0},
                                                       {"merchant/m1/available", -10'000},
                                                       {"channel/alpha/receivable", 9'980},
                                                       {"channel/alpha/cost", 20}});
}

TEST_CASE("Loss prevented: a top-up that is credited when the process dies is credited again") {
  two_worlds w;
  REQUIRE(w.order.tell(top_up()));
  REQUIRE(w.order.tell(paid(1)));
  REQUIRE(w.tell_account(order::account_request(w.order.state)->what));
  CHECK(order::due(w.order.state) != instant{});
  w.hand_over();
  CHECK(w.available() == 10'000);
  CHECK(order::due(w.order.state) == instant{});
}

TEST_CASE("A channel is sent pay-outs only by the methods that it lists for them") {
  channel_snapshot c;
  c.on = true;
  c.terms.channel = alpha;
  c.terms.methods = {*method_id::parse("bank-transfer")};
  c.terms.currencies = {cny};
  merchant_terms merchant;
  merchant.merchant = m1;
  route_question q;
  q.merchant = m1;
  q.order_no = *order_no::parse("A-7");
  q.attempt_number = 1;
  q.amount = {10'000, cny};
  q.method = *method_id::parse("bank-transfer");
  q.pays_out = true;
  const channel_snapshot* known[] = {&c};
  CHECK(choose_channel(q, &merchant, known, {}, 1).chosen.empty());
  c.terms.pay_out_methods = c.terms.methods;
  c.terms.methods = {};
  CHECK(choose_channel(q, &merchant, known, {}, 1).chosen == alpha);
  q.pays_out = false;
  CHECK(choose_channel(q, &merchant, known, {}, 1).chosen.empty());
}

TEST_CASE("An order's name is the key of its transfer, whatever its number holds") {
  const auto number = *order_no::parse("2026/11/P-7");
  const std::string key = transfer_key(m1, number);
  CHECK(key == stream_name::of_order(m1, number).display());
  CHECK(asker_of(key) == stream_name::of_order(m1, number));
  CHECK_FALSE(asker_of("top-up/1"));
  CHECK_FALSE(asker_of("order/m1"));
  CHECK_FALSE(asker_of("order/M1/x"));
}
