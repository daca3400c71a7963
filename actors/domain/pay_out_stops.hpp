// Which pay-outs are stopped.
#pragma once

#include "schema/ids.hpp"

#include <set>

namespace oncepay {

struct pay_out_stops {
  bool all = false;
  std::set<merchant_id> merchants;
  std::set<channel_id> channels;
  bool operator==(const pay_out_stops&) const = default;

  bool any() const { return all || !merchants.empty() || !channels.empty(); }
  bool hold(const merchant_id& m) const { return all || merchants.contains(m); }
  bool hold(const channel_id& c) const { return all || channels.contains(c); }
};

} // namespace oncepay
