// What the files of an order's rules share.
#pragma once

#include "actors/domain/order.hpp"

#include <algorithm>
#include <cstdint>

namespace oncepay::order {

/// A port answers by `reply_before`; only if it broke is the order woken to say so itself. The margin keeps the two
/// from racing.
inline constexpr int64_t overdue_margin_ms = 1'000;

inline const attempt* find_attempt(const state& s, uint32_t number) {
  return number >= 1 && number <= s.attempts.size() ? &s.attempts[number - 1] : nullptr;
}

/// What its attempts do at their channels.
inline operation operation_of(const state& s) {
  switch (s.kind) {
  case order_kind::pay_out:
    return operation::pay_out;
  case order_kind::bind:
    return operation::bind_card;
  case order_kind::authenticate:
    return operation::authenticate_card;
  case order_kind::top_up:
    return operation::pay;
  case order_kind::payment:
    break;
  }
  return s.binds ? operation::sign_and_pay : s.agreement.bound_by.empty() ? operation::pay : operation::withhold;
}

/// The wallet that its attempts are paid from; none: a bank pays.
inline wallet_id paying_wallet(const state& s) {
  return s.kind == order_kind::pay_out ? wallet_id{} : s.from_wallet;
}

/// A fingerprint, where it is over wallets too. Where none is named it stays what it was before there were wallets.
inline hash128 with_wallets(const hash128& content, const wallet_id& from, const wallet_id& to) {
  if (from.empty() && to.empty())
    return content;
  return hash_parts_128({"wallets/1", as_text(std::span(content)), from.str(), to.str()});
}

/// What follows from evidence about an attempt, a ruling's included.
verdict_on_input decide_attempt(const state&, instant at, const attempt_input&);

inline uint32_t next_number(const state& s) {
  return static_cast<uint32_t>(s.attempts.size()) + 1;
}

/// An attempt's durable intent, on the channel that was chosen.
attempt_intended intend(const state&, uint32_t number, instant at, const route_answer&);

/// How long the attempt's channel was given to answer: so long what is asked of it later may wait for its turn, and
/// then for its answer.
inline int64_t window_ms(const attempt& a) {
  return (a.reply_before.ns - a.submit_before.ns) / ns_per_ms;
}

/// After how long a channel is asked again: its first delay, doubled each time up to the longest.
inline int64_t next_interval_ms(const attempt& a, uint32_t count, const enquiry_facts& facts) {
  constexpr uint32_t doublings_max = 30;
  const int64_t doubled_ms = int64_t{a.enquire_after_ms} << std::min(count, doublings_max);
  return std::max<int64_t>(a.enquire_after_ms, std::min<int64_t>(doubled_ms, facts.interval_ms_max));
}

} // namespace oncepay::order
