// Payment codes (H1): bare digits that a payer's wallet shows at a till and that debit him, known by their beginning
// and length. A payment by code moves only among intermediaries of the payer's own wallet (B4), so its method has to be
// the wallet's: where a merchant leaves that to us, the code says which.
//
// A code is as good as money for the minute that it is valid: nothing here keeps, prints or returns one.
#pragma once

#include "schema/error.hpp"
#include "schema/ids.hpp"

#include <cstdint>
#include <span>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay {

/// A wallet's codes, and the method by which its channels are found.
struct wallet_codes {
  std::string_view method;
  uint32_t begins_min = 0; ///< The first two digits, both included.
  uint32_t begins_max = 0;
  size_t digits_min = 0; ///< All of them, both included.
  size_t digits_max = 0;
};

/// All that are known. No two have a code in common.
std::span<const wallet_codes> known_wallets();

/// The method that leaves it to the code which wallet is meant.
inline constexpr std::string_view any_wallet_method = "payer-code";

/// The method that a payment with this method and payer's code goes by; or why it can't go by any. A method that names
/// no known wallet - a channel's own - is left as it is: what its payers show only the channel knows.
tl::expected<method_id, errc> method_of_payer_code(const method_id&, std::string_view payer_code);

} // namespace oncepay
