// What channels said against what is final: of their own accord, late, or asked again. Nothing was changed by it; each
// is a question to a channel's statement.
#pragma once

#include "store/event_log.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

struct mismatch {
  uint64_t position = 0;
  instant at;
  std::string order; ///< "MERCHANT/ORDER_NO".
  std::string about; ///< "attempt 1", "refund 2".
  std::string channel;
  std::string recorded; ///< How it stands.
  std::string said;     ///< "enquiry failed_final REVOKED".
  bool by_check = false;
};

struct mismatches {
  std::vector<mismatch> shown; ///< The newest.
  uint64_t matching = 0;       ///< All of them.
  uint64_t head_position = 0;
};

/// Reads the whole log; keeps the newest `shown_max`, counts the rest.
store_result<mismatches> read_mismatches(const event_log&, std::string_view environment, uint64_t shown_max);

std::string mismatches_text(const mismatches&);
nlohmann::ordered_json mismatches_json(const mismatches&);

} // namespace oncepay::cli
