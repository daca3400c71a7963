// A refund as its order remembers it.
#pragma once

#include "schema/event.hpp"
#include "schema/hash.hpp"
#include "schema/order_view.hpp"

#include <cstdint>
#include <string>

namespace oncepay::order {

struct refund {
  uint32_t number = 0;         ///< Within the order: 1, 2, ….
  oncepay::order_no refund_no; ///< The merchant's; empty: what we give back of our own accord, a surplus.
  refund_state state = refund_state::none;
  int64_t amount_minor = 0;
  int64_t fee_returned_minor = 0;
  uint32_t attempt_number = 0;
  attempt_id operation_id;
  hash128 fingerprint{};
  instant submit_before;
  instant reply_before;
  instant enquire_at;
  instant failed_at;      ///< None: 0.
  uint32_t enquiries = 0; ///< Answered, or failed, without proving anything.
  std::string code;
  std::string channel_ref;
  evidence last_evidence = evidence::channel_reply;
  instant check_at;                          ///< As an attempt's.
  instant check_until;                       ///< As an attempt's.
  uint32_t checks = 0;                       ///< Begun.
  check_result checked = check_result::none; ///< What the last one brought.
  bool unbinds = false;                      ///< It ends the agreement, and no money goes back.
  bool operator==(const refund&) const = default;

  bool is_surplus() const { return refund_no.empty(); }
};

} // namespace oncepay::order
