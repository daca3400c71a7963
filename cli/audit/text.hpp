// What an audit shows of an order: for the operator in a dispute as text of 120 columns, for programs as JSON.
#pragma once

#include "cli/audit/redecide.hpp"
#include "cli/json.hpp"

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

struct audited_order {
  std::string environment;
  uint64_t head_position = 0;               ///< The log's end when it was read.
  std::optional<instant> until;             ///< Later decisions were left out.
  std::vector<recorded_decision> decisions; ///< From the order's first on.
  std::vector<decision_hashes> hashes;      ///< Of each of them.
  redecision again;
};

/// Ends with a newline. Payers are masked.
std::string audit_text(const audited_order&);
nlohmann::ordered_json audit_json(const audited_order&);

} // namespace oncepay::cli
