#include "schema/plain_text.hpp"

#include <cstddef>
#include <cstdint>

#include <string>

namespace oncepay {

namespace {

bool is_control(uint32_t c) {
  // C0, DEL and C1; the line and paragraph separators; the marks that turn the direction of writing, with which a text
  // can be made to show other than what it says.
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

/// Bytes that follow a leading byte; -1: it can't lead.
int following(uint8_t lead) {
  if (lead < 0x80)
    return 0;
  if (lead >= 0xc2 && lead < 0xe0)
    return 1;
  if (lead >= 0xe0 && lead < 0xf0)
    return 2;
  if (lead >= 0xf0 && lead < 0xf5)
    return 3;
  return -1;
}

/// False for encodings longer than needed, surrogates, and what lies above Unicode.
bool is_shortest_form(uint32_t c, int continuations) {
  switch (continuations) {
  case 2:
    return c >= 0x800 && (c < 0xd800 || c > 0xdfff);
  case 3:
    return c >= 0x10000 && c <= 0x10ffff;
  default:
    return true;
  }
}

} // namespace

bool is_plain_text(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto lead = static_cast<uint8_t>(text[i++]);
    int continuations = following(lead);
    if (continuations < 0)
      return false;
    uint32_t c = continuations == 0 ? lead : lead & (0x3fu >> continuations);
    for (int k = 0; k < continuations; ++k, ++i) {
      if (i >= text.size() || (static_cast<uint8_t>(text[i]) & 0xc0) != 0x80)
        return false;
      c = c << 6 | (static_cast<uint8_t>(text[i]) & 0x3fu);
    }
    if (!is_shortest_form(c, continuations) || is_control(c))
      return false;
  }
  return true;
}

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// 12 to 19 digits whose check digit is right.
bool passes_luhn(std::string_view digits) {
  if (digits.size() < 12 || digits.size() > 19)
    return false;
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1)
      digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

} // namespace

bool is_card_number(std::string_view text) {
  std::string digits;
  for (char c : text) {
    if (is_digit(c))
      digits += c;
    else if (c != ' ' && c != '-')
      return false;
  }
  return passes_luhn(digits);
}

bool holds_card_number(std::string_view text) {
  // Whole groups of digits that only blanks and hyphens part, from each group on: a number may stand behind another.
  for (size_t begin = 0; begin < text.size(); ++begin) {
    if (!is_digit(text[begin]) || (begin > 0 && is_digit(text[begin - 1])))
      continue;
    std::string digits;
    for (size_t i = begin; i < text.size() && digits.size() <= 19; ++i) {
      if (is_digit(text[i]))
        digits += text[i];
      else if (text[i] != ' ' && text[i] != '-')
        break;
      if (is_digit(text[i]) && (i + 1 == text.size() || !is_digit(text[i + 1])) && passes_luhn(digits))
        return true;
    }
  }
  return false;
}

} // namespace oncepay
