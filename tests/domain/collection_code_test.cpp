#include "actors/domain/collection_code.hpp"
#include "actors/domain/merchant.hpp"

#include <doctest/doctest.h>

using namespace oncepay;

namespace {

const merchant_id shop = *merchant_id::parse("shop");
const code_label till = *code_label::parse("till-3");

hash128 keyed(std::string_view text) {
  return hash_parts_128({"a key", text});
}

code_input issue(const merchant_id& merchant = shop, const code_label& label = till) {
  return {collection_code::serial_of(keyed(collection_code::secret_text(merchant, label))), merchant, label};
}

struct code_world {
  collection_code::state state = collection_code::initial(stream_name::of_code(issue().serial));
  verdict_on_input tell(const input& in) {
    auto verdict = collection_code::decide(state, in);
    if (verdict)
      for (const event& e : *verdict)
        collection_code::evolve(state, in, e);
    return verdict;
  }
};

} // namespace

TEST_CASE("a code is issued once, and the same label gets the same one ever after") {
  code_world w;
  CHECK(collection_code::standing(w.state) == errc::unknown_collection_code);
  CHECK(w.tell(issue())->size() == 1);
  CHECK(w.tell(issue())->empty());
  CHECK(collection_code::standing(w.state) == errc::ok);
  CHECK(collection_code::view(w.state) == code_view{issue().serial, shop, till, false});
}

TEST_CASE("Loss prevented: a sticker that was taken down pays somebody again") {
  code_world w;
  CHECK(w.tell(code_revocation_input{"lin", "lost"}).error().code == errc::unknown_collection_code);
  REQUIRE(w.tell(issue()).has_value());
  CHECK(w.tell(code_revocation_input{"lin", "lost"})->size() == 1);
  CHECK(w.tell(code_revocation_input{"lin", "lost"})->empty());
  CHECK(w.tell(issue()).error().code == errc::code_revoked);
  CHECK(collection_code::standing(w.state) == errc::code_revoked);
  CHECK(collection_code::view(w.state).merchant == shop); // whose it was can still be told
}

TEST_CASE("Loss prevented: one merchant's code comes to stand for another one") {
  code_world w;
  REQUIRE(w.tell(issue()).has_value());
  code_input other = issue();
  other.merchant = *merchant_id::parse("thief");
  CHECK(w.tell(other).error().code == errc::internal);
  CHECK(w.state.merchant == shop);
  CHECK(w.tell(issue(*merchant_id::parse("thief"))).error().code == errc::internal); // another code's stream
}

TEST_CASE("a serial tells neither merchant nor label, and no two have the same") {
  const code_serial serial = issue().serial;
  CHECK(code_serial::parse(serial.str()) == serial);
  CHECK(serial.str().find("shop") == std::string::npos);
  // What is hashed can't be read in two ways: "a" + "b-c" isn't "a-b" + "c".
  CHECK(issue(*merchant_id::parse("a"), *code_label::parse("b-c")).serial !=
        issue(*merchant_id::parse("a-b"), *code_label::parse("c")).serial);
  CHECK(collection_code::secret_text(shop, till).find('\n') != std::string::npos);
}

TEST_CASE("codes are issued to merchants that exist and aren't suspended") {
  auto m = merchant::initial(stream_name::of_merchant(shop));
  CHECK(merchant::decide(m, issue()).error().code == errc::unknown_merchant);
  merchant_terms terms;
  terms.merchant = shop;
  const input configured = merchant_input{terms, true};
  merchant::evolve(m, configured, merchant_configured{});
  CHECK(merchant::decide(m, issue())->size() == 1);
  CHECK(merchant::claims(m, issue()) == stream_name::of_code(issue().serial));
  CHECK(merchant::claims(m, configured).empty());
  m.terms.suspended = true;
  CHECK(merchant::decide(m, issue()).error().code == errc::merchant_suspended);
  CHECK(merchant::decide(m, issue(*merchant_id::parse("thief"))).error().code == errc::internal);
}
