// A posting: one line of double entry. A decision's postings sum to zero per currency, always (B8).
#pragma once

#include "schema/money.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay {

/// Kinds of ledger account. Stored: never renumbered.
enum class account_kind : uint8_t {
  merchant_pending = 1,
  merchant_available = 2,
  wallet = 3,
  channel_receivable = 4, ///< Shared: kept as a sub-account per partition, summed when read.
  channel_cost = 5,       ///< Shared.
  platform_fees = 6,      ///< Shared.
  transit = 7,            ///< Shared.
  bank = 8,               ///< Shared.
  suspense_long = 9,      ///< Shared.
  suspense_short = 10,    ///< Shared.
};

/// False for a stored number that isn't one of the kinds above.
bool is_known(account_kind);

struct account_ref {
  account_kind kind = account_kind::transit;
  std::string owner; ///< Merchant, channel or bank id, "<merchant>/<wallet>"; empty for platform-wide accounts.
  auto operator<=>(const account_ref&) const = default;
};

/// "merchant/m1/pending", "channel/alpha/receivable", "platform/fees", "wallet/m1/alice".
std::string path(const account_ref&);

/// One line. Debits are positive, credits negative: a receivable grows by a positive amount, a merchant's pending
/// balance (what we owe) by a negative one.
struct posting {
  account_ref account;
  money amount;
  auto operator<=>(const posting&) const = default;
};

} // namespace oncepay
