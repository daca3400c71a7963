// Cards that are bound, what is withheld by them, and how that ends.
#include "actors/domain/agreement.hpp"
#include "actors/domain/refunds.hpp"
#include "actors/domain/routing.hpp"
#include "schema/limits.hpp"
#include "tests/domain/order_world.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

pay_input with_card(card_deed deed, int64_t amount_minor = 0, std::string_view token = "once") {
  pay_input in = pay(amount_minor);
  in.card = {deed, {1, {std::byte{1}}}, hash_parts_128({token})};
  in.card_token = hash_parts_128({"the merchant's own token"});
  return in;
}

attempt_input signs(attempt_input in, std::string agreement = "agr-1") {
  in.agreement = std::move(agreement);
  in.card_mask = "6222****1234";
  return in;
}

attempt_input asked(uint32_t number, reply_class outcome) {
  attempt_input in = answer(number, evidence::enquiry, outcome);
  in.enquiry = enquiry_facts{noon};
  return in;
}

/// Bound at alpha.
order_world bound_order(card_deed deed = card_deed::bind, int64_t amount_minor = 0) {
  order_world w;
  REQUIRE(w.tell(with_card(deed, amount_minor)).has_value());
  REQUIRE(w.tell(signs(paid(1))).has_value());
  return w;
}

/// A payment under A-9 that is to be withheld by what A-7 bound.
pay_input withheld(const char* number = "A-9") {
  pay_input in = pay();
  in.route = {};
  in.agreement.bound_by = *order_no::parse("A-7");
  in.agreement.order_no = *order_no::parse(number);
  return in;
}

refund_input unbind(const char* number = "U-1") {
  return {*order_no::parse("A-7"), *order_no::parse(number), {}, "", true};
}

refund_answer_input about_unbind(uint32_t number, evidence source, reply_class outcome) {
  return {number, source, outcome, "CODE", ""};
}

errc code_of(const verdict_on_input& verdict) {
  return verdict ? errc::ok : verdict.error().code;
}

template <class Event>
bool holds(const verdict_on_input& verdict) {
  return verdict &&
         std::any_of(verdict->begin(), verdict->end(), [](const event& e) { return std::holds_alternative<Event>(e); });
}

const submit_effect& last_submission(const order_world& w) {
  const submit_effect* found = nullptr;
  for (const effect& e : w.effects)
    if (auto* s = std::get_if<submit_effect>(&e))
      found = s;
  REQUIRE(found != nullptr);
  return *found;
}

size_t asked_of_channel(const order_world& w, operation what, bool enquiry) {
  return static_cast<size_t>(std::count_if(w.effects.begin(), w.effects.end(), [&](const effect& e) {
    auto* r = std::get_if<channel_request_effect>(&e);
    return r != nullptr && r->operation == what && r->enquiry == enquiry;
  }));
}

/// The order of A-9, with what A-7 granted it.
struct withheld_world : order_world {
  withheld_world() { state = order::initial(stream_name::of_order(m1, *order_no::parse("A-9")), "test"); }
};

} // namespace

// --- binding ---

TEST_CASE("A card is bound by an order that takes no money and posts nothing") {
  const order_world w = bound_order();
  CHECK(last_submission(w).operation == operation::bind_card);
  CHECK(last_submission(w).amount == money{0, cny});
  CHECK_FALSE(last_submission(w).card.ciphertext.empty());
  CHECK(w.postings().empty());
  const order_view v = order::view(w.state);
  CHECK(v.kind == order_kind::bind);
  CHECK(label_of(v) == "bound");
  CHECK(v.card == card_view{"6222****1234", "agr-1", true, false, {}});
  CHECK(order::standing(w.state) == errc::ok);
}

TEST_CASE("What a channel bound and didn't name proves nothing, or nothing could ever be withheld by it") {
  order_world w;
  REQUIRE(w.tell(with_card(card_deed::bind)).has_value());
  CHECK(holds<attempt_in_doubt>(w.tell(paid(1))));
  CHECK(order::standing(w.state) == errc::in_doubt);
  // Asked, and still not said.
  CHECK(holds<enquiry_recorded>(w.tell(asked(1, reply_class::succeeded))));
  CHECK(holds<order_paid>(w.tell(signs(asked(1, reply_class::succeeded)))));
  CHECK(order::view(w.state).card.agreement == "agr-1");
}

