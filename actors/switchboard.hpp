// What operators switched off for now (D6): merchants, and methods for everybody. The router writes it, before whoever
// switched is answered; routers ask it before they choose and limiters before they grant, so that after an acknowledged
// "off" nothing is granted any more, whatever stood in a queue. Thread-safe; where everything is on nothing is looked
// up. What is durable stands in the merchants' and methods' own streams.
#pragma once

#include "schema/ids.hpp"

#include <atomic>
#include <cstddef>
#include <set>
#include <shared_mutex>

namespace oncepay {

class switchboard {
public:
  void turn(const merchant_id&, bool on);
  void turn(const method_id&, bool on);

  /// Nothing of this merchant, or by this method, is to be submitted.
  bool is_off(const merchant_id&, const method_id&) const;

private:
  template <class Id>
  void turn(std::set<Id>& off, const Id&, bool on);

  mutable std::shared_mutex guard_;
  std::set<merchant_id> merchants_off_;
  std::set<method_id> methods_off_;
  std::atomic<size_t> off_{0}; ///< How many of both.
};

} // namespace oncepay
