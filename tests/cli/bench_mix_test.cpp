#include "cli/bench/mix.hpp"

#include <map>
#include <set>

#include <doctest/doctest.h>

using namespace oncepay;
using namespace oncepay::cli;

namespace {

mix_plan plan_of(mix_shape shape, uint32_t merchants, uint64_t seed = 7) {
  return {.shape = shape,
          .seed = seed,
          .merchants = merchants,
          .merchant_prefix = "b-",
          .currency = *parse_currency("CNY"),
          .method = method_id::trusted("card"),
          .payers = 3,
          .placed_at = {5}};
}

std::map<std::string, int> payments_by_merchant(mix_shape shape, uint32_t merchants, uint64_t payments) {
  const payment_mix mix(plan_of(shape, merchants));
  std::map<std::string, int> counts;
  for (uint64_t n = 0; n < payments; ++n)
    ++counts[mix.payment(n).merchant.str()];
  return counts;
}

} // namespace

TEST_CASE("bench: no order number comes twice, and the same seed makes the same payments") {
  const payment_mix mix(plan_of(mix_shape::uniform, 10));
  const payment_mix again(plan_of(mix_shape::uniform, 10));
  const payment_mix other(plan_of(mix_shape::uniform, 10, 8));
  std::set<std::string> numbers;
  for (uint64_t n = 0; n < 10'000; ++n) {
    const auto pay = mix.payment(n);
    CHECK(numbers.insert(pay.order_no.str()).second);
    CHECK(pay == again.payment(n));
    CHECK(pay.order_no != other.payment(n).order_no);
  }
}

TEST_CASE("bench: payments are of a form that every server takes") {
  const payment_mix mix(plan_of(mix_shape::zipf, 20'000));
  for (uint64_t n = 0; n < 1'000; ++n) {
    const auto pay = mix.payment(n);
    CHECK(merchant_id::parse(pay.merchant.str()).has_value());
    CHECK(order_no::parse(pay.order_no.str()).has_value());
    CHECK(pay.amount.minor > 0);
    CHECK((pay.payer == "payer-1" || pay.payer == "payer-2" || pay.payer == "payer-3"));
  }
}

TEST_CASE("bench: a uniform mix reaches every merchant about equally often") {
  const auto counts = payments_by_merchant(mix_shape::uniform, 10, 10'000);
  REQUIRE(counts.size() == 10);
  for (const auto& [merchant, count] : counts) {
    CAPTURE(merchant);
    CHECK(count > 800);
    CHECK(count < 1'200);
  }
}

TEST_CASE("bench: a Zipf mix favours the first merchants, in proportion to their rank") {
  auto counts = payments_by_merchant(mix_shape::zipf, 1'000, 100'000);
  // Of 1000 merchants the first has one payment in 7.7; the tenth about a tenth of that.
  CHECK(counts["b-1"] > 12'000);
  CHECK(counts["b-1"] < 14'000);
  CHECK(counts["b-10"] > 1'150);
  CHECK(counts["b-10"] < 1'500);
  CHECK(counts.size() > 950);
  CHECK_FALSE(counts.contains("b-0"));
  CHECK_FALSE(counts.contains("b-1001"));
}

TEST_CASE("bench: a hot mix has one merchant") {
  CHECK(payments_by_merchant(mix_shape::hot, 1'000, 1'000) == std::map<std::string, int>{{"b-1", 1'000}});
  CHECK(payment_mix(plan_of(mix_shape::hot, 1'000)).merchants_used() == 1);
  CHECK(payment_mix(plan_of(mix_shape::zipf, 1'000)).merchants_used() == 1'000);
}
