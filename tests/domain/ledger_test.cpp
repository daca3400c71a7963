#include "actors/domain/ledger.hpp"

#include "schema/limits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;

namespace {
const currency cny = *parse_currency("CNY");
const merchant_id m1 = *merchant_id::parse("m1");
const channel_id alpha = *channel_id::parse("alpha");
} // namespace

TEST_CASE("A payment of 100.00 with a fee of 0.60 and a cost of 0.20 is posted as the table of the design says") {
  auto lines = ledger::payment_succeeded(m1, alpha, {10'000, cny}, 60, 20);
  REQUIRE(lines);
  const std::vector<posting> expected = {
      {{account_kind::channel_receivable, "alpha"}, {10'000, cny}},
      {{account_kind::merchant_pending, "m1"}, {-9'940, cny}},
      {{account_kind::platform_fees, ""}, {-60, cny}},
      {{account_kind::channel_cost, "alpha"}, {20, cny}},
      {{account_kind::channel_receivable, "alpha"}, {-20, cny}},
  };
  CHECK(*lines == expected);
}

TEST_CASE("A payment is balanced whatever its amount, fee and cost") {
  CHECK(rc::check("balanced", [] {
    const auto amount = *rc::gen::inRange<int64_t>(1, limits::amount_minor_max);
    const auto fee = *rc::gen::inRange<int64_t>(0, amount + 1);
    const auto cost = *rc::gen::inRange<int64_t>(0, limits::amount_minor_max);
    auto lines = ledger::payment_succeeded(m1, alpha, {amount, cny}, fee, cost);
    RC_ASSERT(lines.has_value());
    RC_ASSERT(ledger::balanced(*lines));
    for (const posting& p : *lines)
      RC_ASSERT(p.amount.minor != 0);
  }));
}

TEST_CASE("A payment that makes no sense is not posted") {
  CHECK_FALSE(ledger::payment_succeeded(m1, alpha, {0, cny}, 0, 0));
  CHECK_FALSE(ledger::payment_succeeded(m1, alpha, {-5, cny}, 0, 0));
  CHECK_FALSE(ledger::payment_succeeded(m1, alpha, {100, cny}, 101, 0));
  CHECK_FALSE(ledger::payment_succeeded(m1, alpha, {100, cny}, -1, 0));
  CHECK_FALSE(ledger::payment_succeeded(m1, alpha, {100, cny}, 0, -1));
  CHECK_FALSE(ledger::payment_succeeded(m1, alpha, {limits::amount_minor_max + 1, cny}, 0, 0));
}

TEST_CASE("Balance is asked per currency, and an overflow is no balance") {
  const currency usd = *parse_currency("USD");
  const account_ref a{account_kind::transit, ""};
  CHECK(ledger::balanced({}));
  CHECK_FALSE(ledger::balanced({{a, {5, cny}}, {a, {-5, usd}}}));
  CHECK(ledger::balanced({{a, {5, cny}}, {a, {-5, usd}}, {a, {5, usd}}, {a, {-5, cny}}}));
  CHECK_FALSE(ledger::balanced({{a, {INT64_MAX, cny}}, {a, {1, cny}}, {a, {INT64_MIN, cny}}}));
}
