// What plans draw chance for. Each has generators of its own, so that a plan with one thing less is otherwise the same.
#pragma once

#include "sim/choice.hpp"
#include "sim/plan/rates.hpp"

namespace oncepay::sim {

enum class drawn : uint64_t {
  merchant = 1,
  channel,
  arrival,
  customer,
  crash,
  failed_commit,
  full_disk,
  slow_commits,
  switches,
  clock_jump,
  cut,
  outage,
  enquiries,
  checks,
  pay_out_stops,
  degrades,
  confirmations,
  wallets,
  cards,
  batches,
};

inline choice choice_for(uint64_t seed, drawn kind, uint64_t number) {
  return choice_for(seed, static_cast<uint64_t>(kind), number);
}

inline uint32_t draw_within(choice& c, from_to range) {
  return static_cast<uint32_t>(c.between(range.min, range.max));
}

} // namespace oncepay::sim
