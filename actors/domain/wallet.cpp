#include "actors/domain/wallet.hpp"

namespace oncepay {

account_ref account_of(const merchant_id& merchant, const wallet_id& wallet) {
  if (wallet.empty())
    return {account_kind::merchant_available, merchant.str()};
  return {account_kind::wallet, merchant.str() + "/" + wallet.str()};
}

merchant_id merchant_of(const account_ref& account) {
  // A merchant's id holds no slash.
  return merchant_id::trusted(std::string_view(account.owner).substr(0, account.owner.find('/')));
}

} // namespace oncepay
