#include "tests/domain/order_world.hpp"

#include "actors/domain/channel.hpp"
#include "schema/limits.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::test;

TEST_CASE("A payment that its channel accepts is paid, and posted in the same decision") {
  order_world w;
  REQUIRE(w.tell(pay()));
  CHECK(w.state.status == order_state::open);
  CHECK(order::standing(w.state) == errc::processing);
  REQUIRE(w.tell(paid(1)));
  CHECK(w.state.status == order_state::paid);
  CHECK(order::standing(w.state) == errc::ok);
  REQUIRE(w.decisions.size() == 2);
  CHECK(std::holds_alternative<order_paid>(w.decisions.back().events.back()));
  CHECK(ledger::balanced(w.postings()));
  CHECK(order::due(w.state) == instant{});
}

TEST_CASE("The second click of a customer is answered from the order and not submitted again") {
  order_world w;
  REQUIRE(w.tell(pay()));
  auto again = w.tell(pay());
  REQUIRE(again);
  CHECK(again->empty());
  CHECK(w.submissions() == 1);
  REQUIRE(w.tell(paid(1)));
  auto after = w.tell(pay());
  REQUIRE(after);
  CHECK(after->empty());
  CHECK(w.submissions() == 1);
}

TEST_CASE("A retry is answered from the order even where its merchant was suspended meanwhile") {
  order_world w;
  REQUIRE(w.tell(pay()));
  auto retry = pay();
  retry.route = no_route(errc::merchant_suspended);
  CHECK_FALSE(order::inquire(w.state, retry).has_value());
  CHECK(w.tell(retry).has_value());
}

TEST_CASE("The same order number with other content is a conflict, never a second order") {
  order_world w;
  REQUIRE(w.tell(pay(10'000)));
  SUBCASE("another amount") {
    CHECK(w.tell(pay(10'001)).error().code == errc::order_conflict);
  }
  SUBCASE("another currency") {
    auto in = pay();
    in.amount.currency = *parse_currency("USD");
    CHECK(w.tell(in).error().code == errc::order_conflict);
  }
  SUBCASE("another method") {
    auto in = pay();
    in.method = *method_id::parse("wallet");
    CHECK(w.tell(in).error().code == errc::order_conflict);
  }
  SUBCASE("another payer") {
    auto in = pay();
    in.payer_token[3] = std::byte{1};
    CHECK(w.tell(in).error().code == errc::order_conflict);
  }
  SUBCASE("but another time stamp is the same order: a client that retries stamps a new one") {
    auto in = pay();
    in.placed_at = noon;
    CHECK(w.tell(in).has_value());
  }
  CHECK(w.submissions() == 1);
}

TEST_CASE("A refusal before opening writes nothing and leaves the number free") {
  order_world w;
  for (errc why : {errc::unknown_merchant, errc::merchant_suspended, errc::no_channel, errc::channel_busy}) {
    auto in = pay();
    in.route = no_route(why);
    CHECK(w.tell(in).error().code == why);
    CHECK(w.state.status == order_state::none);
    CHECK(order::standing(w.state) == errc::unknown_order);
  }
  CHECK(w.tell(pay()).has_value());
}

TEST_CASE("A definite failure goes on to the next channel in the same decision") {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(declined(1)));
  CHECK(w.state.status == order_state::open);
  REQUIRE(w.state.attempts.size() == 2);
  CHECK(w.state.attempts[0].state == attempt_state::failed);
  CHECK(w.state.attempts[1].channel == beta);
  CHECK(w.state.attempts[1].id != w.state.attempts[0].id);
  CHECK(w.decisions.back().events.size() == 2);
  REQUIRE(w.tell(paid(2)));
  CHECK(w.state.status == order_state::paid);
}

TEST_CASE("An order fails once no channel is left, and only then") {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(declined(1)));
  REQUIRE(w.tell(declined(2)));
  CHECK(w.state.status == order_state::failed);
  CHECK(order::standing(w.state) == errc::payment_failed);
  CHECK(w.postings().empty());
}

TEST_CASE("A failure that says no other channel will do ends the order") {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(answer(1, evidence::channel_reply, reply_class::failed_final, "STOLEN_CARD")));
  CHECK(w.state.status == order_state::failed);
  CHECK(w.submissions() == 1);
}

TEST_CASE("Loss prevented: the customer is charged twice because a time-out was rerouted") {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(timed_out(1)));
  CHECK(w.state.status == order_state::open);
  CHECK(order::standing(w.state) == errc::in_doubt);
  CHECK(w.submissions() == 1);
  CHECK(w.state.attempts[0].enquire_at == plus_ms(w.now, 120'000));
  CHECK(order::due(w.state) == w.state.attempts[0].enquire_at);
  CHECK(w.state.attempts[0].last_evidence == evidence::reply_timeout);
  SUBCASE("nor when a late answer says that it had failed") {
    REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::failed_try_another)));
    CHECK(w.state.status == order_state::failed);
    CHECK(w.submissions() == 1);
  }
  SUBCASE("a late answer that it had succeeded makes it paid") {
    REQUIRE(w.tell(answer(1, evidence::late_reply, reply_class::succeeded)));
    CHECK(w.state.status == order_state::paid);
    CHECK(ledger::balanced(w.postings()));
  }
  SUBCASE("further time-outs are nothing new") {
    auto again = w.tell(timed_out(1));
    REQUIRE(again);
    CHECK(again->empty());
  }
}

TEST_CASE("Loss prevented: a payment is called failed because our own process broke or restarted") {
  for (evidence source : {evidence::port_error, evidence::restart}) {
    order_world w;
    REQUIRE(w.tell(pay()));
    REQUIRE(w.tell(answer(1, source, reply_class::unknown)));
    CHECK(order::standing(w.state) == errc::in_doubt);
  }
}

TEST_CASE("Loss prevented: an unmapped reply code is taken for a failure and the customer pays again") {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(answer(1, evidence::channel_reply, reply_class::unknown, "E4711")));
  CHECK(order::standing(w.state) == errc::in_doubt);
  CHECK(w.submissions() == 1);
}

