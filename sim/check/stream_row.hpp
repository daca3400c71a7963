// What the checker of the white list keeps of a stream.
#pragma once

#include "schema/limits.hpp"
#include "schema/order_view.hpp"
#include "schema/time.hpp"

#include <array>
#include <cstdint>

namespace oncepay::sim {

struct stream_row {
  uint32_t version = 0;
  instant at;
  order_state status = order_state::none;
  uint8_t attempts = 0;
  bool doubted = false;          ///< Its last attempt was in doubt at some time.
  uint32_t enquiries = 0;        ///< Recorded about its last attempt.
  instant submit_before;         ///< Of its last attempt.
  instant expires_at;            ///< None: 0.
  bool surplus = false;          ///< Was booked.
  bool reversed_unseen = false;  ///< Its channel said that it never had what is to be reversed.
  instant intended_at;           ///< Its last attempt.
  uint32_t reverse_after_ms = 0; ///< Of its last attempt.
  uint32_t reversals = 0;        ///< Recorded about its last attempt.
  order_kind kind = order_kind::payment;
  bool withheld = false;  ///< By an agreement: at one channel alone.
  bool claims = false;    ///< A pay-out that waits for its money, or for pay-outs to go on.
  uint32_t held = 0;      ///< So often it waited for the latter.
  bool owes = false;      ///< Its account must be told how it ended.
  instant confirm_before; ///< Of what its payer has to confirm.
  uint32_t wrong = 0;     ///< Confirmations so far.
  uint32_t wrong_max = 0;
  std::array<attempt_state, limits::attempts_max> of_attempt{};
};

} // namespace oncepay::sim
