// What whoever watches a server reads off it: that it is counted, once, and under the right name.
#include "actors/answer_tally.hpp"
#include "tests/actors/town.hpp"

using namespace oncepay;
using namespace oncepay::test;

namespace {

uint64_t answered(const sim::world& w, size_t operation, errc code) {
  return w.counted().sessions.answers[operation][static_cast<size_t>(code)].value();
}

const size_t pays = command{0, 0, pay("A-1")}.body.index();
const size_t queries = command{0, 0, query("A-1")}.body.index();

template <class Histogram>
uint64_t count_of(const Histogram& h) {
  uint64_t count = 0;
  for (size_t i = 0; i < Histogram::buckets; ++i)
    count += h.count(i);
  return count;
}

} // namespace

TEST_CASE("Payments are counted by what they were answered, and an order once however often it is sent") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, pay("A-1")).code == errc::ok);
  CHECK(w.ask(c, pay("A-1")).duplicate);
  CHECK(w.ask(c, pay("A-1", 999)).code == errc::order_conflict);
  CHECK(w.ask(c, pay("A-2")).code == errc::ok);
  CHECK(w.ask(c, query("A-3")).code == errc::unknown_order);
  CHECK(answered(w, pays, errc::ok) == 3);
  CHECK(answered(w, pays, errc::order_conflict) == 1);
  CHECK(answered(w, queries, errc::unknown_order) == 1);
  CHECK(count_of(w.counted().sessions.answer_us[pays]) == 4);
  CHECK(w.counted().journal.orders.value() == 2);
  CHECK(w.counted().journal.committing_since_ns.value() == 0);
  CHECK(w.counted().journal.decisions.sum() == w.log().head().position);
}