TEST_CASE("Loss prevented: goods are shipped or money refunded because a later answer overwrote the final one") {
  SUBCASE("success, then failure") {
    order_world w;
    REQUIRE(w.tell(pay()));
    REQUIRE(w.tell(paid(1)));
    REQUIRE(w.tell(declined(1)));
    CHECK(w.state.status == order_state::paid);
    CHECK(w.state.contradictions == 1);
    CHECK(std::holds_alternative<alarm_effect>(w.effects.back()));
    CHECK(ledger::balanced(w.postings()));
  }
  SUBCASE("failure, then success") {
    order_world w;
    w.offered.clear();
    REQUIRE(w.tell(pay()));
    REQUIRE(w.tell(declined(1)));
    REQUIRE(w.tell(paid(1)));
    CHECK(w.state.status == order_state::failed);
    CHECK(w.state.contradictions == 1);
    CHECK(w.postings().empty());
  }
}

TEST_CASE("A submission that never left the house is definite: the next channel is tried") {
  order_world w;
  REQUIRE(w.tell(pay()));
  REQUIRE(w.tell(answer(1, evidence::never_left, reply_class::failed_try_another, "NOT_SENT")));
  CHECK(w.submissions() == 2);
}

TEST_CASE("A rehydrated order asks about its intended attempt and never submits it") {
  order_world w;
  REQUIRE(w.tell(pay()));
  auto in = order::resume(w.state);
  REQUIRE(in.size() == 1);
  REQUIRE(w.tell(in.front()));
  CHECK(order::standing(w.state) == errc::in_doubt);
  CHECK(w.submissions() == 1);
  CHECK(order::resume(w.state).empty());
}

TEST_CASE("An order whose port owes an answer puts itself in doubt when it is due, not before") {
  order_world w;
  REQUIRE(w.tell(pay()));
  const instant due = order::due(w.state);
  CHECK_FALSE(order::overdue(w.state, {due.ns - 1}).has_value());
  auto in = order::overdue(w.state, due);
  REQUIRE(in);
  REQUIRE(w.tell(*in));
  CHECK(order::standing(w.state) == errc::in_doubt);
}

TEST_CASE("Loss prevented: a restored backup hands out attempt ids a second time and the bank says already paid") {
  order_world first;
  order_world elsewhere;
  elsewhere.state = order::initial(order_stream, "another-environment");
  REQUIRE(first.tell(pay()));
  REQUIRE(elsewhere.tell(pay()));
  CHECK(first.state.attempts[0].id != elsewhere.state.attempts[0].id);
}

TEST_CASE("An order tries at most so many channels") {
  order_world w;
  for (uint32_t i = 0; i < 2 * limits::attempts_max; ++i)
    w.offered.push_back(*channel_id::parse("c" + std::to_string(i)));
  REQUIRE(w.tell(pay()));
  for (uint32_t n = 1; w.state.status == order_state::open; ++n)
    REQUIRE(w.tell(declined(n)));
  CHECK(w.state.attempts.size() == limits::attempts_max);
}

TEST_CASE("A notice that overtakes the answer pays the order, and the answer then changes nothing") {
  order_world w;
  w.tell(pay());
  REQUIRE(w.tell(told(w, reply_class::succeeded)));
  CHECK(w.state.status == order_state::paid);
  CHECK(w.tell(paid(1))->empty());
  CHECK(w.tell(told(w, reply_class::succeeded))->empty());
  CHECK(w.state.contradictions == 0);
}

