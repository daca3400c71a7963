// The event log in memory: what the simulator writes to, and the yardstick of the one on disk. Keeps the whole
// contract but durability.
#pragma once

#include "store/event_log.hpp"

#include <deque>
#include <map>
#include <set>
#include <shared_mutex>
#include <unordered_map>

namespace oncepay {

class memory_event_log final : public event_log {
public:
  store_result<log_head> append(std::span<const append_entry> batch) override;
  store_result<void> read(const stream_name&, uint32_t from_version, const decision_visitor&) const override;
  store_result<void> read_all(uint64_t from_position, size_t max, const decision_visitor&) const override;
  store_result<uint32_t> version_of(const stream_name&) const override;
  store_result<std::vector<stream_name>> streams_of(stream_kind) const override;
  store_result<std::vector<due_entry>> due(const due_entry& after, instant until, size_t max) const override;
  log_head head() const override;
  store_result<uint64_t> fold(size_t max) override;
  uint64_t unfolded() const override;

private:
  mutable std::shared_mutex mutex_;
  log_head head_;
  /// Decision n is element n - 1. Elements never move, so that visitors run on them without the lock.
  std::deque<std::vector<std::byte>> decisions_;
  std::unordered_map<stream_name, std::vector<uint64_t>> positions_;
  std::map<std::pair<stream_kind, uint64_t>, stream_name> opened_;
  std::set<due_entry> due_;
  uint64_t folded_ = 0;
};

} // namespace oncepay
