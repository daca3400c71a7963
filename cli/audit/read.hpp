// Reading one order out of a log.
#pragma once

#include "cli/audit/text.hpp"
#include "store/event_log.hpp"

#include <functional>

namespace oncepay::cli {

struct audit_request {
  stream_name order;
  std::optional<instant> until; ///< Decisions made later are left out; a whole millisecond includes all of it.
  bool with_chain = false;      ///< Follow the chain from the log's first decision to the order's last.
};

/// The order's decisions, and the order decided again from them. No decision: the log doesn't know the order, or not
/// yet at that time. `chain_progress` is told (done, total) while the chain is followed.
store_result<audited_order> read_order(const event_log&, std::string_view environment, const audit_request&,
                                       const std::function<void(uint64_t, uint64_t)>& chain_progress);

} // namespace oncepay::cli