TEST_CASE("A channel's meters tell its permits, and what it proved about attempts") {
  sim::world w(town({slow(declining(channel("alpha", 1)), 500), channel("beta", 2)}));
  auto& c = w.connect();
  c.send({0, 0, pay("A-1")});
  const auto alpha = w.counted().channels().at(*channel_id::parse("alpha"));
  REQUIRE(w.run_until([&] { return alpha->permits_out.value() == 1; }));
  CHECK(alpha->on.value() == 1);
  CHECK(alpha->permits_max.value() == 1'000);
  REQUIRE(w.run_until([&] { return answered(w, pays, errc::ok) == 1; }));
  CHECK(alpha->permits_out.value() == 0);
  CHECK(count_of(alpha->reply_us) == 1);
  CHECK(alpha->reply_us.sum() >= 500'000);
  CHECK(alpha->reply_us.sum() < 600'000);
  CHECK(alpha->outcomes[static_cast<size_t>(reply_class::failed_try_another)].value() == 1);
  const auto beta = w.counted().channels().at(*channel_id::parse("beta"));
  CHECK(beta->outcomes[static_cast<size_t>(reply_class::succeeded)].value() == 1);
  CHECK(w.ask(c, switch_channel_command{*channel_id::parse("beta"), false, "ann", "test"}).code == errc::ok);
  CHECK(beta->on.value() == 0);
}

TEST_CASE("Silence and late answers are counted once, as long as they were waited for") {
  auto terms = channel("alpha");
  SUBCASE("late") {
    terms = late(terms);
  }
  SUBCASE("silent") {
    terms = silent(terms, true);
  }
  sim::world w(town({terms}));
  CHECK(w.ask(w.connect(), pay("A-1")).code == errc::in_doubt);
  w.run_for(2'000);
  const auto alpha = w.counted().channels().at(*channel_id::parse("alpha"));
  CHECK(count_of(alpha->reply_us) == 1);
  CHECK(alpha->reply_us.sum() >= 1'000'000);
  CHECK(alpha->reply_us.sum() < 1'100'000);
}

TEST_CASE("What an enquiry brought is counted apart from what the request did") {
  auto terms = silent(channel("alpha"), true);
  terms.enquire_after_ms = 10'000;
  sim::world w(town({terms}));
  CHECK(w.ask(w.connect(), pay("A-1")).code == errc::in_doubt);
  const auto alpha = w.counted().channels().at(*channel_id::parse("alpha"));
  const auto& enquired = alpha->enquiries[static_cast<size_t>(reply_class::succeeded)];
  REQUIRE(w.run_until([&] { return enquired.value() > 0; }));
  w.run_for(60'000);
  CHECK(enquired.value() == 1);
  CHECK(alpha->outcomes[static_cast<size_t>(reply_class::succeeded)].value() == 0);
  CHECK(alpha->outcomes[static_cast<size_t>(reply_class::unknown)].value() == 1);
}

TEST_CASE("Who is told at the reply limit that it goes on is counted among the slowest") {
  auto options = town({slow(channel("alpha"), 50'000)});
  options.channels[0].reply_within_ms = 60'000;
  sim::world w(std::move(options));
  CHECK(w.ask(w.connect(), pay("A-1")).code == errc::processing);
  const auto& took_us = w.counted().sessions.answer_us[pays];
  CHECK(count_of(took_us) == 1);
  CHECK(took_us.sum() >= uint64_t{limits::reply_limit_ms} * 1'000);
}

TEST_CASE("Whoever is told busy is counted by the reason") {
  auto options = town({slow(channel("alpha"), 500)});
  options.tickets_total = 1;
  sim::world w(std::move(options));
  auto& c = w.connect();
  c.send({0, 0, pay("A-1")});
  CHECK(w.ask(c, pay("A-2")).code == errc::busy);
  CHECK(w.counted().refusals.busy[static_cast<size_t>(busy_reason::tickets)].value() == 1);
  CHECK(w.counted().refusals.busy[static_cast<size_t>(busy_reason::in_hand)].value() == 0);
}

TEST_CASE("Views tell how far they have come, directories who lives") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  CHECK(w.ask(c, pay("A-1")).code == errc::ok);
  balances(w, c);
  w.run_for(2 * limits::fold_interval_ms);
  const uint64_t head = w.log().head().position;
  for (const view_meters* view : w.counted().views())
    CHECK_MESSAGE(view->position.value() == head, view->name);
  uint64_t alive = 0;
  for (const auto& directory : w.counted().directories)
    alive += directory.entities.value();
  CHECK(alive == 4); // two merchants, a channel, an order
  w.crash();
  auto& again = w.connect();
  CHECK(w.ask(again, query("A-1")).code == errc::ok);
  w.run_for(1); // The entity tells that it is ready when it has already answered.
  for (const auto& directory : w.counted().directories)
    CHECK(directory.recoveries.value() == 0);
}

TEST_CASE("A run of equal answers is counted as if each came alone") {
  meters m;
  {
    answer_tally tally(m.sessions);
    tally.add(pays, errc::ok, 700);
    tally.add(pays, errc::ok, 800);
    tally.add(pays, errc::ok, 4'000);
    tally.add(queries, errc::ok, 4'000);
    tally.add(pays, errc::busy, 4'000);
  }
  CHECK(m.sessions.answers[pays][static_cast<size_t>(errc::ok)].value() == 3);
  CHECK(m.sessions.answers[queries][static_cast<size_t>(errc::ok)].value() == 1);
  CHECK(m.sessions.answers[pays][static_cast<size_t>(errc::busy)].value() == 1);
  CHECK(m.sessions.answer_us[pays].sum() == 9'500);
  CHECK(m.sessions.answer_us[pays].count(1) == 2); // up to 1 ms
  CHECK(m.sessions.answer_us[pays].count(3) == 2); // up to 5 ms
}

TEST_CASE("A histogram counts a value at its bound, and what exceeds every bound last") {
  using answers = histogram<answer_bounds_us>;
  CHECK(answers::bucket_of(0) == 0);
  CHECK(answers::bucket_of(500) == 0);
  CHECK(answers::bucket_of(501) == 1);
  CHECK(answers::bucket_of(answer_bounds_us.back()) == answers::buckets - 2);
  CHECK(answers::bucket_of(answer_bounds_us.back() + 1) == answers::buckets - 1);
}
