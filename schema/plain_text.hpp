// Free text from outside: names and reasons that people will read in terminals, logs and web pages.
#pragma once

#include <string_view>

namespace oncepay {

/// True for valid UTF-8 without control characters: such text can't move a cursor, split a log line or end a string.
bool is_plain_text(std::string_view);

/// True where the text is a card's number as far as anybody can tell: 12 to 19 digits, blanks and hyphens between them
/// left aside, whose check digit is right.
bool is_card_number(std::string_view);
/// The same of any part of it that begins and ends with whole groups of digits: "card 6222-0212-3456-7894, thanks".
bool holds_card_number(std::string_view);

} // namespace oncepay
