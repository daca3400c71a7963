// What moves on a merchant's available balance, in the judge's own words: what was claimed and how often that ended,
// what was credited, and what is left in the end.
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

  /// What doesn't fit to how the orders stand, a sentence each; `fee_minor` is claimed with each pay-out.
  std::vector<std::string> faults(const history&, int64_t fee_minor) const;

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

  // By the order's name.
  std::map<std::string, claim_story> claims_;
  std::map<std::string, credit_story> credits_;
  wide_minor available_minor_ = 0;
};

} // namespace oncepay::sim::matrix
