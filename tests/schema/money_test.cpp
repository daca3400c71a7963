#include "schema/money.hpp"
#include "tests/support/generators.hpp"

#include <limits>

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

currency cur(std::string_view alpha) {
  return parse_currency(alpha).value();
}

constexpr int64_t int64_max = std::numeric_limits<int64_t>::max();
constexpr int64_t int64_min = std::numeric_limits<int64_t>::min();

} // namespace

TEST_CASE("a sum that leaves 64 bits is an error, never a wrapped number that pays out of nothing") {
  CHECK(checked_add(int64_max, 1).error() == errc::amount_overflow);
  CHECK(checked_add(int64_min, -1).error() == errc::amount_overflow);
  CHECK(checked_sub(int64_min, 1).error() == errc::amount_overflow);
  CHECK(checked_sub(0, int64_min).error() == errc::amount_overflow);
  CHECK(checked_add(int64_max, 0).value() == int64_max);
  CHECK(checked_add(int64_max, int64_min).value() == -1);
  CHECK(rc::check("what is added can be taken away again, or overflows the first time", [](int64_t a, int64_t b) {
    auto sum = checked_add(a, b);
    __extension__ using wide = __int128;
    wide exact = static_cast<wide>(a) + b;
    RC_ASSERT(sum.has_value() == (exact >= int64_min && exact <= int64_max));
    if (sum)
      RC_ASSERT(checked_sub(*sum, b).value() == a);
  }));
}

TEST_CASE("fees are rounded half up on the absolute value, as the channels' bills show them") {
  CHECK(share_of(88, 6'000).value() == 1); // 0.88 at 0.60 % is 0.00528
  CHECK(share_of(14'780, 10'000).value() == 148);
  CHECK(share_of(50, 10'000).value() == 1);   // exactly half
  CHECK(share_of(49, 10'000).value() == 0);   // just below
  CHECK(share_of(-50, 10'000).value() == -1); // a returned fee mirrors the fee
  CHECK(share_of(-49, 10'000).value() == 0);
  CHECK(share_of(0, 1'000'000).value() == 0);
  CHECK(share_of(int64_max, 1'000'000).value() == int64_max);
  CHECK(share_of(int64_min, 1'000'000).value() == int64_min);
  CHECK(share_of(int64_max, 1'000'001).error() == errc::amount_overflow);
  CHECK(rc::check("the rounded share is within half a unit, halves go away from zero, signs mirror", [] {
    int64_t amount = *rc::gen::arbitrary<int64_t>();
    auto rate = *rc::gen::inRange<uint32_t>(0, 1'000'001);
    __extension__ using wide = __int128;
    auto share = share_of(amount, rate);
    RC_ASSERT(share.has_value());
    wide error = static_cast<wide>(*share) * 1'000'000 - static_cast<wide>(amount) * rate;
    wide outward = amount < 0 ? -error : error;
    RC_ASSERT(outward > -500'000);
    RC_ASSERT(outward <= 500'000);
    if (amount != int64_min)
      RC_ASSERT(share_of(-amount, rate).value() == -*share);
  }));
}

TEST_CASE("an amount is never guessed at") {
  auto refused = [](std::string_view text, std::string_view alpha) {
    return parse_money(text, cur(alpha)).error();
  };
  for (std::string_view text :
       {"", ".", "1.", ".5", "-1", "+1", "1e3", " 1", "1 ", "1,00", "0x10", "1.2.3", "1.234", "NaN", "١", "1\n"})
    CHECK_MESSAGE(refused(text, "CNY") == errc::invalid_amount, text);
  CHECK(refused(std::string_view("1\0", 2), "CNY") == errc::invalid_amount);
  CHECK(refused("100.0", "JPY") == errc::invalid_amount);
  CHECK(refused("92233720368547758.08", "CNY") == errc::amount_overflow);
  CHECK(refused("99999999999999999999", "JPY") == errc::amount_overflow);
  CHECK(parse_money("1", currency{}).error() == errc::unknown_currency);
  CHECK(parse_money("92233720368547758.07", cur("CNY")).value().minor == int64_max);
}

TEST_CASE("a decimal counts by its currency's digits") {
  CHECK(parse_money("147.8", cur("CNY")).value() == money{14'780, cur("CNY")});
  CHECK(parse_money("147", cur("JPY")).value() == money{147, cur("JPY")});
  CHECK(parse_money("1.234", cur("KWD")).value() == money{1'234, cur("KWD")});
  CHECK(parse_money("0.05", cur("CNY")).value() == money{5, cur("CNY")});
  CHECK(to_string(money{14'780, cur("CNY")}) == "147.80 CNY");
  CHECK(to_string(money{-5, cur("CNY")}) == "-0.05 CNY");
  CHECK(to_string(money{7, cur("JPY")}) == "7 JPY");
  CHECK(decimal(money{1, cur("CLF")}) == "0.0001");
  CHECK(decimal(money{int64_min, cur("CNY")}) == "-92233720368547758.08");
}

TEST_CASE("a currency that only a newer build knows is shown in minor units, not with a guessed decimal point") {
  CHECK(to_string(money{12'345, currency{999}}) == "12345 ???");
  CHECK_FALSE(is_known(currency{999}));
  CHECK_FALSE(is_known(currency{}));
  CHECK_FALSE(is_known(currency{65'535}));
}

TEST_CASE("currencies are found by their code as written, and only so") {
  CHECK(cur("CNY").numeric == 156);
  CHECK(cur("EUR").numeric == 978);
  CHECK(alpha_code(currency{392}) == "JPY");
  for (std::string_view text : {"", "cny", "CN", "CNYX", "XAU", "XTS", "XXX", "ZZZ", "DEM", "???"})
    CHECK_MESSAGE(parse_currency(text).error() == errc::unknown_currency, text);
  for (uint16_t n = 0; n < 1'100; ++n)
    if (is_known(currency{n}))
      CHECK(parse_currency(alpha_code(currency{n})).value() == currency{n});
}

TEST_CASE("what is printed reads back as the same amount") {
  CHECK(rc::check("parse after print", [] {
    money m = *generate::amount();
    RC_ASSERT(parse_money(decimal(m), m.currency).value() == m);
  }));
}
