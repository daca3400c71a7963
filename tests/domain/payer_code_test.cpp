#include "actors/domain/payer_code.hpp"
#include "tests/domain/order_world.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;
using namespace oncepay::test;

namespace {

const method_id any_wallet = method_id::trusted(std::string(any_wallet_method));
const method_id wechat = *method_id::parse("wechat-code");
const method_id alipay = *method_id::parse("alipay-code");
const method_id own = *method_id::parse("island-code");

std::string digits(std::string_view begin, size_t all) {
  std::string code(begin);
  while (code.size() < all)
    code += static_cast<char>('0' + code.size() % 10);
  return code;
}

} // namespace

TEST_CASE("a code goes by the method of the wallet that shows it") {
  for (const char* begin : {"10", "11", "12", "13", "14", "15"})
    CHECK(method_of_payer_code(any_wallet, digits(begin, 18)) == wechat);
  for (const char* begin : {"25", "26", "27", "28", "29", "30"})
    for (size_t all = 16; all <= 24; ++all)
      CHECK(method_of_payer_code(any_wallet, digits(begin, all)) == alipay);
  CHECK(method_of_payer_code(wechat, digits("13", 18)) == wechat);
  CHECK(method_of_payer_code(alipay, digits("28", 20)) == alipay);
}

TEST_CASE("Loss prevented: one wallet's code is sent to another wallet's channel") {
  CHECK(method_of_payer_code(wechat, digits("28", 18)) == tl::unexpected(errc::other_wallets_code));
  CHECK(method_of_payer_code(alipay, digits("13", 18)) == tl::unexpected(errc::other_wallets_code));
}

TEST_CASE("what no wallet shows is refused, and nothing is guessed from its beginning") {
  const std::string unknown[] = {"",
                                 "1",
                                 "13",
                                 digits("13", 17),
                                 digits("13", 19),
                                 digits("16", 18),
                                 digits("09", 18),
                                 digits("24", 18),
                                 digits("31", 18),
                                 digits("28", 15),
                                 digits("28", 25),
                                 "13456789012345678x",
                                 "1 3456789012345678",
                                 "-13456789012345678",
                                 std::string("13\0"
                                             "456789012345678",
                                             18)};
  for (const std::string& code : unknown) {
    CAPTURE(code);
    for (const method_id& method : {any_wallet, wechat, alipay})
      CHECK(method_of_payer_code(method, code) == tl::unexpected(errc::unknown_payer_code));
  }
}

TEST_CASE("a channel's own method takes whatever its payers show") {
  CHECK(method_of_payer_code(own, "fp-0815") == own);
  CHECK(method_of_payer_code(own, digits("13", 18)) == own);
}

TEST_CASE("no code is two wallets'") {
  CHECK(rc::check("apart", [] {
    const std::string code = *rc::gen::container<std::string>(rc::gen::inRange('0', char('9' + 1)));
    size_t named = 0;
    for (const wallet_codes& w : known_wallets())
      named += method_of_payer_code(method_id::trusted(std::string(w.method)), code) ? 1 : 0;
    RC_ASSERT(named <= 1u);
    RC_ASSERT(bool(method_of_payer_code(any_wallet, code)) == (named == 1));
  }));
}

TEST_CASE("a code that can't be paid with opens nothing, and a known order is answered all the same") {
  order_world fresh;
  pay_input wrong = pay();
  wrong.payer_code_fault = static_cast<uint16_t>(errc::other_wallets_code);
  CHECK(!order::inquire(fresh.state, wrong));
  const auto refused = fresh.tell(wrong);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::other_wallets_code);
  CHECK(fresh.decisions.empty());
  // A retry after the table has changed: the order is what it is, and "nothing was written" would be a lie.
  order_world known;
  REQUIRE(known.tell(pay()).has_value());
  const auto again = known.tell(wrong);
  REQUIRE(again.has_value());
  CHECK(again->empty());
}