TEST_CASE("A binding in doubt is asked about and never sent again") {
  order_world w;
  REQUIRE(w.tell(with_card(card_deed::bind)).has_value());
  REQUIRE(w.tell(timed_out(1)).has_value());
  const auto due = order::requests_due(w.state, plus_ms(w.now, 200'000));
  REQUIRE(due.size() == 1);
  CHECK(due[0].operation == operation::bind_card);
  CHECK(due[0].enquiry);
  CHECK(w.submissions() == 1);
}

TEST_CASE("The same number with another card is a conflict, or a merchant takes one card for another") {
  order_world w = bound_order();
  CHECK(code_of(w.tell(with_card(card_deed::bind, 0, "another"))) == errc::order_conflict);
  CHECK(code_of(w.tell(with_card(card_deed::authenticate))) == errc::order_conflict);
  CHECK(w.tell(with_card(card_deed::bind)).value().empty());
}

TEST_CASE("Loss prevented: a mask that masks nothing is kept, or an agreement is lost because its name is a number") {
  order_world w;
  REQUIRE(w.tell(with_card(card_deed::bind)).has_value());
  attempt_input in = signs(paid(1));
  in.card_mask = "4111 1111 1111 1111";
  REQUIRE(w.tell(in).has_value());
  CHECK(order::view(w.state).card.mask.empty());
  order_world other;
  REQUIRE(other.tell(with_card(card_deed::bind)).has_value());
  CHECK(holds<order_paid>(other.tell(signs(paid(1), "4111111111111111"))));
  CHECK(order::view(other.state).card.agreement == "4111111111111111");
}

TEST_CASE("A card that is bound after its order was closed is unbound of our own accord") {
  order_world w;
  REQUIRE(w.tell(with_card(card_deed::bind)).has_value());
  REQUIRE(w.tell(timed_out(1)).has_value());
  REQUIRE(w.tell(close_input{}).has_value());
  REQUIRE(w.tell(answer(1, evidence::close_reply, reply_class::failed_final, "CLOSED")).has_value());
  REQUIRE(w.state.status == order_state::closed);
  const auto verdict = w.tell(signs(answer(1, evidence::late_reply, reply_class::succeeded, "OK")));
  CHECK(holds<surplus_booked>(verdict));
  CHECK(holds<refund_requested>(verdict));
  CHECK(asked_of_channel(w, operation::unbind_card, false) == 1);
  CHECK(w.postings().empty());
  REQUIRE(w.tell(about_unbind(1, evidence::channel_reply, reply_class::succeeded)).has_value());
  CHECK(w.postings().empty());
}

TEST_CASE("A card whose channel keeps refusing to unbind it can be unbound by its merchant yet, and isn't told to be "
          "unbound") {
  order_world w;
  REQUIRE(w.tell(with_card(card_deed::bind)).has_value());
  REQUIRE(w.tell(timed_out(1)).has_value());
  REQUIRE(w.tell(close_input{}).has_value());
  REQUIRE(w.tell(answer(1, evidence::close_reply, reply_class::failed_final, "CLOSED")).has_value());
  REQUIRE(w.tell(signs(answer(1, evidence::late_reply, reply_class::succeeded, "OK"))).has_value());
  CHECK(code_of(w.tell(unbind())) == errc::agreement_ended); // it is on its way
  for (uint32_t nth = 1; nth <= limits::surplus_tries_max; ++nth) {
    REQUIRE(w.tell(about_unbind(nth, evidence::channel_reply, reply_class::failed_final)).has_value());
    if (nth == limits::surplus_tries_max)
      break;
    w.now = order::due(w.state);
    REQUIRE(w.tell(*order::overdue(w.state, w.now)).has_value());
  }
  REQUIRE(w.state.refunds.back().state == refund_state::manual);
  CHECK(code_of(w.tell(unbind())) == errc::ok);
  CHECK(w.state.refunds.back().state == refund_state::requested);
  CHECK(code_of(w.tell(unbind("U-2"))) == errc::agreement_ended);
}

TEST_CASE("Authenticating a card signs nothing, and a late yes after a close gives nothing back") {
  order_world w;
  REQUIRE(w.tell(with_card(card_deed::authenticate)).has_value());
  CHECK(last_submission(w).operation == operation::authenticate_card);
  REQUIRE(w.tell(signs(paid(1))).has_value());
  const order_view v = order::view(w.state);
  CHECK(label_of(v) == "authenticated");
  CHECK(v.card.mask == "6222****1234");
  CHECK(v.card.agreement.empty());
  CHECK_FALSE(v.card.stands);
  CHECK(code_of(w.tell(withheld())) == errc::unknown_agreement);
  CHECK(code_of(w.tell(unbind())) == errc::not_bound);
  CHECK(w.postings().empty());

  order_world closed;
  REQUIRE(closed.tell(with_card(card_deed::authenticate)).has_value());
  REQUIRE(closed.tell(timed_out(1)).has_value());
  REQUIRE(closed.tell(close_input{}).has_value());
  REQUIRE(closed.tell(answer(1, evidence::close_reply, reply_class::failed_final, "CLOSED")).has_value());
  CHECK(holds<contradiction_recorded>(closed.tell(answer(1, evidence::late_reply, reply_class::succeeded, "OK"))));
}

TEST_CASE("An authentication that its channel denies has failed, and another channel is asked") {
  order_world w;
  REQUIRE(w.tell(with_card(card_deed::authenticate)).has_value());
  REQUIRE(w.tell(declined(1)).has_value());
  CHECK(w.submissions() == 2);
  REQUIRE(w.tell(answer(2, evidence::channel_reply, reply_class::failed_final, "NOT_HIS")).has_value());
  CHECK(order::standing(w.state) == errc::payment_failed);
}

TEST_CASE("A payment that binds as well is paid and bound in one, and its money is posted") {
  const order_world w = bound_order(card_deed::sign_and_pay, 10'000);
  CHECK(last_submission(w).operation == operation::sign_and_pay);
  CHECK_FALSE(w.postings().empty());
  const order_view v = order::view(w.state);
  CHECK(v.kind == order_kind::payment);
  CHECK(label_of(v) == "paid");
  CHECK(v.card.stands);
}

TEST_CASE("A payment whose channel doesn't name its agreement is paid all the same, and nothing is withheld by it") {
  order_world w;
  REQUIRE(w.tell(with_card(card_deed::sign_and_pay, 10'000)).has_value());
  CHECK(holds<order_paid>(w.tell(paid(1))));
  CHECK(code_of(w.tell(withheld())) == errc::not_bound);
}

// --- withholding ---

TEST_CASE("A payment is granted by the order that bound the card, which says where and as what") {
  order_world w = bound_order();
  const pay_input wish = withheld();
  CHECK(order::inquire(w.state, wish) == std::nullopt);
  CHECK(holds<withhold_granted>(w.tell(wish)));
  const auto next = order::goes_on_to(w.state, wish);
  REQUIRE(next.has_value());
  CHECK(next->to == stream_name::of_order(m1, *order_no::parse("A-9")));
  REQUIRE(next->what.has_value());
  const auto& granted = std::get<pay_input>(*next->what);
  CHECK(granted.agreement.channel == alpha);
  CHECK(granted.agreement.reference == "agr-1");
  CHECK(granted.card_token == hash_parts_128({"the merchant's own token"}));
  // Again, as after a process that died in between: granted already, and on its way.
  CHECK(w.tell(wish).value().empty());
}

TEST_CASE("A payment that nobody granted opens nothing, and looks at its agreement first") {
  withheld_world w;
  CHECK(order::inquire(w.state, withheld()) == std::nullopt);
  CHECK(order::claims(w.state, withheld()) == order_stream);
  // Also where it has a route: it is the grant that is missing.
  pay_input in = withheld();
  in.route = route_to(alpha);
  CHECK(*order::decide(w.state, w.now, in) == std::vector<event>{withhold_granted{}});
}

TEST_CASE("What is withheld goes to its agreement's channel alone, once") {
  withheld_world w;
  pay_input in = withheld();
  in.agreement.channel = alpha;
  in.agreement.reference = "agr-1";
  const auto question = order::inquire(w.state, in);
  REQUIRE(question.has_value());
  CHECK(question->agreed_with == alpha);
  CHECK(question->by_card);
  in.route = route_to(alpha);
  REQUIRE(w.tell(in).has_value());
  CHECK(last_submission(w).operation == operation::withhold);
  CHECK(last_submission(w).agreement == "agr-1");
  CHECK(order::view(w.state).card.bound_by == *order_no::parse("A-7"));
  SUBCASE("declined: no other channel is tried") {
    REQUIRE(w.tell(declined(1)).has_value());
    CHECK(w.submissions() == 1);
    CHECK(order::standing(w.state) == errc::payment_failed);
  }
  SUBCASE("in doubt: asked about, and never sent again") {
    REQUIRE(w.tell(timed_out(1)).has_value());
    CHECK(w.tell(in).value().empty());
    CHECK(w.submissions() == 1);
    CHECK(order::standing(w.state) == errc::in_doubt);
  }
}

TEST_CASE("Nothing is withheld by what isn't bound") {
  order_world none;
  CHECK(code_of(none.tell(withheld())) == errc::unknown_agreement);
  order_world plain;
  REQUIRE(plain.tell(pay()).has_value());
  REQUIRE(plain.tell(paid(1)).has_value());
  CHECK(code_of(plain.tell(withheld())) == errc::unknown_agreement);
  order_world doubtful;
  REQUIRE(doubtful.tell(with_card(card_deed::bind)).has_value());
  REQUIRE(doubtful.tell(timed_out(1)).has_value());
  CHECK(code_of(doubtful.tell(withheld())) == errc::not_bound);
  order_world failed;
  failed.offered.clear();
  REQUIRE(failed.tell(with_card(card_deed::bind)).has_value());
  REQUIRE(failed.tell(declined(1)).has_value());
  CHECK(code_of(failed.tell(withheld())) == errc::not_bound);
}

TEST_CASE("Only a channel that binds cards of the method is asked to, and only the agreement's own withholds") {
  channel_snapshot plain;
  plain.terms.channel = alpha;
  plain.terms.methods = {*method_id::parse("card")};
  plain.terms.currencies = {cny};
  plain.terms.amount_minor_min = 100;
  plain.terms.cost_fixed_minor = 7;
  plain.on = true;
  channel_snapshot binding = plain;
  binding.terms.channel = beta;
  binding.terms.methods.clear();
  binding.terms.card_methods = {*method_id::parse("card")};
  const std::vector<const channel_snapshot*> both{&plain, &binding};
  merchant_terms terms;
  terms.merchant = m1;
  terms.fee_minimum_minor = 30;
  route_question q;
  q.merchant = m1;
  q.attempt_number = 1;
  q.amount = {0, cny};
  q.method = *method_id::parse("card");
  q.by_card = true;
  q.no_money = true;
  const route_answer bind = choose_channel(q, &terms, both, {}, 1);
  CHECK(bind.chosen == beta);
  CHECK(bind.fee_minor == 0);
  CHECK(bind.cost_minor == 0);
  // Signing and paying in one needs both.
  q.no_money = false;
  q.amount = {10'000, cny};
  CHECK(choose_channel(q, &terms, both, {}, 1).chosen.empty());
  q.agreed_with = beta;
  CHECK(choose_channel(q, &terms, both, {}, 1).chosen == beta);
  q.agreed_with = alpha;
  const route_answer elsewhere = choose_channel(q, &terms, both, {}, 1);
  CHECK(elsewhere.refusal == static_cast<uint16_t>(errc::no_channel));
  CHECK(std::any_of(elsewhere.candidates.begin(), elsewhere.candidates.end(),
                    [](const candidate& c) { return c.verdict == verdict::agreed_elsewhere; }));
}

// --- unbinding ---

TEST_CASE("Nothing is withheld once an unbinding was accepted, or the payer pays for what he has ended") {
  order_world w = bound_order();
  CHECK(holds<refund_requested>(w.tell(unbind())));
  CHECK(asked_of_channel(w, operation::unbind_card, false) == 1);
  CHECK(code_of(w.tell(withheld())) == errc::agreement_ended);
  SUBCASE("in doubt") {
    REQUIRE(w.tell(about_unbind(1, evidence::reply_timeout, reply_class::unknown)).has_value());
    CHECK(order::standing(w.state, {awaited::about::refund, *order_no::parse("U-1")}) == errc::unbind_in_doubt);
    CHECK(code_of(w.tell(withheld())) == errc::agreement_ended);
    CHECK(code_of(w.tell(unbind("U-2"))) == errc::agreement_ended);
    const auto due = order::requests_due(w.state, plus_ms(w.now, 200'000));
    REQUIRE(due.size() == 1);
    CHECK(due[0].operation == operation::unbind_card);
    CHECK(due[0].enquiry);
    CHECK(due[0].agreement == "agr-1");
  }
  SUBCASE("done") {
    REQUIRE(w.tell(about_unbind(1, evidence::channel_reply, reply_class::succeeded)).has_value());
    CHECK(order::standing(w.state, {awaited::about::refund, *order_no::parse("U-1")}) == errc::ok);
    CHECK(code_of(w.tell(withheld())) == errc::agreement_ended);
    CHECK(code_of(w.tell(unbind("U-2"))) == errc::agreement_ended);
    CHECK(w.tell(unbind()).value().empty());
    CHECK(label_of(order::view(w.state)) == "unbound");
    CHECK(order::view(w.state).card.unbound);
    CHECK(w.postings().empty());
  }
}

TEST_CASE("An unbinding that definitely fails leaves the agreement as it was") {
  order_world w = bound_order();
  REQUIRE(w.tell(unbind()).has_value());
  REQUIRE(w.tell(about_unbind(1, evidence::channel_reply, reply_class::failed_final)).has_value());
  CHECK(order::standing(w.state, {awaited::about::refund, *order_no::parse("U-1")}) == errc::unbind_failed);
  CHECK(order::view(w.state).card.stands);
  CHECK(holds<withhold_granted>(w.tell(withheld())));
  CHECK(holds<refund_requested>(w.tell(unbind("U-2"))));
  CHECK(w.postings().empty());
}

TEST_CASE("A payment that bound a card is refunded and unbound apart from each other") {
  order_world w = bound_order(card_deed::sign_and_pay, 10'000);
  REQUIRE(w.tell(unbind()).has_value());
  REQUIRE(w.tell(about_unbind(1, evidence::channel_reply, reply_class::succeeded)).has_value());
  CHECK(order::refunded_minor(w.state) == 0);
  const refund_input all{*order_no::parse("A-7"), *order_no::parse("R-1"), {10'000, cny}, ""};
  CHECK(holds<refund_requested>(w.tell(all)));
  CHECK(asked_of_channel(w, operation::refund, false) == 1);
}

TEST_CASE("Ending an agreement doesn't end the check of the payment that signed it, whose money stays where it is") {
  order_world w;
  pay_input in = with_card(card_deed::sign_and_pay, 10'000);
  in.route.check_after_ms = 60'000;
  REQUIRE(w.tell(in).has_value());
  REQUIRE(w.tell(signs(paid(1))).has_value());
  const instant check = order::due(w.state);
  REQUIRE(check == plus_ms(w.now, 60'000));
  w.now = plus_ms(w.now, 10'000);
  REQUIRE(w.tell(unbind()).has_value());
  REQUIRE(w.tell(about_unbind(1, evidence::channel_reply, reply_class::succeeded)).has_value());
  CHECK(order::due(w.state) == check);
}

TEST_CASE("A binding has nothing to refund, and its number isn't an unbinding's") {
  order_world w = bound_order();
  const refund_input money_back{*order_no::parse("A-7"), *order_no::parse("R-1"), {1, cny}, ""};
  CHECK(code_of(w.tell(money_back)) == errc::not_refundable);
  REQUIRE(w.tell(unbind("U-1")).has_value());
  refund_input same = money_back;
  same.refund_no = *order_no::parse("U-1");
  CHECK(code_of(w.tell(same)) == errc::refund_conflict);
}

TEST_CASE("A merchant that asked for it is told that a card was bound and unbound") {
  order_world w;
  pay_input in = with_card(card_deed::bind);
  in.route.tells_merchant = true;
  REQUIRE(w.tell(in).has_value());
  REQUIRE(w.tell(signs(paid(1))).has_value());
  REQUIRE(w.tell(unbind()).has_value());
  REQUIRE(w.tell(about_unbind(1, evidence::channel_reply, reply_class::succeeded)).has_value());
  REQUIRE(w.state.tellings.size() == 2);
  CHECK(w.state.tellings[0].result == told_result::bound);
  CHECK(w.state.tellings[1].result == told_result::unbound);
}

TEST_CASE("A restart puts an unbinding in doubt and sends nothing again") {
  order_world w = bound_order();
  REQUIRE(w.tell(unbind()).has_value());
  const auto resumed = order::resume(w.state);
  REQUIRE(resumed.size() == 1);
  REQUIRE(w.tell(resumed[0]).has_value());
  CHECK(asked_of_channel(w, operation::unbind_card, false) == 1);
  CHECK(w.state.refunds[0].state == refund_state::in_doubt);
}
