// The address that a payment carries along for its notice.
#include "actors/domain/dialect/order_address.hpp"

#include "schema/limits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace oncepay;

namespace {

stream_name order_of(std::string_view merchant, std::string_view number) {
  return stream_name::of_order(*merchant_id::parse(merchant), *order_no::parse(number));
}

std::string address_of(std::string_view merchant, std::string_view number) {
  return order_address(*merchant_id::parse(merchant), *order_no::parse(number));
}

} // namespace

TEST_CASE("an order's address leads back to it, whatever its merchant chose for a number") {
  CHECK(address_of("shop", "A-1") == "shop.QS0x");
  CHECK(order_at("shop.QS0x") == order_of("shop", "A-1"));
  CHECK(rc::check([] {
    const auto number =
        *rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::inRange('!', '\x7f')), [](const std::string& text) {
          return !text.empty() && text.size() <= limits::order_no_bytes_max;
        });
    const auto address = address_of("a_shop-1", number);
    RC_ASSERT(order_at(address) == order_of("a_shop-1", number));
    RC_ASSERT(address.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") ==
              std::string::npos);
  }));
}

TEST_CASE("the longest address fits where it is carried") {
  const std::string merchant(limits::merchant_id_bytes_max, 'm');
  const std::string number(limits::order_no_bytes_max, '~');
  CHECK(address_of(merchant, number).size() == limits::order_address_bytes_max);
  CHECK(order_at(address_of(merchant, number)) == order_of(merchant, number));
}

TEST_CASE("what isn't written as an address leads nowhere") {
  for (const auto* text : {"", ".", "shop", "shop.", ".QS0x", "Shop.QS0x", "shop.QS0x=", "shop.QS1", "shop.QS0x ",
                           "shop.QS0y.QS0x", "shop.IA", "shop.QS0\xff", "shop.Q"})
    CHECK_MESSAGE(!order_at(text), text);
  CHECK_FALSE(order_at("shop." + std::string(1'000'000, 'Q')));
  CHECK(rc::check([](const std::string& text) {
    if (const auto order = order_at(text))
      RC_ASSERT(address_of(order->part(0), order->part(1)) == text);
  }));
}

TEST_CASE("an id is that of one attempt of its order, in its environment") {
  const auto order = order_of("shop", "A-1");
  const auto second = make_attempt_id("test", *merchant_id::parse("shop"), *order_no::parse("A-1"), 2);
  CHECK(attempt_with_id("test", order, second) == 2);
  CHECK(attempt_with_id("production", order, second) == 0);
  CHECK(attempt_with_id("test", order_of("shop", "A-2"), second) == 0);
}
