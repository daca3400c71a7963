// The unfolded decisions as a process sees that only reads: looked for in the log, each time, from the index's
// checkpoint to the head. Slow beside a table in memory (a third of a microsecond a decision) and never larger than a
// page, even where a copied log has no index at all. Internal to this floor.
#pragma once

#include "schema/log_codec.hpp"
#include "store/log_records.hpp"
#include "store/unfolded_part.hpp"

#include <functional>

namespace oncepay {

class log_scan final : public unfolded_part {
public:
  /// Decisions within `(after, to]`.
  log_scan(const log_records& records, uint64_t after, uint64_t to) : records_(&records), after_(after), to_(to) {}

  uint64_t after() const { return after_; }
  uint64_t to() const { return to_; }

  store_result<unfolded_stream> find(const stream_name&, uint32_t from_version) const override;
  store_result<std::vector<std::pair<uint64_t, stream_name>>> opened(stream_kind) const override;
  store_result<std::vector<due_change>> due_changes(const due_entry& after, instant until,
                                                    size_t present_max) const override;

private:
  store_result<void> each(const std::function<void(uint64_t, decision_header&&)>&) const;

  const log_records* records_;
  uint64_t after_;
  uint64_t to_;
};

/// The header of a stored decision, or `damaged` with its position.
store_result<decision_header> header_at(uint64_t position, bytes_view stored);

} // namespace oncepay
