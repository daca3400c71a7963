// What every view store refuses. Internal to this floor.
#pragma once

#include "store/store_fault.hpp"
#include "store/view_store.hpp"

namespace oncepay {

inline store_result<void> check_view_changes(std::span<const view_change> changes) {
  for (const view_change& change : changes)
    if (change.key.empty() || change.key.size() > view_key_bytes_max)
      return store_fault(store_errc::too_large, "a view's key has " + std::to_string(change.key.size()) +
                                                    " bytes; 1 to " + std::to_string(view_key_bytes_max));
  return {};
}

} // namespace oncepay
