// What the retelling of a recorded order is made of.
#pragma once

#include "actors/domain/payer_code.hpp"
#include "schema/input.hpp"
#include "schema/time.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace oncepay::sim {

/// One that the method's wallet would show.
inline std::string stand_in_code(const method_id& method) {
  const auto wallets = known_wallets();
  const auto named =
      std::find_if(wallets.begin(), wallets.end(), [&](const wallet_codes& w) { return w.method == method.str(); });
  const wallet_codes& w = named == wallets.end() ? wallets.front() : *named;
  return std::to_string(w.begins_min) + std::string(w.digits_min - 2, '0');
}

inline int64_t us_between(instant from, instant to) {
  return std::max<int64_t>(0, (to.ns - from.ns) / ns_per_us);
}

/// One attempt, as the decisions tell it.
struct told_attempt {
  uint32_t number = 0;
  instant intended_at;
  route_answer route;
  std::vector<std::pair<instant, attempt_input>> evidence;
};

} // namespace oncepay::sim
