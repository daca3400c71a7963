#include "actors/domain/dialect/order_address.hpp"

#include "schema/limits.hpp"

namespace oncepay {

namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(std::string_view bytes) {
  std::string text;
  uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xFFFF;
    for (bits += 8; bits >= 6; bits -= 6)
      text += letters[held >> (bits - 6) & 63];
  }
  if (bits > 0)
    text += letters[held << (6 - bits) & 63];
  return text;
}

/// The whole bytes of it, up to a letter that is none.
std::string from_base64url(std::string_view text) {
  std::string bytes;
  uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = letters.find(c);
    if (value == std::string_view::npos)
      break;
    held = (held << 6 | static_cast<uint32_t>(value)) & 0xFFFF;
    bits += 6;
    if (bits >= 8)
      bytes += static_cast<char>(held >> (bits -= 8) & 0xFF);
  }
  return bytes;
}

} // namespace

std::string order_address(const merchant_id& merchant, const order_no& number) {
  return merchant.str() + "." + base64url(number.str());
}

std::optional<stream_name> order_at(std::string_view address) {
  const auto dot = address.find('.');
  if (dot == std::string_view::npos || address.size() > limits::order_address_bytes_max)
    return std::nullopt;
  const auto merchant = merchant_id::parse(address.substr(0, dot));
  const auto number = order_no::parse(from_base64url(address.substr(dot + 1)));
  // One order has one address: what is written differently wasn't written here.
  if (!merchant || !number || order_address(*merchant, *number) != address)
    return std::nullopt;
  return stream_name::of_order(*merchant, *number);
}

uint32_t attempt_with_id(std::string_view environment, const stream_name& order, const attempt_id& id) {
  const auto merchant = merchant_id::trusted(order.part(0));
  const auto number = order_no::trusted(order.part(1));
  for (uint32_t attempt = 1; attempt <= limits::attempts_max; ++attempt)
    if (make_attempt_id(environment, merchant, number, attempt) == id)
      return attempt;
  return 0;
}

} // namespace oncepay
