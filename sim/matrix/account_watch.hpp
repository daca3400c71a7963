// What moves on accounts with a floor - a merchant's available balance, customers' wallets -, in the judge's own words:
// what was claimed and how often that ended, what was credited, and what each holds in the end.
#pragma once

#include "schema/decision.hpp"
#include "sim/check/history.hpp"
#include "sim/check/words.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace oncepay::sim::matrix {

class account_watch {
public:
  void decided(const recorded_decision&);

  /// What doesn't fit to how the orders stand, a sentence each.
  std::vector<std::string> faults(const history&) const;

private:
  struct claim_story {
    int64_t amount_minor = 0;
    uint32_t claimed = 0;
    uint32_t settled = 0;
    uint32_t released = 0;
  };
  struct credit_story {
    int64_t amount_minor = 0;
    uint32_t times = 0;
  };
  using amounts_by_account = std::map<std::string, wide_minor>;

  claim_story claim_of(const std::string& key) const;
  credit_story credit_of(const std::string& key) const;
  void compare_top_up(const known_order&, amounts_by_account& left, std::vector<std::string>&) const;
  void compare_pay_out(const known_order&, amounts_by_account& left, std::vector<std::string>&) const;
  void compare_paid_from_wallet(const known_order&, amounts_by_account& left, std::vector<std::string>&) const;

  // By the order's name, or by what a wallet knows the operation by.
  std::map<std::string, claim_story> claims_;
  std::map<std::string, credit_story> credits_;
  amounts_by_account held_;
  std::vector<std::string> late_; ///< What was done after its deadline, when whoever asked takes it for undone.
};

} // namespace oncepay::sim::matrix
