#include "store/index_tail.hpp"

#include "schema/assert.hpp"
#include "schema/limits.hpp"

#include <algorithm>

namespace oncepay {

namespace {

/// Decisions whose streams are remembered after they were folded: several seconds of payments at full speed, about
/// 200 bytes each. Who comes later is looked up in the index.
constexpr size_t folded_records_max = 200'000;

/// Entries copied or dropped at once while the journal waits.
constexpr size_t step_max = 1'024;

} // namespace

index_tail::index_tail(uint64_t folded_position, hash_function hash) : first_(folded_position + 1), hash_(hash) {
  // A table that grows while it is used makes a commit wait.
  records_.reserve(folded_records_max + 2 * limits::fold_decisions_max);
}

const index_tail::stream_record* index_tail::find_record(uint64_t hash, const stream_name& name) {
  // Without the lock: nobody else changes the table.
  auto it = records_.find(record_key{hash, name.bytes()});
  return it == records_.end() ? nullptr : &*it;
}

const index_tail::stream_record* index_tail::add_record(uint64_t hash, const stream_name& name, uint64_t number,
                                                        uint32_t version) {
  std::unique_lock lock(mutex_);
  return &*records_.insert(stream_record{name, hash, number, version, version, 0}).first;
}

void index_tail::erase(const stream_record& record) {
  records_.erase(records_.find(record_key{record.hash, record.name.bytes()}));
}

void index_tail::drop_record(const stream_record* record) {
  ONCEPAY_ASSERT(record->last_position == 0);
  std::unique_lock lock(mutex_);
  erase(*record);
}

void index_tail::append(std::span<const addition> additions) {
  std::unique_lock lock(mutex_);
  uint64_t position = first_ + entries_.size();
  for (const addition& a : additions) {
    const stream_record& s = *a.stream;
    entries_.push_back({a.stream, s.last_position, a.due_before, a.due, a.chain, a.version});
    if (a.version == 1)
      s.number = position;
    s.version = a.version;
    s.last_position = position++;
  }
  size_.store(entries_.size(), std::memory_order_relaxed);
  drop_stale();
}

void index_tail::drop_stale() {
  while (folded_.size() > folded_records_max) {
    auto [record, position] = folded_.front();
    folded_.pop_front();
    if (record->last_position == position)
      erase(*record);
  }
}

std::pair<std::vector<fold_entry>, index_checkpoint> index_tail::to_fold(size_t max) const {
  // This thread alone drops entries, and their streams' records stay as long: without the lock, too, they are what they
  // are. With it nothing is done but copying; looking at a record is a miss of the cache.
  std::vector<tail_entry> copied;
  const size_t count = std::min(max, size());
  copied.reserve(count);
  while (copied.size() < count) {
    std::shared_lock lock(mutex_);
    const auto from = entries_.begin() + static_cast<std::ptrdiff_t>(copied.size());
    copied.insert(copied.end(), from, from + static_cast<std::ptrdiff_t>(std::min(step_max, count - copied.size())));
  }
  std::pair<std::vector<fold_entry>, index_checkpoint> result;
  result.first.reserve(count);
  uint64_t position = first_;
  for (const tail_entry& e : copied)
    result.first.push_back(
        {position++, e.stream->number, e.version, e.stream->hash, &e.stream->name, e.due_before, e.due});
  if (count > 0)
    result.second = {position - 1, copied.back().chain};
  return result;
}

void index_tail::forget(size_t count) {
  while (count > 0) {
    std::unique_lock lock(mutex_);
    for (size_t step = std::min(count, step_max); step > 0; --step, --count) {
      folded_.emplace_back(entries_.front().stream, first_++);
      entries_.pop_front();
    }
    size_.store(entries_.size(), std::memory_order_relaxed);
  }
}

store_result<unfolded_stream> index_tail::find(const stream_name& name, uint32_t from_version) const {
  unfolded_stream found;
  const uint64_t hash = hash_(name.bytes());
  std::shared_lock lock(mutex_);
  auto it = records_.find(record_key{hash, name.bytes()});
  // A record without a number is of a stream whose first decision isn't on the disk yet.
  if (it == records_.end() || it->number == 0)
    return found;
  found.number = it->number;
  found.version = it->version;
  uint32_t version = found.version;
  for (uint64_t p = it->last_position; p >= first_ && version >= from_version && version > 0; --version) {
    found.positions.push_back(p);
    p = entries_[p - first_].previous;
  }
  std::reverse(found.positions.begin(), found.positions.end());
  return found;
}

store_result<std::vector<std::pair<uint64_t, stream_name>>> index_tail::opened(stream_kind kind) const {
  std::vector<std::pair<uint64_t, stream_name>> streams;
  std::shared_lock lock(mutex_);
  for (const tail_entry& e : entries_)
    if (e.version == 1 && e.stream->name.kind() == kind)
      streams.emplace_back(e.stream->number, e.stream->name);
  return streams;
}

store_result<std::vector<due_change>> index_tail::due_changes(const due_entry& after, instant until,
                                                              size_t present_max) const {
  std::vector<due_change> changes;
  std::scoped_lock due_lock(due_mutex_);
  {
    std::shared_lock lock(mutex_);
    while (!due_order_.empty() && due_order_.front().first < first_) {
      auto it = due_.find(due_order_.front().second);
      if (it != due_.end() && it->second.first == due_order_.front().first)
        due_.erase(it);
      due_order_.pop_front();
    }
    while (!statements_.empty() && statements_.front().position < first_)
      statements_.pop_front();
    for (due_next_ = std::max(due_next_, first_); due_next_ < first_ + entries_.size(); ++due_next_) {
      const tail_entry& e = entries_[due_next_ - first_];
      if (e.due_before == e.due)
        continue;
      if (e.due_before)
        statements_.push_back({due_next_, e.due_before, e.stream, false, false});
      if (e.due)
        statements_.push_back({due_next_, e.due, e.stream, true, false});
    }
    // Statements about one entry are taken in their order: all of them are of one time, and so are asked for together.
    for (due_statement& s : statements_) {
      if (s.taken || s.due > until)
        continue;
      s.taken = true;
      due_entry entry{s.due, s.stream->name};
      due_.insert_or_assign(entry, std::pair(s.position, s.present));
      due_order_.emplace_back(s.position, std::move(entry));
    }
  }
  size_t present = 0;
  for (auto it = due_.upper_bound(after); it != due_.end() && it->first.due <= until && present < present_max; ++it) {
    changes.push_back({it->first, it->second.first, it->second.second});
    present += it->second.second ? 1 : 0;
  }
  return changes;
}

} // namespace oncepay
