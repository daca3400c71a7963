// What a client that waits for an entity wants to know: how the entity itself stands, or one thing it was asked to do.
#pragma once

#include "schema/input.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace oncepay {

struct awaited {
  enum class about : uint8_t {
    itself, ///< The payment, of an order.
    refund,
    closing,
    checks,       ///< What its channels say, asked again.
    confirmation, ///< Whether it was one; then the payment itself.
    durable,      ///< Only that what it changes, if anything, is durable: a notice, a ruling.
    transfer,     ///< Of an account: what became of one that a channel inside the house asked for.
  };
  about what = about::itself;
  order_no refund_no = {}; ///< With `refund`.
  std::string key = {};    ///< With `transfer`, and the next: as it was asked for.
  instant before = {};
  bool operator==(const awaited&) const = default;
};

/// What a channel told of its own accord.
inline bool is_notice(const input& in) {
  auto* told = std::get_if<attempt_input>(&in);
  return told != nullptr && told->source == evidence::notice;
}

/// What people find out, or answer to that.
inline bool is_about_ruling(const input& in) {
  return std::holds_alternative<ruling_proposal_input>(in) || std::holds_alternative<ruling_answer_input>(in);
}

/// What whoever sent this input waits for.
inline awaited awaited_of(const input& in) {
  if (auto* refund = std::get_if<refund_input>(&in))
    return {awaited::about::refund, refund->refund_no};
  if (std::holds_alternative<close_input>(in))
    return {awaited::about::closing, {}};
  if (std::holds_alternative<check_input>(in))
    return {awaited::about::checks, {}};
  if (std::holds_alternative<confirm_input>(in))
    return {awaited::about::confirmation, {}};
  if (is_notice(in) || is_about_ruling(in))
    return {awaited::about::durable, {}};
  return {};
}

} // namespace oncepay
