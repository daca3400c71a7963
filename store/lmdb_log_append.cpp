// What changes a log on disk: appending, folding, releasing.
#include "schema/limits.hpp"
#include "store/lmdb_event_log.hpp"
#include "store/lmdb_log_state.hpp"
#include "store/store_fault.hpp"

#include <algorithm>

namespace oncepay {

namespace {

using stream_record = const index_tail::stream_record;

store_result<void> check_sizes(std::span<const append_entry> batch) {
  if (batch.empty())
    return store_fault(store_errc::too_large, "an empty batch can't be appended");
  if (batch.size() > limits::batch_decisions_max)
    return store_fault(store_errc::too_large, "a batch of " + std::to_string(batch.size()) + " decisions; at most " +
                                                  std::to_string(limits::batch_decisions_max));
  for (const append_entry& entry : batch)
    if (entry.stored.size() > limits::decision_bytes_max)
      return store_fault(store_errc::too_large, "a decision of " + entry.stream.display() + " has " +
                                                    std::to_string(entry.stored.size()) + " bytes; at most " +
                                                    std::to_string(limits::decision_bytes_max));
  return {};
}

/// The streams of one batch, each asked for once. What it changed in the tail's records is taken back unless the batch
/// reaches the disk.
class batch_streams {
public:
  batch_streams(lmdb_event_log::state& log, size_t decisions) : log_(log), tail_(*log.tail) {
    touched_.reserve(decisions);
    added_.reserve(decisions);
  }
  batch_streams(const batch_streams&) = delete;
  batch_streams& operator=(const batch_streams&) = delete;
  ~batch_streams() {
    for (stream_record* s : touched_)
      s->version_asked = s->version;
    for (stream_record* s : added_)
      if (s->last_position == 0)
        tail_.drop_record(s);
  }

  /// The entry's stream, where its version is the next one.
  store_result<stream_record*> claim(const append_entry& entry) {
    const uint64_t hash = tail_.hash_of(entry.stream);
    stream_record* s = tail_.find_record(hash, entry.stream);
    if (s == nullptr) {
      auto found = look_up(hash, entry.stream);
      if (!found)
        return error_of(found);
      s = *found;
    }
    if (entry.version != s->version_asked + 1)
      return store_fault(store_errc::version_mismatch, "expected version " + std::to_string(entry.version) +
                                                           " is not the next: stream " + entry.stream.display() +
                                                           " is at " + std::to_string(s->version_asked));
    s->version_asked = entry.version;
    touched_.push_back(s);
    return s;
  }

private:
  /// One state of the index serves the whole batch: what it doesn't know and the tail doesn't either isn't there.
  store_result<stream_record*> look_up(uint64_t hash, const stream_name& name) {
    if (!at_) {
      auto at = log_.index->snapshot();
      if (!at)
        return error_of(at);
      at_.emplace(std::move(*at));
    }
    auto number = log_.number_of(*at_, name, hash);
    if (!number)
      return error_of(number);
    uint32_t version = 0;
    if (*number != 0) {
      auto found = at_->version_of(*number);
      if (!found)
        return error_of(found);
      version = *found;
    }
    added_.push_back(tail_.add_record(hash, name, *number, version));
    return added_.back();
  }

  lmdb_event_log::state& log_;
  index_tail& tail_;
  std::optional<index_snapshot> at_;
  std::vector<stream_record*> touched_;
  std::vector<stream_record*> added_;
};

} // namespace

void lmdb_event_log::state::fail(const store_error& error, bool reached_disk) {
  // On a dying disk two threads may come: the first one is told, and they write the mark one after the other.
  std::scoped_lock lock(mutex);
  if (!failed)
    failed = error;
  if (reached_disk)
    mark(dir, failed->text);
}

store_result<log_head> lmdb_event_log::append(std::span<const append_entry> batch) {
  if (!state_->is_writer())
    return tl::unexpected(state_->read_only_error());
  log_head next;
  {
    std::scoped_lock lock(state_->mutex);
    if (state_->failed)
      return store_fault(state_->failed->code, "nothing is appended after a failed commit: " + state_->failed->text);
    next = state_->head;
  }
  if (auto checked = check_sizes(batch); !checked)
    return error_of(checked);
  batch_streams streams(*state_, batch.size());
  std::vector<index_tail::addition> additions;
  additions.reserve(batch.size());
  for (const append_entry& entry : batch) {
    auto stream = streams.claim(entry);
    if (!stream)
      return error_of(stream);
    next.chain = chain_step(next.chain, ++next.position, entry.stored);
    additions.push_back({*stream, entry.version, entry.due_before, entry.due, next.chain});
  }
  next.at = batch.back().at;
  if (auto committed = state_->records->append(batch, next); !committed) {
    state_->fail(committed.error().error, committed.error().reached_disk);
    return tl::unexpected(std::move(committed.error().error));
  }
  // The head first: who finds a decision there may name the head as a position that holds it.
  {
    std::scoped_lock lock(state_->mutex);
    state_->head = next;
  }
  state_->tail->append(additions);
  return next;
}

store_result<uint64_t> lmdb_event_log::state::fold_some(size_t max) {
  std::scoped_lock lock(fold_mutex);
  while (max > 0) {
    auto [entries, after] = tail->to_fold(std::min(max, limits::fold_decisions_max));
    if (entries.empty())
      break;
    if (auto folded = index->fold(entries, after); !folded)
      return error_of(folded);
    tail->forget(entries.size());
    max -= entries.size();
  }
  return tail->size();
}

store_result<uint64_t> lmdb_event_log::fold(size_t max) {
  if (!state_->is_writer())
    return tl::unexpected(state_->read_only_error());
  return state_->fold_some(max);
}

store_result<void> lmdb_event_log::flush() {
  if (!state_->is_writer())
    return tl::unexpected(state_->read_only_error());
  if (auto flushed = state_->records->flush(); !flushed)
    return tl::unexpected(std::move(flushed.error().error));
  return {};
}

store_result<void> lmdb_event_log::release() {
  if (!state_->is_writer())
    return tl::unexpected(state_->read_only_error());
  {
    std::scoped_lock lock(state_->mutex);
    if (state_->failed)
      return tl::unexpected(*state_->failed);
  }
  if (auto written = state_->records->stored().set_restored(false); !written) {
    state_->fail(written.error(), written.error().code != store_errc::full);
    return written;
  }
  std::scoped_lock lock(state_->mutex);
  state_->restored = false;
  return {};
}

store_result<void> lmdb_event_log::set_keys(const hash128& check) {
  if (!state_->is_writer())
    return tl::unexpected(state_->read_only_error());
  if (auto written = state_->records->stored().set_keys(check); !written) {
    state_->fail(written.error(), written.error().code != store_errc::full);
    return written;
  }
  state_->identity.keys = check;
  return {};
}

} // namespace oncepay
