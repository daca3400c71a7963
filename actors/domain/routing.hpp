// Which channel an attempt goes to (A2, B4): a pure choice over snapshots of terms, recorded with every candidate.
//
// Rank: stable before unstable, then priority, then what the channel would charge; among equals a draw weighted by
// `weight` and seeded by the attempt's id, so that the same attempt always gets the same answer.
#pragma once

#include "schema/route.hpp"
#include "schema/terms.hpp"

#include <functional>
#include <span>
#include <vector>

namespace oncepay {

/// What an order asks a router.
struct route_question {
  merchant_id merchant;
  oncepay::order_no order_no;
  uint32_t attempt_number = 0;
  attempt_id attempt;
  money amount;
  method_id method;
  std::vector<channel_id> tried; ///< Channels this order had an attempt on.
  bool by_payer_code = false;    ///< The payer showed a code, so that the payment may have to be reversed.
  bool pays_out = false;
  bool stopped = false;        ///< An operator stopped its merchant's pay-outs, or all.
  bool looks_only = false;     ///< Whether there is a channel, and at which fee; no permit is taken.
  bool by_card = false;        ///< A card is bound, authenticated, or withheld by: not every channel can.
  bool no_money = false;       ///< None moves, so there are neither bounds nor costs of an amount.
  channel_id agreed_with = {}; ///< The only one that a payment can be withheld at; empty: any.
  bool from_wallet = false;    ///< Paid from a wallet: a channel inside the house, and no other.
  bool operator==(const route_question&) const = default;
};

/// A channel as a router knows it.
struct channel_snapshot {
  channel_terms terms;
  bool on = false;
  bool unstable = false; ///< Too many unknown outcomes within the health window (D1).
  bool pay_outs_stopped = false;
};

/// Chooses. `merchant` is null where the router doesn't know it. `busy` names channels whose limiter refused this very
/// question. `terms_position` is copied into the answer. `switched_off`: an operator let nothing of this merchant, or
/// by this method, be submitted for now, further attempts of known orders included.
route_answer choose_channel(const route_question&, const merchant_terms* merchant,
                            std::span<const channel_snapshot* const> channels, std::span<const channel_id> busy,
                            uint64_t terms_position, bool switched_off = false);

/// Our fee for a payment under these terms: the share, at least the minimum, at most the amount.
int64_t fee_minor(const merchant_terms&, money amount);

/// What the channel charges us for it: share plus fixed part.
int64_t cost_minor(const channel_terms&, money amount);

} // namespace oncepay
