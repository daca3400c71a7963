#include "actors/admission.hpp"

#include "schema/time.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <vector>

using namespace oncepay;

namespace {

/// A house of ten, in which four may wait for the server itself.
struct house {
  std::shared_ptr<admission> all = std::make_shared<admission>(10, 4);
  std::shared_ptr<connection_tickets> connection = std::make_shared<connection_tickets>(all, 100, nullptr);
  std::vector<ticket_ptr> out;

  size_t let_in(size_t most) {
    for (size_t n = 0; n < most; ++n) {
      auto t = connection->take();
      if (!t)
        return n;
      out.push_back(std::move(t));
    }
    return most;
  }
};

} // namespace

TEST_CASE("Who would only queue behind a server that doesn't keep up is told so at the door") {
  house h;
  CHECK(h.let_in(10) == 4);
  CHECK(h.all->in_hand_full());
  h.out.pop_back();
  CHECK_FALSE(h.all->in_hand_full());
  CHECK(h.let_in(10) == 1);
}

TEST_CASE("Those who wait for a slow channel keep nobody out until the house is full") {
  house h;
  for (int i = 0; i < 4; ++i) {
    h.let_in(2);
    h.all->at_channels(2);
  }
  CHECK(h.out.size() == 8);
  CHECK(h.let_in(10) == 2);
  h.all->at_channels(2);
  CHECK_FALSE(h.all->in_hand_full());
  CHECK(h.let_in(1) == 0);
}

TEST_CASE("When all channels answer at once nobody comes in until that is dealt with") {
  house h;
  h.let_in(4);
  h.all->at_channels(4);
  CHECK(h.let_in(4) == 4);
  h.all->at_channels(-4);
  CHECK(h.let_in(1) == 0);
}

TEST_CASE("Queries that views answer are bounded by themselves, and make room when their tickets come back") {
  auto all = std::make_shared<admission>(limits::tickets_total, limits::tickets_in_hand);
  auto connection = std::make_shared<connection_tickets>(all, limits::tickets_total, nullptr);
  std::vector<ticket_ptr> out;
  for (uint32_t n = 0; n < limits::view_queries_max; ++n) {
    REQUIRE_FALSE(all->views_full());
    out.push_back(connection->take());
    out.back()->asks_view();
    out.back()->asks_view(); // counts once
  }
  CHECK(all->views_full());
  CHECK(all->in_hand() == 0); // so they keep no payment out
  out.pop_back();
  CHECK_FALSE(all->views_full());
}

namespace {

/// A house of 4 000 in hand that is always asked for more, on a server that is through with so many in each tenth of a
/// second.
struct crowded_house {
  std::shared_ptr<admission> all = std::make_shared<admission>(100'000, 4'000);
  std::shared_ptr<connection_tickets> connection = std::make_shared<connection_tickets>(all, 100'000, nullptr);
  std::deque<ticket_ptr> out;
  int64_t now_ns = ns_per_s;

  void pass(size_t done_with, size_t come) {
    constexpr size_t steps = 10;
    for (size_t i = 0; i < steps; ++i) {
      for (size_t n = done_with * i / steps; n < done_with * (i + 1) / steps && !out.empty(); ++n)
        out.pop_front();
      for (size_t n = come * i / steps; n < come * (i + 1) / steps; ++n)
        if (auto t = connection->take())
          out.push_back(std::move(t));
    }
    now_ns += 100 * ns_per_ms;
    all->keep_pace(now_ns);
  }
};

} // namespace

TEST_CASE("A connection that asks too much of views is paused, until half of that is answered") {
  auto all = std::make_shared<admission>(1'000, 1'000);
  int told = 0;
  auto connection = std::make_shared<connection_tickets>(all, 1'000, [&] { ++told; });
  std::vector<ticket_ptr> asked;
  ticket_ptr pays = connection->take();
  while (!connection->pauses()) {
    asked.push_back(connection->take());
    asked.back()->asks_view();
  }
  CHECK(asked.size() == limits::view_queries_per_connection);
  asked.resize(limits::view_queries_per_connection / 2 + 1);
  pays.reset();
  CHECK(told == 0);
  asked.pop_back();
  CHECK(told == 1);
  CHECK_FALSE(connection->pauses());
}

TEST_CASE("A crowd is let in as far as the server is through with it in a tenth of a second") {
  crowded_house h;
  h.pass(0, 5'000);
  for (int i = 0; i < 10; ++i)
    h.pass(2'100, 5'000);
  CHECK(h.all->in_hand_max() == 2'100);
  CHECK(h.out.size() == 2'100);
  SUBCASE("and no further when it becomes slower still, but never less than half of what it was made for") {
    for (int i = 0; i < 10; ++i)
      h.pass(10, 5'000);
    CHECK(h.all->in_hand_max() == 2'000);
  }
  SUBCASE("and no less for a moment in which nothing is done") {
    h.pass(0, 5'000);
    CHECK(h.all->in_hand_max() == 2'100);
  }
  SUBCASE("and no more than it was made for, however fast it is") {
    for (int i = 0; i < 10; ++i)
      h.pass(9'000, 20'000);
    CHECK(h.all->in_hand_max() == 4'000);
  }
  SUBCASE("and as before once nobody was told busy for a second") {
    for (int i = 0; i < 9; ++i)
      h.pass(2'100, 0);
    CHECK(h.all->in_hand_max() == 2'100);
    h.pass(0, 0);
    CHECK(h.all->in_hand_max() == 4'000);
  }
}

TEST_CASE("A burst into a quiet house is let in as far as there is room, however little was done before") {
  crowded_house h;
  for (int i = 0; i < 20; ++i)
    h.pass(1, 1);
  h.pass(0, 5'000);
  CHECK(h.out.size() == 4'000);
}

TEST_CASE("A connection that was never full isn't told to read on, and one that was is told once") {
  auto all = std::make_shared<admission>(1'000, 1'000);
  int told = 0;
  auto connection = std::make_shared<connection_tickets>(all, 4, [&] { ++told; });
  std::vector<ticket_ptr> out;
  auto to = [&](size_t many) {
    while (out.size() < many)
      out.push_back(connection->take());
    out.resize(many);
  };
  to(3);
  CHECK_FALSE(connection->pauses());
  to(1);
  to(3);
  to(0);
  CHECK(told == 0);
  to(4);
  CHECK(connection->pauses());
  to(3);
  CHECK(told == 0); // not for one
  to(2);
  CHECK(told == 1);
  to(3);
  to(0);
  CHECK(told == 1);
}
