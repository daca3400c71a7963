#include "schema/ids.hpp"

#include "schema/hash.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace oncepay {

namespace {

constexpr bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

template <class Allowed>
bool consists_of(std::string_view text, size_t bytes_max, Allowed allowed) {
  return !text.empty() && text.size() <= bytes_max && std::all_of(text.begin(), text.end(), allowed);
}

constexpr bool in_name(char c) {
  return is_lower_or_digit(c) || c == '_' || c == '-';
}

} // namespace

bool merchant_id_rules::allows(std::string_view text) {
  return consists_of(text, limits::merchant_id_bytes_max, in_name);
}

bool wallet_id_rules::allows(std::string_view text) {
  return consists_of(text, limits::wallet_id_bytes_max, in_name);
}

bool channel_id_rules::allows(std::string_view text) {
  return consists_of(text, limits::channel_id_bytes_max, in_name);
}

bool order_no_rules::allows(std::string_view text) {
  return consists_of(text, limits::order_no_bytes_max, [](char c) { return c > ' ' && c <= '~'; });
}

bool method_rules::allows(std::string_view text) {
  return consists_of(text, limits::method_bytes_max, [](char c) { return in_name(c) || c == '.'; });
}

bool attempt_id_rules::allows(std::string_view text) {
  return from_base32(text) != hash128{};
}

bool code_serial_rules::allows(std::string_view text) {
  return from_base32(text) != hash128{};
}

bool code_label_rules::allows(std::string_view text) {
  return consists_of(text, limits::code_label_bytes_max, [](char c) { return in_name(c) || c == '.'; });
}

bool ruling_id_rules::allows(std::string_view text) {
  return from_base32(text) != hash128{};
}

namespace {

attempt_id id_over(std::initializer_list<std::string_view> parts) {
  return attempt_id::trusted(base32(hash_parts_128(parts)));
}

} // namespace

attempt_id make_attempt_id(std::string_view environment, const merchant_id& merchant, const order_no& order,
                           uint32_t attempt_number) {
  std::array<char, 10> number;
  auto end = std::to_chars(number.data(), number.data() + number.size(), attempt_number).ptr;
  return id_over({"attempt/1",
                  environment,
                  merchant.str(),
                  order.str(),
                  {number.data(), static_cast<size_t>(end - number.data())}});
}

attempt_id make_refund_id(std::string_view environment, const merchant_id& merchant, const order_no& order,
                          const order_no& refund_no) {
  return id_over({"refund/1", environment, merchant.str(), order.str(), refund_no.str()});
}

attempt_id make_surplus_id(std::string_view environment, const merchant_id& merchant, const order_no& order,
                           uint32_t attempt_number, uint32_t try_number) {
  return id_over({"surplus/1", environment, merchant.str(), order.str(), std::to_string(attempt_number),
                  std::to_string(try_number)});
}

attempt_id make_telling_id(std::string_view environment, const merchant_id& merchant, const order_no& order,
                           uint32_t number, std::string_view result) {
  return id_over({"telling/1", environment, merchant.str(), order.str(), std::to_string(number), result});
}

} // namespace oncepay
