#include "actors/domain/quota.hpp"

#include "schema/limits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;

namespace {

constexpr instant start{1'767'268'800 * ns_per_s};

quota_terms bounded(uint32_t per_s, uint32_t burst, uint32_t under_way) {
  merchant_terms t;
  t.requests_per_s_max = per_s;
  t.requests_burst_max = burst;
  t.requests_under_way_max = under_way;
  return quota_of(t);
}

} // namespace

TEST_CASE("A quota lets a burst begin at once, then as many as its rate, and says when to come again") {
  quota q(bounded(10, 3, 0));
  for (int i = 0; i < 3; ++i)
    CHECK(q.begin(start) == 0);
  CHECK(q.begin(start) == 101); // a tenth of a second, rounded up
  CHECK(q.begin(plus_ms(start, 99)) > 0);
  CHECK(q.begin(plus_ms(start, 101)) == 0);
  CHECK(q.begin(plus_ms(start, 101)) > 0);
  // A quiet hour saves up no more than the burst.
  const instant later = plus_ms(start, 3'600'000);
  for (int i = 0; i < 3; ++i)
    CHECK(q.begin(later) == 0);
  CHECK(q.begin(later) > 0);
}

TEST_CASE("Who comes again when he was told to is let in") {
  CHECK(rc::check("retry_after_ms is enough", [] {
    const auto per_s = *rc::gen::inRange<uint32_t>(1, limits::quota_requests_max + 1);
    const auto burst = *rc::gen::inRange<uint32_t>(0, 100);
    quota q(bounded(per_s, burst, 0));
    instant now = start;
    for (int i = 0; i < 300; ++i)
      if (const uint32_t again_ms = q.begin(now); again_ms != 0) {
        now = plus_ms(now, again_ms);
        RC_ASSERT(q.begin(now) == 0u);
      }
  }));
}

TEST_CASE("Without a burst of its own a quota takes a second's worth at once") {
  quota q(bounded(5, 0, 0));
  for (int i = 0; i < 5; ++i)
    CHECK(q.begin(start) == 0);
  CHECK(q.begin(start) > 0);
}

TEST_CASE("So many are under way and no more, until one is over") {
  quota q(bounded(0, 0, 2));
  CHECK(q.begin(start) == 0);
  CHECK(q.begin(start) == 0);
  CHECK(q.begin(start) == limits::quota_again_ms);
  CHECK(q.under_way() == 2);
  q.end();
  CHECK(q.begin(start) == 0);
}

TEST_CASE("What is refused for being under way takes nothing of the rate") {
  quota q(bounded(1, 1, 1));
  CHECK(q.begin(start) == 0);
  const instant later = plus_ms(start, 2'000);
  for (int i = 0; i < 10; ++i)
    CHECK(q.begin(later) == limits::quota_again_ms);
  q.end();
  CHECK(q.begin(later) == 0);
}

TEST_CASE("New terms leave counted what is under way") {
  quota q(bounded(0, 0, 5));
  for (int i = 0; i < 3; ++i)
    CHECK(q.begin(start) == 0);
  q.configure(bounded(0, 0, 2));
  CHECK(q.begin(start) > 0);
  q.end();
  CHECK(q.begin(start) > 0);
  q.end();
  CHECK(q.begin(start) == 0);
}
