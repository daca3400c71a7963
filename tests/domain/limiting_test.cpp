#include "actors/domain/health.hpp"
#include "actors/domain/limiting.hpp"
#include "schema/limits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>

using namespace oncepay;

namespace {

constexpr instant start{1'000 * ns_per_s};
attempt_id attempt(int n) {
  return attempt_id::trusted("attempt-" + std::to_string(n));
}
constexpr instant far{2'000 * ns_per_s};

} // namespace

TEST_CASE("The channel's N+1st parallel request waits, and begins when a permit comes back") {
  limiting l({2, 0, 10, 1'000});
  CHECK(l.request(start, attempt(1), far) == limit_answer::granted);
  CHECK(l.request(start, attempt(2), far) == limit_answer::granted);
  CHECK(l.request(start, attempt(3), far) == limit_answer::queued);
  CHECK(l.advance(start).granted.empty());
  l.give_back(attempt(1));
  CHECK(l.advance(start).granted == std::vector{attempt(3)});
  CHECK(l.under_way() == 2);
}

TEST_CASE("A full queue is busy, and a wait that takes too long ends") {
  limiting l({1, 0, 1, 1'000});
  CHECK(l.request(start, attempt(1), far) == limit_answer::granted);
  CHECK(l.request(start, attempt(2), far) == limit_answer::queued);
  CHECK(l.request(start, attempt(3), far) == limit_answer::busy);
  CHECK(l.advance(plus_ms(start, 999)).expired.empty());
  CHECK(l.advance(plus_ms(start, 1'000)).expired == std::vector{attempt(2)});
}

TEST_CASE("A permit ends with its lease, and returning it then changes nothing") {
  limiting l({1, 0, 1, 60'000});
  CHECK(l.request(start, attempt(1), plus_ms(start, 500)) == limit_answer::granted);
  CHECK(l.request(start, attempt(2), far) == limit_answer::queued);
  CHECK(l.advance(plus_ms(start, 499)).granted.empty());
  CHECK(l.advance(plus_ms(start, 500)).granted == std::vector{attempt(2)});
  l.give_back(attempt(1));
  CHECK(l.under_way() == 1);
}

TEST_CASE("Loss prevented: after a restart a channel is flooded because its open requests were forgotten") {
  limiting l({2, 0, 10, 1'000});
  l.load(attempt(1), far);
  l.load(attempt(2), far);
  l.load(attempt(3), far);
  CHECK(l.request(start, attempt(4), far) == limit_answer::queued);
  l.give_back(attempt(1));
  CHECK(l.advance(start).granted.empty());
  l.give_back(attempt(2));
  CHECK(l.advance(start).granted == std::vector{attempt(4)});
}

TEST_CASE("Switched off means no later grant, and whoever waits goes elsewhere") {
  limiting l({1, 0, 10, 1'000});
  CHECK(l.request(start, attempt(1), far) == limit_answer::granted);
  CHECK(l.request(start, attempt(2), far) == limit_answer::queued);
  l.switch_to(false);
  l.give_back(attempt(1));
  auto turn = l.advance(start);
  CHECK(turn.granted.empty());
  CHECK(turn.expired == std::vector{attempt(2)});
  CHECK(l.request(start, attempt(3), far) == limit_answer::off);
}

TEST_CASE("Neither limit is ever exceeded, whatever comes and goes") {
  CHECK(rc::check("limits", [] {
    const auto concurrency = *rc::gen::inRange<uint32_t>(1, 6);
    const auto rate = *rc::gen::element<uint32_t>(0, 10, 100);
    limiting l({concurrency, rate, 5, 200});
    instant now = start;
    std::set<int> held;
    std::vector<instant> begun;
    int next = 0;
    auto granted = [&](const attempt_id& id) {
      held.insert(std::stoi(id.str().substr(8)));
      begun.push_back(now);
    };
    for (int op : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3))) {
      if (op == 0) {
        const auto id = attempt(next++);
        if (l.request(now, id, far) == limit_answer::granted)
          granted(id);
      } else if (op == 1 && !held.empty()) {
        l.give_back(attempt(*held.begin()));
        held.erase(held.begin());
      } else {
        now = plus_ms(now, *rc::gen::inRange(0, 150));
      }
      for (const attempt_id& id : l.advance(now).granted)
        granted(id);
      RC_ASSERT(held.size() <= concurrency);
      RC_ASSERT(l.under_way() == held.size());
      RC_ASSERT(l.waiting() <= 5);
      if (rate != 0) {
        // Within any second: the rate, and a bucket of a tenth of it that was full before.
        size_t last_second = 0;
        for (instant t : begun)
          last_second += t.ns > now.ns - ns_per_s ? 1 : 0;
        RC_ASSERT(last_second <= rate + std::max<size_t>(1, rate / 10));
      }
    }
  }));
}

TEST_CASE("A channel that stays silent too often is unstable for as long as its window remembers") {
  health_window h;
  for (int i = 0; i < 15; ++i)
    h.note(start, reply_class::unknown);
  CHECK_FALSE(h.unstable(start)); // too few to prove anything
  for (int i = 0; i < 60; ++i)
    h.note(start, reply_class::failed_try_another); // declines are healthy answers
  CHECK(h.unstable(start));
  CHECK(h.unstable(plus_ms(start, 280'000)));
  CHECK_FALSE(h.unstable(plus_ms(start, 300'000)));
  h.note(plus_ms(start, 300'000), reply_class::succeeded);
  CHECK_FALSE(h.unstable(plus_ms(start, 300'000)));
}

TEST_CASE("A channel that payments fill to its limit still has room for enquiries, and no more than it granted") {
  limiting l({40, 0, 100, 1'000});
  int granted = 0;
  for (int n = 0; n < 60; ++n)
    granted += l.request(start, attempt(n), far) == limit_answer::granted ? 1 : 0;
  CHECK(granted == 38);
  CHECK(l.request_beside(start, 1, far, far) == limit_answer::granted);
  CHECK(l.request_beside(start, 2, far, far) == limit_answer::granted);
  CHECK(l.request_beside(start, 3, far, far) == limit_answer::queued);
  CHECK(l.under_way() == 40);
  l.give_back(attempt(0)); // a payment's place is a payment's
  CHECK(l.advance(start).granted_beside.empty());
  l.give_back_beside(1);
  CHECK(l.advance(start).granted_beside == std::vector<uint64_t>{3});
}

TEST_CASE("Where a channel grants one request at a time, an enquiry goes before the payments that wait") {
  limiting l({1, 0, 10, 1'000});
  CHECK(l.request(start, attempt(1), far) == limit_answer::granted);
  CHECK(l.request(start, attempt(2), far) == limit_answer::queued);
  CHECK(l.request_beside(start, 1, far, far) == limit_answer::queued);
  l.give_back(attempt(1));
  const auto turn = l.advance(start);
  CHECK(turn.granted_beside == std::vector<uint64_t>{1});
  CHECK(turn.granted.empty());
}

TEST_CASE("A channel that is off grants no payment, and is asked about those it had") {
  limiting l({1, 0, 10, 1'000});
  l.switch_to(false);
  CHECK(l.request(start, attempt(1), far) == limit_answer::off);
  CHECK(l.request_beside(start, 1, far, far) == limit_answer::granted);
}

TEST_CASE("Enquiries spend no more than their share of a channel's rate, and none of it twice") {
  limiting l({1'000, 100, 1'000, 10'000});
  int granted = 0;
  for (uint64_t n = 0; n < 100; ++n)
    granted += l.request_beside(start, n, far, far) == limit_answer::granted ? 1 : 0;
  CHECK(granted == 1);
  CHECK(l.advance(plus_ms(start, 1'000)).granted_beside.size() == 1); // the bucket holds one
  CHECK(l.advance(plus_ms(start, 1'200)).granted_beside.size() == 1);
}

TEST_CASE("A check waits while a payment or an enquiry waits, and where it would take the next one's place") {
  limiting l({3, 0, 10, 60'000});
  CHECK(l.request(start, attempt(1), far) == limit_answer::granted);
  // One place for the next payment, one for an enquiry: none is left.
  CHECK(l.request_check(start, 1, far, far) == limit_answer::queued);
  CHECK(l.request(start, attempt(2), far) == limit_answer::granted);
  CHECK(l.request_beside(start, 2, far, far) == limit_answer::granted);
  CHECK(l.request(start, attempt(3), far) == limit_answer::queued);
  l.give_back(attempt(1));
  auto turn = l.advance(start);
  CHECK(turn.granted == std::vector{attempt(3)});
  CHECK(turn.granted_beside.empty());
  l.give_back(attempt(2));
  l.give_back(attempt(3));
  CHECK(l.advance(start).granted_beside.empty()); // its place is the next enquiry's
  l.give_back_beside(2);
  CHECK(l.advance(start).granted_beside == std::vector<uint64_t>{1});
  CHECK(l.under_way() == 1);
  l.give_back_beside(1);
  CHECK(l.under_way() == 0);
}

TEST_CASE("Checks are few at once, and a channel of one place is asked only while nothing is under way there") {
  limiting wide({300, 0, 10, 1'000});
  for (uint64_t n = 1; n <= 3; ++n)
    CHECK(wide.request_check(start, n, far, far) == limit_answer::granted);
  CHECK(wide.request_check(start, 4, far, far) == limit_answer::queued);
  limiting narrow({1, 0, 10, 1'000});
  CHECK(narrow.request(start, attempt(1), far) == limit_answer::granted);
  CHECK(narrow.request_check(start, 1, far, far) == limit_answer::queued);
  narrow.give_back(attempt(1));
  CHECK(narrow.advance(start).granted_beside == std::vector<uint64_t>{1});
}

TEST_CASE("Checks spend what nobody else wanted of a channel's rate, and never more than it grants in all") {
  limiting l({1'000, 50, 1'000, 10'000});
  CHECK(l.request(start, attempt(1), far) == limit_answer::granted);
  CHECK(l.request_check(start, 1, far, far) == limit_answer::queued); // a payment has just gone
  CHECK(l.advance(plus_ms(start, 10)).granted_beside.empty());
  CHECK(l.advance(plus_ms(start, 30)).granted_beside == std::vector<uint64_t>{1});
  CHECK(l.request_check(plus_ms(start, 200), 2, far, far) == limit_answer::queued); // one a second
  CHECK(l.advance(plus_ms(start, 1'100)).granted_beside == std::vector<uint64_t>{2});
}

TEST_CASE("A check that waits too long ends, and one too many isn't let in") {
  limiting l({1, 0, 10, 1'000});
  CHECK(l.request(start, attempt(1), far) == limit_answer::granted);
  for (uint64_t n = 0; n < limits::check_queue_max; ++n)
    CHECK(l.request_check(start, n, far, plus_ms(start, 1'000)) == limit_answer::queued);
  CHECK(l.request_check(start, 9'999, far, far) == limit_answer::busy);
  CHECK(l.advance(plus_ms(start, 1'000)).expired_beside.size() == limits::check_queue_max);
}

TEST_CASE("However payments, enquiries and checks come and go, no more are under way than the channel granted") {
  CHECK(rc::check("bound", [] {
    const auto concurrency = *rc::gen::inRange<uint32_t>(1, 220);
    limiting l({concurrency, 0, 1'000, 60'000});
    std::set<uint64_t> beside;
    std::set<int> payments;
    for (int step = 0; step < 300; ++step) {
      const auto n = static_cast<uint64_t>(step);
      switch (*rc::gen::inRange(0, 5)) {
      case 0:
        if (l.request(start, attempt(step), far) == limit_answer::granted)
          payments.insert(step);
        break;
      case 1:
        if (l.request_beside(start, n, far, far) == limit_answer::granted)
          beside.insert(n);
        break;
      case 2:
        if (l.request_check(start, n, far, far) == limit_answer::granted)
          beside.insert(n);
        break;
      case 3:
        if (!payments.empty()) {
          l.give_back(attempt(*payments.begin()));
          payments.erase(payments.begin());
        }
        break;
      default:
        if (!beside.empty()) {
          l.give_back_beside(*beside.begin());
          beside.erase(beside.begin());
        }
      }
      const auto turn = l.advance(start);
      for (uint64_t granted : turn.granted_beside)
        beside.insert(granted);
      for (const attempt_id& granted : turn.granted)
        payments.insert(std::stoi(granted.str().substr(8)));
      RC_ASSERT(l.under_way() == payments.size() + beside.size());
      RC_ASSERT(l.under_way() <= concurrency);
    }
  }));
}