TEST_CASE("Loss prevented: goods are delivered for a cent because a notice of another amount was believed") {
  for (const bool doubtful : {false, true}) {
    order_world w;
    w.tell(pay());
    if (doubtful)
      w.tell(timed_out(1));
    const auto before = w.state.status;
    auto verdict = w.tell(told(w, reply_class::succeeded, 1));
    REQUIRE(verdict);
    CHECK(*verdict == std::vector<event>{contradiction_recorded{1}});
    CHECK(w.state.status == before);
    CHECK(std::get<alarm_effect>(w.effects.back()).text.find("another amount") != std::string::npos);
    attempt_input dollars = told(w, reply_class::succeeded);
    dollars.notice->amount.currency = *parse_currency("USD");
    CHECK(w.tell(dollars)->empty());
    CHECK(w.state.status == before);
    // The truth still counts.
    REQUIRE(w.tell(told(w, reply_class::succeeded)));
    CHECK(w.state.status == order_state::paid);
  }
}

TEST_CASE("Loss prevented: a notice that comes after the final result takes it back, or fills the log") {
  order_world w;
  w.tell(pay());
  w.tell(paid(1));
  CHECK(*w.tell(told(w, reply_class::failed_final)) == std::vector<event>{contradiction_recorded{1}});
  CHECK(w.state.status == order_state::paid);
  CHECK(w.tell(told(w, reply_class::failed_final))->empty());
  CHECK(w.tell(told(w, reply_class::succeeded, 1))->empty());

  order_world failed;
  failed.offered.clear();
  failed.tell(pay());
  failed.tell(declined(1));
  CHECK(*failed.tell(told(failed, reply_class::succeeded)) == std::vector<event>{contradiction_recorded{1}});
  CHECK(failed.tell(told(failed, reply_class::succeeded))->empty());
  CHECK(failed.state.status == order_state::failed);
}

TEST_CASE("Loss prevented: what one channel tells of another one's payment, or under another id, pays an order") {
  order_world w;
  w.tell(pay());
  attempt_input of_other_channel = told(w, reply_class::succeeded);
  of_other_channel.notice->channel = beta;
  attempt_input of_other_id = told(w, reply_class::succeeded);
  of_other_id.notice->id = make_attempt_id("elsewhere", m1, *order_no::parse("A-7"), 1);
  attempt_input of_no_attempt = told(w, reply_class::succeeded);
  of_no_attempt.attempt_number = 2;
  attempt_input of_nothing = told(w, reply_class::succeeded);
  of_nothing.notice.reset();
  for (const attempt_input& in : {of_other_channel, of_other_id, of_no_attempt, of_nothing}) {
    auto verdict = w.tell(in);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().code == errc::unknown_order);
  }
  CHECK(w.state.status == order_state::open);
}

TEST_CASE("A success that is told of after the order was closed on its channel's word goes back") {
  order_world w;
  w.tell(pay());
  w.tell(timed_out(1));
  w.tell(close_input{});
  w.tell(answer(1, evidence::close_reply, reply_class::failed_final, "CLOSED"));
  REQUIRE(w.state.status == order_state::closed);
  CHECK(*w.tell(told(w, reply_class::succeeded, 1)) == std::vector<event>{contradiction_recorded{1}});
  REQUIRE(w.tell(told(w, reply_class::succeeded)));
  CHECK(w.state.surplus_attempt == 1);
  const size_t decisions = w.decisions.size();
  w.tell(told(w, reply_class::succeeded));
  CHECK(w.decisions.size() == decisions);
}

TEST_CASE("What no order knows is kept by its channel once, and no more of it than a bounded number") {
  auto s = channel::initial(stream_name::of_channel(alpha));
  channel_terms terms;
  terms.channel = alpha;
  const input opened = channel_input{terms, true};
  channel::evolve(s, opened, channel_configured{});
  auto stray = [](uint32_t n, instant at) {
    attempt_input in = answer(1, evidence::notice, reply_class::succeeded, "TOLD");
    in.notice = notice_facts{alpha, make_attempt_id("elsewhere", m1, *order_no::parse("A-7"), n), {100, cny}, at};
    return in;
  };
  for (uint32_t n = 1; n <= limits::kept_notices_max; ++n) {
    const input in = stray(n, noon);
    auto verdict = channel::decide(s, in);
    REQUIRE(verdict);
    REQUIRE(*verdict == std::vector<event>{notice_kept{}});
    channel::evolve(s, in, notice_kept{});
  }
  CHECK(channel::decide(s, stray(1, noon))->empty());
  const auto full = channel::decide(s, stray(limits::kept_notices_max + 1, noon));
  REQUIRE_FALSE(full);
  CHECK(full.error().code == errc::busy);
  CHECK(channel::decide(s, stray(limits::kept_notices_max + 1, plus_ms(noon, limits::kept_notice_counts_ms))));
}
