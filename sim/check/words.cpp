#include "sim/check/words.hpp"

#include <algorithm>
#include <limits>

namespace oncepay::sim {

std::string words(uint32_t attempt_number, const attempt_id& id, const channel_id& channel) {
  return "attempt " + std::to_string(attempt_number) + " (" + id.str() + ", on " + channel.str() + ")";
}

std::string words(const order::attempt& a) {
  return words(a.number, a.id, a.channel);
}

std::string standing_words(const order::state& s) {
  std::string text(name(s.status));
  if (!s.attempts.empty() && is_doubtful(s.attempts.back().state))
    text += is_manual(s.attempts.back().state) ? ", left to a person" : ", in doubt";
  return text;
}

std::string words(const bank_entry& e) {
  std::string text = "received it at " + to_string(e.received_at);
  text += e.moved ? ", moved " + to_string(e.amount) : ", moved nothing";
  text += e.given_back ? " and gave it back" : "";
  if (auto word = first_word(e); word && *word != e.moved)
    text += e.moved ? " and denied it" : " and claimed that it did";
  return text;
}

std::string words(wide_minor minor, currency cur) {
  constexpr auto max = std::numeric_limits<int64_t>::max();
  if (-max <= minor && minor <= max)
    return to_string(money{static_cast<int64_t>(minor), cur});
  std::string digits;
  const bool negative = minor < 0;
  for (wide_minor rest = negative ? -minor : minor; rest > 0; rest /= 10)
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (negative)
    digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits + " minor units of " + std::string(alpha_code(cur));
}

} // namespace oncepay::sim
