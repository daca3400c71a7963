#include "schema/error.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace oncepay;

TEST_CASE("every code has a name of its own, a sentence and an advice") {
  std::set<std::string_view> names;
  int known = 0;
  for (unsigned n = 0; n <= 0xffff; ++n) {
    auto number = static_cast<uint16_t>(n);
    if (!is_known_code(number))
      continue;
    ++known;
    auto code = static_cast<errc>(number);
    names.insert(name(code));
    CHECK(sentence(code).size() > 4);
    CHECK(sentence(code).back() == '.');
    CHECK_FALSE(name(advice_for(code)).empty());
    CHECK((advice_for(code) == advice::done) == (code == errc::ok));
  }
  CHECK(known == 74);
  CHECK(static_cast<int>(names.size()) == known);
}

TEST_CASE("an unknown outcome is never taken for a failure, or the customer pays twice") {
  CHECK(advice_for(errc::in_doubt) == advice::ask);
  CHECK(advice_for(errc::processing) == advice::ask);
  CHECK(advice_for(errc::internal) == advice::ask);
  // A code of a newer server.
  CHECK(advice_for(static_cast<errc>(777)) == advice::ask);
  CHECK_FALSE(is_known_code(777));
  CHECK(name(static_cast<errc>(777)) == "unknown_code");
}

TEST_CASE("only what wrote nothing may be sent again as it is") {
  for (errc code :
       {errc::busy, errc::channel_busy, errc::no_channel, errc::restored_mode, errc::shutting_down, errc::view_behind})
    CHECK_MESSAGE(advice_for(code) == advice::retry, name(code));
  for (errc code : {errc::payment_failed, errc::order_conflict, errc::invalid_amount, errc::insufficient_funds})
    CHECK_MESSAGE(advice_for(code) == advice::do_not, name(code));
}

TEST_CASE("the numbers are wire facts") {
  CHECK(static_cast<int>(errc::malformed_frame) == 100);
  CHECK(static_cast<int>(errc::invalid_field) == 200);
  CHECK(static_cast<int>(errc::order_conflict) == 300);
  CHECK(static_cast<int>(errc::busy) == 400);
  CHECK(static_cast<int>(errc::payment_failed) == 500);
  CHECK(static_cast<int>(errc::in_doubt) == 501);
  CHECK(static_cast<int>(errc::processing) == 502);
  CHECK(static_cast<int>(errc::insufficient_funds) == 600);
  CHECK(static_cast<int>(errc::internal) == 900);
}
