#include "store/memory_event_log.hpp"

#include "schema/assert.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "store/store_fault.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace oncepay {

namespace {

/// What is stored says the same as its entry: everything derived is folded from what is stored. Asserted here because
/// every simulated payment passes here; not in release builds, where it would take a twentieth of a run.
[[maybe_unused]] bool agrees(const append_entry& entry) {
  auto header = decode_header(entry.stored);
  return header && header->stream == entry.stream && header->version == entry.version && header->at == entry.at &&
         header->due_before == entry.due_before && header->due == entry.due;
}

} // namespace

store_result<log_head> memory_event_log::append(std::span<const append_entry> batch) {
  if (batch.empty() || batch.size() > limits::batch_decisions_max)
    return store_fault(store_errc::too_large, "a batch of " + std::to_string(batch.size()) + " decisions");
  std::unordered_map<stream_name, uint32_t> versions;
  std::unique_lock lock(mutex_);
  for (const append_entry& entry : batch) {
    if (entry.stored.size() > limits::decision_bytes_max)
      return store_fault(store_errc::too_large, "a decision of " + entry.stream.display() + " has " +
                                                    std::to_string(entry.stored.size()) + " bytes");
    auto it = positions_.find(entry.stream);
    auto [asked, is_new] =
        versions.emplace(entry.stream, it == positions_.end() ? 0U : static_cast<uint32_t>(it->second.size()));
    if (entry.version != asked->second + 1)
      return store_fault(store_errc::version_mismatch, "expected version " + std::to_string(entry.version) +
                                                           " is not the next: stream " + entry.stream.display() +
                                                           " is at " + std::to_string(asked->second));
    asked->second = entry.version;
  }
  for (const append_entry& entry : batch) {
#ifndef NDEBUG
    ONCEPAY_ASSERT(agrees(entry));
#endif
    ++head_.position;
    head_.chain = chain_step(head_.chain, head_.position, entry.stored);
    head_.at = entry.at;
    decisions_.push_back(entry.stored);
    positions_[entry.stream].push_back(head_.position);
    if (entry.version == 1)
      opened_.emplace(std::pair(entry.stream.kind(), head_.position), entry.stream);
    if (entry.due_before != entry.due) {
      if (entry.due_before)
        due_.erase({entry.due_before, entry.stream});
      if (entry.due)
        due_.insert({entry.due, entry.stream});
    }
  }
  return head_;
}

store_result<void> memory_event_log::read(const stream_name& stream, uint32_t from_version,
                                          const decision_visitor& visit) const {
  std::vector<std::pair<uint64_t, bytes_view>> found;
  {
    std::shared_lock lock(mutex_);
    auto it = positions_.find(stream);
    if (it != positions_.end())
      for (size_t i = std::max(from_version, 1U) - 1; i < it->second.size(); ++i)
        found.emplace_back(it->second[i], decisions_[it->second[i] - 1]);
  }
  for (const auto& [position, stored] : found)
    if (!visit(position, stored))
      break;
  return {};
}

store_result<void> memory_event_log::read_all(uint64_t from_position, size_t max, const decision_visitor& visit) const {
  std::vector<std::pair<uint64_t, bytes_view>> found;
  {
    std::shared_lock lock(mutex_);
    for (uint64_t p = std::max<uint64_t>(from_position, 1); p <= head_.position && found.size() < max; ++p)
      found.emplace_back(p, decisions_[p - 1]);
  }
  for (const auto& [position, stored] : found)
    if (!visit(position, stored))
      break;
  return {};
}

store_result<uint32_t> memory_event_log::version_of(const stream_name& stream) const {
  std::shared_lock lock(mutex_);
  auto it = positions_.find(stream);
  return it == positions_.end() ? 0U : static_cast<uint32_t>(it->second.size());
}

store_result<std::vector<stream_name>> memory_event_log::streams_of(stream_kind kind) const {
  ONCEPAY_ASSERT(kind != stream_kind::order);
  std::vector<stream_name> names;
  std::shared_lock lock(mutex_);
  for (auto it = opened_.lower_bound({kind, 0}); it != opened_.end() && it->first.first == kind; ++it)
    names.push_back(it->second);
  return names;
}

store_result<std::vector<due_entry>> memory_event_log::due(const due_entry& after, instant until, size_t max) const {
  std::vector<due_entry> page;
  std::shared_lock lock(mutex_);
  for (auto it = due_.upper_bound(after); it != due_.end() && it->due <= until && page.size() < max; ++it)
    page.push_back(*it);
  return page;
}

log_head memory_event_log::head() const {
  std::shared_lock lock(mutex_);
  return head_;
}

store_result<uint64_t> memory_event_log::fold(size_t max) {
  std::unique_lock lock(mutex_);
  folded_ += std::min<uint64_t>(max, head_.position - folded_);
  return head_.position - folded_;
}

uint64_t memory_event_log::unfolded() const {
  std::shared_lock lock(mutex_);
  return head_.position - folded_;
}

} // namespace oncepay
