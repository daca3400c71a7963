#include "actors/domain/transfer_key.hpp"

namespace oncepay {

namespace {

constexpr std::string_view key_prefix = "order/";

} // namespace

std::string transfer_key(const merchant_id& merchant, const order_no& number) {
  return std::string(key_prefix).append(merchant.str()).append("/").append(number.str());
}

std::string transfer_key(operation what, const attempt_id& id) {
  return std::string(name(what)).append("/").append(id.str());
}

std::optional<stream_name> asker_of(std::string_view key) {
  if (!key.starts_with(key_prefix))
    return std::nullopt;
  key.remove_prefix(key_prefix.size());
  // A merchant's id holds no slash; an order number may.
  const size_t end = key.find('/');
  if (end == std::string_view::npos)
    return std::nullopt;
  const auto merchant = merchant_id::parse(key.substr(0, end));
  const auto number = order_no::parse(key.substr(end + 1));
  if (!merchant || !number)
    return std::nullopt;
  return stream_name::of_order(*merchant, *number);
}

} // namespace oncepay
