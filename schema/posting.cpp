#include "schema/posting.hpp"

namespace oncepay {

namespace {

std::string around(std::string_view before, const std::string& owner, std::string_view after) {
  std::string result;
  result.reserve(before.size() + owner.size() + after.size());
  return result.append(before).append(owner).append(after);
}

} // namespace

std::string path(const account_ref& account) {
  switch (account.kind) {
  case account_kind::merchant_pending:
    return around("merchant/", account.owner, "/pending");
  case account_kind::merchant_available:
    return around("merchant/", account.owner, "/available");
  case account_kind::wallet:
    return around("wallet/", account.owner, {});
  case account_kind::channel_receivable:
    return around("channel/", account.owner, "/receivable");
  case account_kind::channel_cost:
    return around("channel/", account.owner, "/cost");
  case account_kind::platform_fees:
    return "platform/fees";
  case account_kind::transit:
    return "transit";
  case account_kind::bank:
    return around("bank/", account.owner, {});
  case account_kind::suspense_long:
    return "suspense/long";
  case account_kind::suspense_short:
    return "suspense/short";
  }
  return "?";
}

bool is_known(account_kind kind) {
  switch (kind) {
  case account_kind::merchant_pending:
  case account_kind::merchant_available:
  case account_kind::wallet:
  case account_kind::channel_receivable:
  case account_kind::channel_cost:
  case account_kind::platform_fees:
  case account_kind::transit:
  case account_kind::bank:
  case account_kind::suspense_long:
  case account_kind::suspense_short:
    return true;
  }
  return false;
}

} // namespace oncepay
