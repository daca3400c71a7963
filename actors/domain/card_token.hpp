// The one-time token of a card that a payer presents: sealed under this name, and compared by a keyed hash of this
// text, which no payer's name is.
#pragma once

#include <string>
#include <string_view>

namespace oncepay {

inline constexpr std::string_view card_token_field = "card_token";

inline std::string card_token_text(std::string_view token) {
  return "card token/1\n" + std::string(token);
}

} // namespace oncepay
