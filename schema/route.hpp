// The answer of a router: part of the input of the decision that depended on it, with every candidate and why each was
// passed over, so that an auditor can ask "why this channel?" years later.
#pragma once

#include "schema/ids.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace oncepay {

/// Why a candidate was chosen or passed over. Stored: never renumbered.
enum class verdict : uint8_t {
  chosen = 1,
  ranked_lower = 2, ///< Eligible, but another one ranked before it.
  switched_off = 3,
  method = 4, ///< Doesn't serve the payer's method.
  currency = 5,
  amount_too_small = 6,
  amount_too_large = 7,
  already_tried = 8, ///< This order has had an attempt there.
  not_white_listed = 9,
  outside_gray = 10,     ///< The order isn't in the released share.
  busy = 11,             ///< Eligible, but its limiter's queue was full or its wait too long.
  pay_outs_stopped = 12, ///< An operator stopped what goes out by it.
  agreed_elsewhere = 13, ///< The agreement that the payment is withheld by stands at another channel.
};

std::string_view name(verdict);

struct candidate {
  channel_id channel;
  oncepay::verdict verdict = verdict::ranked_lower;
  bool unstable = false; ///< Its recent success rate put it behind stable ones (D1).
  uint32_t priority = 0;
  int64_t cost_minor = 0; ///< What the channel would charge for this payment.
  auto operator<=>(const candidate&) const = default;
};

/// What the chosen channel's terms say about this attempt, copied so that the decision sees nothing else.
struct route_answer {
  std::vector<candidate> candidates; ///< In rank order; ineligible ones last.
  channel_id chosen;                 ///< Empty: none. Then `refusal` says why.
  uint16_t refusal = 0;              ///< An `errc`; 0 where one was chosen.
  uint32_t submit_within_ms = 0;
  uint32_t reply_within_ms = 0;
  uint32_t enquire_after_ms = 0;
  int64_t cost_minor = 0;        ///< K: what the channel charges us if this succeeds.
  int64_t fee_minor = 0;         ///< F: what we charge the merchant if this succeeds.
  uint64_t terms_position = 0;   ///< Log position of the newest terms the router knew: the configuration version.
  uint32_t reverse_after_ms = 0; ///< Of a payment by code: undecided by then it is reversed; 0: never.
  bool tells_merchant = false;   ///< With an order's first attempt: its merchant's terms ask to be told of results.
  uint32_t check_after_ms = 0;   ///< The attempt was drawn to be asked about again so long after it is settled; 0: not.
  auto operator<=>(const route_answer&) const = default;
};

} // namespace oncepay
