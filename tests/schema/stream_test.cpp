#include "schema/stream.hpp"
#include "tests/support/generators.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

merchant_id merchant(std::string_view text) {
  return merchant_id::parse(text).value();
}
stream_name order(std::string_view m, std::string_view number) {
  return stream_name::of_order(merchant(m), order_no::parse(number).value());
}

} // namespace

TEST_CASE("two entities never share a stream, or one would be paid with the other's money") {
  std::set<std::string> names{
      order("wallet", "alice").bytes(),
      order("walletalice", "x").bytes(),
      order("wallet", "alicex").bytes(),
      stream_name::of_merchant(merchant("wallet")).bytes(),
      stream_name::of_channel(channel_id::parse("wallet").value()).bytes(),
      stream_name::of_account("wallet/alice").bytes(),
      stream_name::of_operations().bytes(),
  };
  CHECK(names.size() == 7);
}

TEST_CASE("a name says what it is") {
  auto name = order("m1", "A-7");
  CHECK(name.kind() == stream_kind::order);
  CHECK(name.part_count() == 2);
  CHECK(name.part(0) == "m1");
  CHECK(name.part(1) == "A-7");
  CHECK(name.part(2).empty());
  CHECK(name.display() == "order/m1/A-7");
  CHECK(stream_name::of_account("wallet/alice").display() == "account/wallet/alice");
  CHECK(stream_name::of_operations().display() == "operations");
  CHECK(stream_name().display().empty());
  CHECK(stream_name().partition() == stream_name().partition());
}

TEST_CASE("what belongs to one party lies in one partition") {
  auto home = stream_name::of_merchant(merchant("m1")).partition();
  CHECK(order("m1", "A-7").partition() == home);
  CHECK(order("m1", "another").partition() == home);
  CHECK(stream_name::of_account("merchant/m1/available").partition() == home);
  CHECK(stream_name::of_account("wallet/alice").partition() == stream_name::of_account("wallet/alice").partition());
  // 256 partitions: a dozen names in one would mean that something else than the owner is hashed.
  std::set<uint8_t> used;
  for (int i = 0; i < 64; ++i)
    used.insert(stream_name::of_merchant(merchant("m" + std::to_string(i))).partition());
  CHECK(used.size() > 40);
}

TEST_CASE("a merchant's home stays where it is: partitions of existing streams may never change") {
  CHECK(int{stream_name::of_merchant(merchant("m-15349")).partition()} == 12);
  CHECK(int{stream_name::of_account("wallet/alice").partition()} == 40);
}

TEST_CASE("stored bytes that are no name are refused") {
  using namespace std::string_literals;
  for (const std::string& bytes : {""s, "o"s, "z\x02m1"s, "o\x02m1"s, "o\x02m1\x03"s, "o\x02m1\x00"s,
                                   "o\x02m1\x03"
                                   "A-7x"s,
                                   "o\x02M1\x03"
                                   "A-7"s,
                                   "m\x02m1\x02m2"s,
                                   "m\xff"
                                   "m1"s,
                                   "x\x01y"s, "a\x01 "s,
                                   "c\x11"
                                   "aaaaaaaaaaaaaaaaa"s})
    CHECK_MESSAGE(!stream_name::from_bytes(bytes).has_value(), stream_name::from_bytes(bytes)->display());
}

TEST_CASE("every name reads back from its bytes") {
  CHECK(rc::check("from_bytes after bytes", [] {
    stream_name name = *generate::stream();
    RC_ASSERT(stream_name::from_bytes(name.bytes()).value() == name);
  }));
}
