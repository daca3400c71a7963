// Wallets: accounts with a floor that belong to a merchant's customers. A wallet's id is its merchant's own, so that no
// merchant can reach another one's: the account is "wallet/<merchant>/<id>", with a partition of its own.
//
//   paid from      a channel inside the house takes the money (actors/wallet_port.hpp): the account posts it to the
//                  channel's receivable, which the paid order takes from there; refunds go the same way back
//   topped up      the order's account link credits the wallet (account_link.hpp)
//   paid out of    the same link claims from it, as from a merchant's available balance
//   transferred    a top-up of one wallet that is paid from another
#pragma once

#include "schema/ids.hpp"
#include "schema/posting.hpp"

namespace oncepay {

/// The wallet's account; where no wallet is named, the merchant's available balance.
account_ref account_of(const merchant_id&, const wallet_id&);

/// Whose an account with a floor is, or, of a wallet, who issued it.
merchant_id merchant_of(const account_ref&);

} // namespace oncepay
