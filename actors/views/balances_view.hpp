// The balances of all ledger accounts: a fold of postings. Shared accounts are kept as one sub-account per partition of
// the deciding stream and summed when read (G3).
#pragma once

#include "actors/views/view_fold.hpp"
#include "schema/reply.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace oncepay {

class balances_view : public view_rules {
public:
  void fold(const recorded_outcome&) override;
  /// `amount_overflow` in the ledger is refused as `damaged`: a balance that doesn't fit 64 bits is no balance.
  store_result<std::vector<view_change>> changes(const view_store& before, const stream_numbers&) override;

  /// Accounts whose path begins with `prefix`, sub-accounts summed: the first `max` of them, and the sums over all.
  static store_result<balance_list> read(const view_store&, std::string_view prefix, size_t max);

private:
  std::unordered_map<std::string, int64_t> deltas_minor_; ///< By short key, see balances_view.cpp.
  std::string short_key_;                                 ///< Of the posting at hand; kept for its room.
  bool overflow_ = false;
};

} // namespace oncepay
