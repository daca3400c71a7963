#include "actors/domain/payer_code.hpp"

#include <algorithm>
#include <array>

namespace oncepay {

namespace {

// As both say of `auth_code`: WeChat Pay (payment codes, version 2 and 3): 18 digits that begin with 10 to 15; Alipay
// (alipay.trade.pay, scene bar_code): 16 to 24 digits that begin with 25 to 30. Their face payments, which are no
// digits, aren't spoken here.
constexpr std::array wallets = {
    wallet_codes{"wechat-code", 10, 15, 18, 18},
    wallet_codes{"alipay-code", 25, 30, 16, 24},
};

constexpr bool are_apart(const wallet_codes& a, const wallet_codes& b) {
  return a.begins_max < b.begins_min || b.begins_max < a.begins_min || a.digits_max < b.digits_min ||
         b.digits_max < a.digits_min;
}

static_assert(are_apart(wallets[0], wallets[1]) && wallets.size() == 2, "a code belongs to one wallet at most");

bool is_of(const wallet_codes& w, std::string_view code) {
  const bool digits_only = std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits_only || code.size() < std::max<size_t>(2, w.digits_min) || code.size() > w.digits_max)
    return false;
  const auto begins = static_cast<uint32_t>((code[0] - '0') * 10 + (code[1] - '0'));
  return begins >= w.begins_min && begins <= w.begins_max;
}

} // namespace

std::span<const wallet_codes> known_wallets() {
  return wallets;
}

tl::expected<method_id, errc> method_of_payer_code(const method_id& method, std::string_view payer_code) {
  const auto shown =
      std::find_if(wallets.begin(), wallets.end(), [&](const wallet_codes& w) { return is_of(w, payer_code); });
  if (method.str() == any_wallet_method)
    return shown == wallets.end() ? tl::expected<method_id, errc>(tl::unexpected(errc::unknown_payer_code))
                                  : method_id::trusted(std::string(shown->method));
  const bool names_wallet =
      std::any_of(wallets.begin(), wallets.end(), [&](const wallet_codes& w) { return w.method == method.str(); });
  if (!names_wallet || (shown != wallets.end() && shown->method == method.str()))
    return method;
  return tl::unexpected(shown == wallets.end() ? errc::unknown_payer_code : errc::other_wallets_code);
}

} // namespace oncepay
