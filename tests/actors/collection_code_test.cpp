// Collection codes, from the command to the code's own stream and back, past its merchant.
#include "tests/actors/town.hpp"

using namespace oncepay;
using namespace oncepay::test;

namespace {

issue_code_command issue(std::string_view label, std::string_view merchant_name = "m1") {
  return {*merchant_id::parse(merchant_name), *code_label::parse(label)};
}

code_view code_in(const reply& r) {
  REQUIRE(std::holds_alternative<code_view>(r.body));
  return std::get<code_view>(r.body);
}

} // namespace

TEST_CASE("a code is the same after every restart, and only the server tells whose it is") {
  sim::world w(town({channel("alpha")}));
  const code_view first = code_in(w.ask(w.connect(), issue("till-3")));
  CHECK(first.merchant == *merchant_id::parse("m1"));
  const uint64_t decisions = w.log().head().position;
  w.crash();
  auto& c = w.connect();
  const reply again = w.ask(c, issue("till-3"));
  CHECK(code_in(again) == first);
  CHECK(again.duplicate);
  CHECK(w.log().head().position == decisions);
  CHECK(code_in(w.ask(c, query_code_command{first.serial})) == first);
  CHECK(code_in(w.ask(c, issue("till-3", "m2"))).serial != first.serial);
  CHECK(code_in(w.ask(c, issue("till-4"))).serial != first.serial);
}

TEST_CASE("who isn't a merchant gets no code, and what was never issued is nobody's") {
  sim::world w(town({channel("alpha")}));
  auto& c = w.connect();
  const uint64_t decisions = w.log().head().position;
  CHECK(w.ask(c, issue("till-3", "nobody")).code == errc::unknown_merchant);
  const auto invented = code_serial::trusted(base32(hash_parts_128({"invented"})));
  CHECK(w.ask(c, query_code_command{invented}).code == errc::unknown_collection_code);
  CHECK(w.ask(c, revoke_code_command{invented, "ann", "lost"}).code == errc::unknown_collection_code);
  CHECK(w.log().head().position == decisions);
}

TEST_CASE("a revoked code stays revoked") {
  sim::world w(town({channel("alpha")}));
  const code_serial serial = code_in(w.ask(w.connect(), issue("till-3"))).serial;
  CHECK(code_in(w.ask(w.connect(), revoke_code_command{serial, "ann", "lost"})).revoked);
  w.crash();
  auto& c = w.connect();
  CHECK(w.ask(c, query_code_command{serial}).code == errc::code_revoked);
  CHECK(w.ask(c, issue("till-3")).code == errc::code_revoked);
}
