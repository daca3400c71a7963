// Rulings (C9): two persons decide what became of something in doubt, and nothing else moves it on their word.
#include "actors/domain/attempt_rules.hpp"
#include "actors/domain/refund_rules.hpp"
#include "actors/domain/refunds.hpp"
#include "actors/domain/rulings.hpp"
#include "schema/limits.hpp"
#include "tests/domain/order_world.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

order_world in_doubt() {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(timed_out(1)));
  w.now = w.state.attempts[0].reply_before;
  return w;
}

attempt_input asked(const order_world& w, evidence source, reply_class outcome) {
  attempt_input in = answer(1, source, outcome);
  in.enquiry = enquiry_facts{.asked_at = w.now, .enquiries_max = 1};
  return in;
}

order_world given_to_people() {
  order_world w = in_doubt();
  REQUIRE(w.tell(asked(w, evidence::enquiry, reply_class::unknown)));
  REQUIRE(w.state.attempts[0].state == attempt_state::manual);
  return w;
}

/// A payment by code whose channel refuses to reverse it.
order_world refused_reversal() {
  order_world w;
  pay_input in = pay();
  in.payer_code.ciphertext = {std::byte{1}};
  in.route.reverse_after_ms = 30'000;
  REQUIRE(w.tell(in));
  REQUIRE(w.tell(timed_out(1)));
  w.now = plus_ms(w.now, 30'000);
  REQUIRE(w.tell(timer_input{}));
  REQUIRE(w.tell(asked(w, evidence::reverse_reply, reply_class::failed_final)));
  REQUIRE(w.state.attempts[0].state == attempt_state::reversal_manual);
  return w;
}

/// 100.00 paid, 40.00 of it to be refunded, and nobody knows whether it was.
order_world doubtful_refund() {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(paid(1)));
  REQUIRE(w.tell(refund_input{*order_no::parse("A-7"), *order_no::parse("R-1"), {4'000, cny}, ""}));
  REQUIRE(w.tell(refund_answer_input{1, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT", ""}));
  refund_answer_input told{1, evidence::enquiry, reply_class::unknown, "UNKNOWN", ""};
  told.enquiry = enquiry_facts{.asked_at = w.now, .enquiries_max = 1};
  w.now = w.state.refunds[0].reply_before;
  REQUIRE(w.tell(told));
  REQUIRE(w.state.refunds[0].state == refund_state::manual);
  return w;
}

ruling_proposal_input says(ruling_outcome outcome, ruling_subject subject = ruling_subject::attempt,
                           uint32_t number = 1) {
  return {subject, number, outcome, "statement of 2026-01-02, line 17", "amount and number agree", "anna"};
}

ruling_answer_input answers(const order_world& w, bool approve, std::string who) {
  return {w.state.rulings.back().id, approve, std::move(who), approve ? "" : "looked again"};
}

ruling_answer_input approval(const order_world& w, std::string who = "berta") {
  return answers(w, true, std::move(who));
}

verdict_on_input rule(order_world& w, ruling_proposal_input said) {
  REQUIRE(w.tell(std::move(said)));
  return w.tell(approval(w));
}

errc code_of(const verdict_on_input& verdict) {
  return verdict ? errc::ok : verdict.error().code;
}

int64_t balance(const order_world& w, account_kind kind) {
  int64_t sum = 0;
  for (const posting& p : w.postings())
    sum += p.account.kind == kind ? p.amount.minor : 0;
  return sum;
}

bool alarms(const order_world& w, std::string_view what) {
  return std::any_of(w.effects.begin(), w.effects.end(), [&](const effect& e) {
    auto* alarm = std::get_if<alarm_effect>(&e);
    return alarm != nullptr && alarm->text.find(what) != std::string::npos;
  });
}

} // namespace

TEST_CASE("A ruling that two persons agree on settles the order as the same evidence from its channel would") {
  order_world by_channel = given_to_people(), by_people = given_to_people();
  SUBCASE("paid") {
    REQUIRE(by_channel.tell(asked(by_channel, evidence::enquiry, reply_class::succeeded)));
    REQUIRE(rule(by_people, says(ruling_outcome::succeeded)));
    CHECK(by_people.state.status == order_state::paid);
  }
  SUBCASE("failed, and never tried elsewhere") {
    REQUIRE(by_channel.tell(asked(by_channel, evidence::enquiry, reply_class::failed_final)));
    REQUIRE(rule(by_people, says(ruling_outcome::failed)));
    CHECK(by_people.state.status == order_state::failed);
    CHECK(by_people.submissions() == 1);
  }
  SUBCASE("closed, where it was to be closed") {
    REQUIRE(by_people.tell(close_input{}));
    REQUIRE(by_channel.tell(close_input{}));
    REQUIRE(by_channel.tell(asked(by_channel, evidence::enquiry, reply_class::failed_final)));
    REQUIRE(rule(by_people, says(ruling_outcome::failed)));
    CHECK(by_people.state.status == order_state::closed);
  }
  CHECK(by_people.state.status == by_channel.state.status);
  CHECK(by_people.state.attempts[0].state == by_channel.state.attempts[0].state);
  CHECK(by_people.postings() == by_channel.postings());
  CHECK(by_people.state.attempts[0].last_evidence == evidence::ruling);
  CHECK(by_people.state.attempts[0].code == "RULED");
  CHECK(order::due(by_people.state) == instant{});
  CHECK_FALSE(order::view(by_people.state).ruling.has_value());
}

TEST_CASE("A proposal changes nothing, and the order's view shows whom it waits for") {
  order_world w = given_to_people();
  const order::state before = w.state;
  REQUIRE(w.tell(says(ruling_outcome::succeeded)));
  CHECK(w.state.status == before.status);
  CHECK(w.state.attempts == before.attempts);
  CHECK(w.postings().empty());
  CHECK(order::due(w.state) == order::due(before));
  const auto shown = order::view(w.state).ruling;
  REQUIRE(shown.has_value());
  CHECK(shown->said == says(ruling_outcome::succeeded));
  CHECK(shown->proposed_at == w.now);
  CHECK(shown->expires_at == plus_ms(w.now, limits::ruling_valid_ms));
}

TEST_CASE("Loss prevented: one person alone pays out what is in doubt") {
  order_world w = given_to_people();
  REQUIRE(w.tell(says(ruling_outcome::succeeded)));
  for (const char* herself : {"anna", "Anna", " anna ", "a.n-n a"})
    CHECK(code_of(w.tell(approval(w, herself))) == errc::second_person);
  CHECK(w.state.attempts[0].state == attempt_state::manual);
  CHECK(w.postings().empty());
  CHECK(code_of(w.tell(approval(w, "berta"))) == errc::ok);
}

TEST_CASE("Loss prevented: one person approves his own ruling with his name written in another way") {
  for (const auto& [a, b] : {std::pair("j\u00f6rg", "J\u00d6RG"),                      // capitals beyond ASCII
                             {"j\u00f6rg", "jo\u0308rg"},                              // composed, or letter and mark
                             {"lin", "lin\u200b"},                                     // a blank of no width
                             {"lin", "l\u00a0in"},                                     // one that doesn't break
                             {"lin", "\uff2c\uff29\uff2e"},                            // full width
                             {"\u0438\u0432\u0430\u043d", "\u0418\u0412\u0410\u041d"}, // Cyrillic
                             {"stra\u00dfe", "STRASSE"},
                             {"\U0001f600", "\U0001f601"}}) { // nothing to tell them by
    CAPTURE(a);
    CAPTURE(b);
    CHECK(order::is_same_person(a, b));
  }
  CHECK_FALSE(order::is_same_person("\u5f20\u4e09", "\u5f20\u56db"));
  CHECK_FALSE(order::is_same_person("anna", "anne"));
  CHECK_FALSE(order::is_same_person("\u0930\u093e\u092e", "\u0930\u092e\u093e")); // Ram and Rama: marks are vowels
  CHECK_FALSE(order::is_same_person("\u0438\u0432\u0430\u043d", "\u0438\u0432\u043e\u043d"));
}

TEST_CASE("Loss prevented: one person alone pays out a doubtful refund a second time") {
  order_world w = doubtful_refund();
  REQUIRE(w.tell(says(ruling_outcome::failed, ruling_subject::refund)));
  CHECK(code_of(w.tell(approval(w, "anna"))) == errc::second_person);
  // What is held for the refund isn't free for another one.
  CHECK(order::claimed_minor(w.state) == 4'000);
  CHECK(balance(w, account_kind::transit) == -4'000);
}

TEST_CASE("A refund is ruled on as an attempt is, with the postings of the same outcome by evidence") {
  order_world by_channel = doubtful_refund(), by_people = doubtful_refund();
  auto told = [](reply_class outcome) {
    return refund_answer_input{1, evidence::late_reply, outcome, "CODE", ""};
  };
  SUBCASE("the payer has it") {
    REQUIRE(by_channel.tell(told(reply_class::succeeded)));
    REQUIRE(rule(by_people, says(ruling_outcome::succeeded, ruling_subject::refund)));
    CHECK(order::refunded_minor(by_people.state) == 4'000);
  }
  SUBCASE("he doesn't, and it may be asked for anew") {
    REQUIRE(by_channel.tell(told(reply_class::failed_final)));
    REQUIRE(rule(by_people, says(ruling_outcome::failed, ruling_subject::refund)));
    CHECK(order::claimed_minor(by_people.state) == 0);
  }
  CHECK(by_people.postings() == by_channel.postings());
  CHECK(by_people.state.refunds[0].last_evidence == evidence::ruling);
  CHECK(balance(by_people, account_kind::transit) == 0);
  // What its channel says otherwise later is recorded, and changes nothing.
  const refund_state settled = by_people.state.refunds[0].state;
  REQUIRE(
      by_people.tell(told(settled == refund_state::succeeded ? reply_class::failed_final : reply_class::succeeded)));
  CHECK(by_people.state.refunds[0].state == settled);
  CHECK(by_people.state.contradictions == 1);
  CHECK(alarms(by_people, "two persons ruled"));
}

TEST_CASE("Loss prevented: an approval carries out another proposal than the one that was read") {
  order_world w = given_to_people();
  REQUIRE(w.tell(says(ruling_outcome::failed)));
  const ruling_answer_input read = approval(w);
  REQUIRE(w.tell(answers(w, false, "anna")));
  REQUIRE(w.tell(says(ruling_outcome::succeeded)));
  CHECK(code_of(w.tell(read)) == errc::ruling_over);
  ruling_answer_input unknown = read;
  unknown.ruling = ruling_id::trusted(w.state.attempts[0].id.str());
  CHECK(code_of(w.tell(unknown)) == errc::unknown_ruling);
  CHECK(w.state.attempts[0].state == attempt_state::manual);
  // Not even the same words of another order, or of another minute, have the same name.
  order_world later = given_to_people();
  later.now = plus_ms(later.now, 1);
  REQUIRE(later.tell(says(ruling_outcome::failed)));
  CHECK(later.state.rulings.back().id != read.ruling);
}

TEST_CASE("Loss prevented: evidence came before the approval, and the ruling overrules it") {
  order_world w = given_to_people();
  REQUIRE(w.tell(says(ruling_outcome::succeeded)));
  REQUIRE(w.tell(asked(w, evidence::enquiry, reply_class::failed_final)));
  const order::state settled = w.state;
  CHECK_FALSE(order::view(w.state).ruling.has_value());
  CHECK(code_of(w.tell(approval(w))) == errc::ruling_over);
  CHECK(w.state == settled);
  CHECK(w.postings().empty());
}

TEST_CASE("Loss prevented: a ruling leaves a final state") {
  for (ruling_outcome outcome : {ruling_outcome::succeeded, ruling_outcome::failed, ruling_outcome::reversed}) {
    order_world of_paid;
    REQUIRE(of_paid.tell(pay()));
    CHECK(code_of(of_paid.tell(says(outcome))) == errc::nothing_to_rule); // not in doubt yet
    REQUIRE(of_paid.tell(paid(1)));
    CHECK(code_of(of_paid.tell(says(outcome))) == errc::nothing_to_rule);
    order_world ruled = given_to_people();
    REQUIRE(rule(ruled, says(ruling_outcome::failed)));
    auto again = says(outcome);
    again.operator_name = "carla";
    CHECK(code_of(ruled.tell(again)) == errc::nothing_to_rule);
    order_world reversed = refused_reversal();
    REQUIRE(rule(reversed, says(ruling_outcome::reversed)));
    CHECK(code_of(reversed.tell(again)) == errc::nothing_to_rule);
    order_world not_refunded = doubtful_refund();
    REQUIRE(rule(not_refunded, says(ruling_outcome::failed, ruling_subject::refund)));
    again.subject = ruling_subject::refund;
    CHECK(code_of(not_refunded.tell(again)) == errc::nothing_to_rule);
  }
  for (const attempt_rule& r : attempt_rules())
    if (r.source == evidence::ruling)
      CHECK((r.from == attempt_state::in_doubt || is_manual(r.from)));
  for (const refund_rule& r : refund_rules())
    if (r.source == evidence::ruling)
      CHECK((r.from == refund_state::in_doubt || r.from == refund_state::manual ||
             (r.from == refund_state::failed && r.to == refund_state::succeeded))); // a surplus, given back by hand
}

TEST_CASE("Only what can have become of it can be ruled") {
  order_world w = given_to_people();
  CHECK(code_of(w.tell(says(ruling_outcome::reversed))) == errc::nothing_to_rule);
  CHECK(code_of(w.tell(says(ruling_outcome::failed, ruling_subject::attempt, 2))) == errc::nothing_to_rule);
  CHECK(code_of(w.tell(says(ruling_outcome::failed, ruling_subject::refund))) == errc::nothing_to_rule);
  order_world reversing = refused_reversal();
  CHECK(code_of(reversing.tell(says(ruling_outcome::succeeded))) == errc::nothing_to_rule);
  CHECK(code_of(reversing.tell(says(ruling_outcome::failed))) == errc::nothing_to_rule);
  order_world refund = doubtful_refund();
  CHECK(code_of(refund.tell(says(ruling_outcome::reversed, ruling_subject::refund))) == errc::nothing_to_rule);
  order_world nothing;
  CHECK(code_of(nothing.tell(says(ruling_outcome::failed))) == errc::unknown_order);
  CHECK(code_of(nothing.tell(ruling_answer_input{{}, true, "berta", ""})) == errc::unknown_order);
}

TEST_CASE("What is ruled reversed has moved back, and the money that was set aside for it is gone") {
  order_world w = refused_reversal();
  SUBCASE("paid at first") {
    REQUIRE(w.tell(asked(w, evidence::late_reply, reply_class::succeeded)));
    CHECK(balance(w, account_kind::suspense_long) == -10'000);
    REQUIRE(rule(w, says(ruling_outcome::reversed)));
    // That it was paid at first is no news.
    CHECK(w.tell(asked(w, evidence::late_reply, reply_class::succeeded))->empty());
  }
  SUBCASE("never paid, as far as anybody knew: a payment that is heard of then makes the ruling doubtful") {
    REQUIRE(rule(w, says(ruling_outcome::reversed)));
    REQUIRE(w.tell(asked(w, evidence::late_reply, reply_class::succeeded)));
    CHECK(w.state.contradictions == 1);
    CHECK(alarms(w, "two persons ruled"));
  }
  CHECK(w.state.attempts[0].state == attempt_state::reversed);
  CHECK(w.state.status == order_state::failed);
  CHECK(balance(w, account_kind::suspense_long) == 0);
  CHECK(order::due(w.state) == instant{});
}

TEST_CASE("Loss prevented: what is paid after a ruling \"failed\" is neither delivered nor given back") {
  order_world w = given_to_people();
  REQUIRE(rule(w, says(ruling_outcome::failed)));
  REQUIRE(w.tell(asked(w, evidence::late_reply, reply_class::succeeded)));
  CHECK(w.state.attempts[0].state == attempt_state::failed);
  CHECK(w.state.status == order_state::failed);
  CHECK(w.state.surplus_attempt == 1);
  REQUIRE(w.state.refunds.size() == 1);
  CHECK(w.state.refunds[0].is_surplus());
  CHECK(alarms(w, "although two persons ruled"));
  REQUIRE(w.tell(refund_answer_input{1, evidence::channel_reply, reply_class::succeeded, "OK", ""}));
  CHECK(balance(w, account_kind::suspense_long) == 0);
  CHECK(ledger::balanced(w.postings()));
}

TEST_CASE("A channel that contradicts a ruling \"succeeded\" is recorded and alarmed, and nothing changes") {
  order_world w = given_to_people();
  REQUIRE(rule(w, says(ruling_outcome::succeeded)));
  const auto postings = w.postings();
  REQUIRE(w.tell(asked(w, evidence::late_reply, reply_class::failed_final)));
  CHECK(w.state.status == order_state::paid);
  CHECK(w.state.contradictions == 1);
  CHECK(w.postings() == postings);
  CHECK(alarms(w, "two persons ruled"));
}

TEST_CASE("A proposal that nobody approves in time expires, and can be made anew") {
  order_world w = given_to_people();
  REQUIRE(w.tell(says(ruling_outcome::failed)));
  const ruling_answer_input late = approval(w);
  w.now = {order::view(w.state).ruling->expires_at.ns - 11 * ns_per_ms};
  SUBCASE("one moment before") {
    CHECK(code_of(w.tell(late)) == errc::ok);
  }
  SUBCASE("then") {
    w.now = plus_ms(w.now, 1);
    CHECK(code_of(w.tell(late)) == errc::ruling_over);
    REQUIRE(w.tell(says(ruling_outcome::failed)));
    CHECK(w.state.rulings.size() == 2);
    CHECK(code_of(w.tell(late)) == errc::ruling_over);
    CHECK(code_of(w.tell(approval(w))) == errc::ok);
  }
  CHECK(w.state.status == order_state::failed);
}

TEST_CASE("A proposal can be withdrawn, by anybody who says why") {
  for (const char* who : {"anna", "berta"}) {
    order_world w = given_to_people();
    REQUIRE(w.tell(says(ruling_outcome::failed)));
    REQUIRE(w.tell(answers(w, false, who)));
    CHECK_FALSE(order::view(w.state).ruling.has_value());
    CHECK(code_of(w.tell(approval(w))) == errc::ruling_over);
    CHECK(w.state.attempts[0].state == attempt_state::manual);
    CHECK(w.tell(answers(w, false, who))->empty());
  }
}

TEST_CASE("One ruling waits at a time, and an order doesn't gather them without end") {
  order_world w = given_to_people();
  REQUIRE(w.tell(says(ruling_outcome::failed)));
  CHECK(code_of(w.tell(says(ruling_outcome::succeeded))) == errc::ruling_waits);
  while (w.state.rulings.size() < limits::rulings_max) {
    REQUIRE(w.tell(answers(w, false, "anna")));
    REQUIRE(w.tell(says(ruling_outcome::failed)));
  }
  REQUIRE(w.tell(answers(w, false, "anna")));
  CHECK(code_of(w.tell(says(ruling_outcome::failed))) == errc::too_many_rulings);
}

TEST_CASE("A command that is sent again changes nothing more, and is answered") {
  order_world w = given_to_people();
  REQUIRE(w.tell(says(ruling_outcome::succeeded)));
  CHECK(w.tell(says(ruling_outcome::succeeded))->empty());
  const ruling_answer_input approved = approval(w);
  REQUIRE_FALSE(w.tell(approved)->empty());
  CHECK(w.tell(approved)->empty());
  CHECK(w.tell(says(ruling_outcome::succeeded))->empty());
  CHECK(code_of(w.tell(approval(w, "carla"))) == errc::ruling_over);
  CHECK(w.decisions.size() == 5);
}

TEST_CASE("What its channel may still be at work on isn't ruled on: its word is near, and its permit is out") {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(answer(1, evidence::restart, reply_class::unknown)));
  CHECK(code_of(w.tell(says(ruling_outcome::failed))) == errc::nothing_to_rule);
  w.now = w.state.attempts[0].reply_before;
  CHECK(code_of(w.tell(says(ruling_outcome::failed))) == errc::ok);
}

TEST_CASE("Who is doubted isn't asked to wait for the enquiries' end: a ruling settles what is in doubt, too") {
  order_world w = in_doubt();
  REQUIRE(rule(w, says(ruling_outcome::failed)));
  CHECK(w.state.status == order_state::failed);
  CHECK(w.submissions() == 1);
}
