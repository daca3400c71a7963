#include "schema/plain_text.hpp"
#include "tests/support/generators.hpp"

#include <doctest/doctest.h>

using namespace oncepay;
using namespace std::string_view_literals;

TEST_CASE("text of people passes") {
  for (std::string_view text :
       {""sv, "Café Zürich"sv, "支付"sv, "😀"sv, "a\"b\\c"sv, "\u00a0"sv, "\ud7ff"sv, "\U0010ffff"sv})
    CHECK_MESSAGE(is_plain_text(text), text);
  CHECK(rc::check("generated text is plain", [] { RC_ASSERT(is_plain_text(*generate::plain_text(128))); }));
}

TEST_CASE("text that could forge a line of a log or a screen is refused") {
  for (std::string_view text :
       {"a\nb"sv, "\x1b[2J"sv, "\0"sv, "\x7f"sv, "\xc2\x9b"sv, "\u2028"sv, "\u202e"sv, "\u2066"sv, "\t"sv})
    CHECK_FALSE(is_plain_text(text));
}

TEST_CASE("a card's number is found wherever it stands in a text") {
  for (std::string_view text : {"4111111111111111"sv, "4111 1111 1111 1111"sv, "4111-1111-1111-1111"sv,
                                "card 4111111111111111, thanks"sv, "12 4111111111111111"sv, "4111 1111 1111 1111 123"sv,
                                "6222021234567890128"sv, "no.4111  1111-1111 1111!"sv, "支付4111111111111111"sv})
    CHECK_MESSAGE(holds_card_number(text), text);
  for (std::string_view text : {""sv, "tok_4111"sv, "4111111111111112"sv, "41111111111"sv, "6222****1234"sv,
                                "41111111111111110000000"sv, "4111_1111_1111_1111"sv, "2026-11-28"sv})
    CHECK_FALSE_MESSAGE(holds_card_number(text), text);
}

TEST_CASE("bytes that are no UTF-8 are refused") {
  for (std::string_view text : {"\x80"sv, "\xc3"sv, "\xc3("sv, "\xc0\xaf"sv, "\xe0\x80\xaf"sv, "\xed\xa0\x80"sv,
                                "\xf0\x80\x80\xaf"sv, "\xf4\x90\x80\x80"sv, "\xff"sv, "\xf0\x9f\x98"sv, "a\xe2\x82"sv})
    CHECK_FALSE(is_plain_text(text));
}
