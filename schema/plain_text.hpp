// Free text from outside: names and reasons that people will read in terminals, logs and web pages.
#pragma once

#include <string_view>

namespace oncepay {

/// True for valid UTF-8 without control characters: such text can't move a cursor, split a log line or end a string.
bool is_plain_text(std::string_view);

} // namespace oncepay
