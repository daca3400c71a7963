// What risk rules said of a payment: part of the input of the decision that depended on it, with the rule's name, so
// that "why was it stopped?" has an answer years later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oncepay {

/// Stored: never renumbered.
enum class risk_outcome : uint8_t {
  none = 0, ///< Nobody was asked: no rules are about such payments.
  pass = 1,
  step_up = 2, ///< Its payer must confirm it first.
  block = 3,
};

std::string_view name(risk_outcome);

struct risk_answer {
  risk_outcome outcome = risk_outcome::none;
  std::string rule;               ///< The rule that decided; empty: none was about it, so it passes.
  std::string version;            ///< Of the rule file.
  uint32_t confirm_within_ms = 0; ///< With a step-up.
  uint32_t wrong_max = 0;         ///< So many wrong confirmations end the order.
  bool operator==(const risk_answer&) const = default;
};

} // namespace oncepay
