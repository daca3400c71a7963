#include "store/lmdb_event_log.hpp"

#include "schema/assert.hpp"
#include "schema/limits.hpp"
#include "store/lmdb_log_state.hpp"
#include "store/store_fault.hpp"

#include <algorithm>

namespace oncepay {

lmdb_event_log::lmdb_event_log(std::unique_ptr<state> s) : state_(std::move(s)) {}

lmdb_event_log::~lmdb_event_log() {
  // So that a power cut after a clean end costs the next start nothing.
  if (state_->is_writer())
    state_->index->environment().sync();
}

log_head lmdb_event_log::state::current_head() const {
  std::scoped_lock lock(mutex);
  return head;
}

std::shared_ptr<const unfolded_part> lmdb_event_log::state::unfolded() const {
  // It lives as long as this: nobody counts who uses it, which every thread would do at once.
  if (tail != nullptr)
    return {std::shared_ptr<const void>(), tail.get()};
  std::scoped_lock lock(mutex);
  return scan;
}

store_result<std::optional<index_snapshot>> lmdb_event_log::state::snapshot() const {
  if (index == nullptr)
    return std::optional<index_snapshot>();
  auto at = index->snapshot();
  if (!at)
    return error_of(at);
  return std::optional<index_snapshot>(std::move(*at));
}

store_result<uint64_t> lmdb_event_log::state::number_among(const std::vector<uint64_t>& candidates,
                                                           const stream_name& name) const {
  record_page page;
  // A reader's index may know streams that were opened after what the reader sees.
  const uint64_t seen = is_writer() ? UINT64_MAX : current_head().position;
  for (uint64_t number : candidates) {
    if (number > seen)
      continue;
    page.clear();
    if (auto read = records->read_positions({&number, 1}, page); !read)
      return error_of(read);
    auto header = header_at(number, page.stored(0));
    if (!header)
      return error_of(header);
    if (header->stream == name)
      return number;
  }
  return uint64_t{0};
}

store_result<uint64_t> lmdb_event_log::state::number_of(const index_snapshot& at, const stream_name& name,
                                                        uint64_t hash) const {
  auto candidates = at.numbers_of(hash);
  if (!candidates)
    return error_of(candidates);
  return number_among(*candidates, name);
}

store_result<void> lmdb_event_log::read(const stream_name& stream, uint32_t from_version,
                                        const decision_visitor& visit) const {
  uint32_t next = std::max(from_version, uint32_t{1});
  auto unfolded = state_->unfolded()->find(stream, next);
  if (!unfolded)
    return error_of(unfolded);
  const bool all_known = unfolded->version != 0;
  const auto folded_versions = static_cast<uint32_t>(unfolded->version - unfolded->positions.size());
  const uint64_t head_position = state_->current_head().position;
  uint64_t number = unfolded->number;
  record_page page;
  auto visit_all = [&](std::span<const uint64_t> positions) -> store_result<bool> {
    while (!positions.empty()) {
      page.clear();
      if (auto read = state_->records->read_positions(positions, page); !read)
        return error_of(read);
      for (size_t i = 0; i < page.size(); ++i, ++next) {
        // A wrong index must not hand one order the history of another.
        auto header = header_at(page.position(i), page.stored(i));
        if (!header)
          return error_of(header);
        if (header->stream != stream || header->version != next)
          return store_fault(store_errc::damaged, "decision " + std::to_string(page.position(i)) + " isn't version " +
                                                      std::to_string(next) + " of " + stream.display() +
                                                      "; remove the index, it is made again");
        if (!visit(page.position(i), page.stored(i)))
          return false;
      }
      positions = positions.subspan(page.size());
    }
    return true;
  };
  // The folded versions, page by page; how many there are is open where nothing of the stream is unfolded.
  while (!all_known || next <= folded_versions) {
    auto at = state_->snapshot();
    if (!at)
      return error_of(at);
    if (!*at)
      break;
    if (number == 0) {
      auto found = state_->number_of(**at, stream, state_->hash_of_name(stream.bytes()));
      if (!found)
        return error_of(found);
      number = *found;
    }
    if (number == 0)
      break;
    const size_t max = all_known ? std::min<size_t>(folded_versions - next + 1, limits::read_batch_decisions)
                                 : limits::read_batch_decisions;
    auto positions = (*at)->positions_of(number, next, max);
    at->reset();
    if (!positions)
      return error_of(positions);
    // A reader of another process must not see beyond its own head.
    if (!state_->is_writer())
      std::erase_if(*positions, [&](uint64_t p) { return p > head_position; });
    if (positions->empty())
      break;
    auto visited = visit_all(*positions);
    if (!visited)
      return error_of(visited);
    if (!*visited)
      return {};
  }
  if (all_known && next <= folded_versions)
    return store_fault(store_errc::damaged, "version " + std::to_string(next) + " of " + stream.display() +
                                                " isn't in the index; remove the index, it is made again");
  auto visited = visit_all(unfolded->positions);
  if (!visited)
    return error_of(visited);
  return {};
}

store_result<void> lmdb_event_log::read_all(uint64_t from_position, size_t max, const decision_visitor& visit) const {
  const uint64_t head_position = state_->current_head().position;
  uint64_t next = std::max(from_position, uint64_t{1});
  if (next > head_position || max == 0)
    return {};
  const uint64_t last = max < head_position - next + 1 ? next + max - 1 : head_position;
  record_page page;
  while (next <= last) {
    page.clear();
    if (auto read = state_->records->read_range(next, last, page); !read)
      return read;
    for (size_t i = 0; i < page.size(); ++i)
      if (!visit(page.position(i), page.stored(i)))
        return {};
    next += page.size();
  }
  return {};
}

store_result<uint32_t> lmdb_event_log::version_of(const stream_name& stream) const {
  auto unfolded = state_->unfolded()->find(stream, UINT32_MAX);
  if (!unfolded)
    return error_of(unfolded);
  if (unfolded->version != 0)
    return unfolded->version;
  auto at = state_->snapshot();
  if (!at)
    return error_of(at);
  if (!*at)
    return 0U;
  auto number = state_->number_of(**at, stream, state_->hash_of_name(stream.bytes()));
  if (!number)
    return error_of(number);
  if (*number == 0)
    return 0U;
  auto version = (*at)->version_of(*number);
  if (!version || state_->is_writer())
    return version;
  // The index may have moved on beyond what a reader of another process sees.
  const uint64_t head_position = state_->current_head().position;
  for (uint32_t v = *version; v > 0; --v) {
    auto position = (*at)->positions_of(*number, v, 1);
    if (!position)
      return error_of(position);
    if (!position->empty() && position->front() <= head_position)
      return v;
  }
  return 0U;
}

store_result<std::vector<stream_name>> lmdb_event_log::streams_of(stream_kind kind) const {
  ONCEPAY_ASSERT(kind != stream_kind::order);
  auto opened = state_->unfolded()->opened(kind);
  if (!opened)
    return error_of(opened);
  const uint64_t head_position = state_->current_head().position;
  auto at = state_->snapshot();
  if (!at)
    return error_of(at);
  std::vector<std::pair<uint64_t, stream_name>> all;
  if (*at) {
    auto folded = (*at)->streams_of(kind);
    if (!folded)
      return error_of(folded);
    all = std::move(*folded);
    std::erase_if(all, [&](const auto& s) { return s.first > head_position; });
  }
  // What was folded since the unfolded part was asked is in both.
  const uint64_t last_folded = all.empty() ? 0 : all.back().first;
  std::vector<stream_name> names;
  names.reserve(all.size() + opened->size());
  for (auto& [number, name] : all)
    names.push_back(std::move(name));
  for (auto& [number, name] : *opened)
    if (number > last_folded)
      names.push_back(std::move(name));
  return names;
}

namespace {

/// Merges what the index and newer changes say about `(after, until]`, up to `max` entries in all, into `page`. Returns
/// how far the answer holds: nothing where it is complete.
store_result<std::optional<due_entry>> merge_due(const std::vector<due_change>& changes, size_t present_max,
                                                 const std::optional<index_snapshot>& at, const due_entry& after,
                                                 instant until, size_t max, std::vector<due_entry>& page) {
  const uint64_t folded_to = at ? at->checkpoint().position : 0;
  const auto present = std::count_if(changes.begin(), changes.end(), [](const due_change& c) { return c.present; });
  // Beyond the last of the changes asked for there may be more.
  std::optional<due_entry> holds_to;
  if (static_cast<size_t>(present) >= present_max)
    holds_to = changes.back().entry;
  auto change = changes.begin();
  auto add_before = [&](const due_entry* limit) {
    for (; change != changes.end() && page.size() < max && (limit == nullptr || change->entry < *limit); ++change)
      // What was folded since the changes were asked for stands in the index, or is gone again.
      if (change->position > folded_to && change->present)
        page.push_back(change->entry);
  };
  if (at) {
    auto walked = at->due(after, until, [&](due_entry&& entry) {
      add_before(&entry);
      if (page.size() >= max || (holds_to && *holds_to < entry))
        return false;
      bool is_gone = false;
      if (change != changes.end() && change->entry == entry) {
        is_gone = change->position > folded_to && !change->present;
        ++change;
      }
      if (!is_gone)
        page.push_back(std::move(entry));
      return page.size() < max;
    });
    if (!walked)
      return error_of(walked);
  }
  add_before(nullptr);
  return holds_to;
}

} // namespace

store_result<std::vector<due_entry>> lmdb_event_log::due(const due_entry& after, instant until, size_t max) const {
  std::vector<due_entry> page;
  due_entry from = after;
  while (page.size() < max) {
    const size_t present_max = max - page.size();
    auto changes = state_->unfolded()->due_changes(from, until, present_max);
    if (!changes)
      return error_of(changes);
    auto at = state_->snapshot();
    if (!at)
      return error_of(at);
    auto holds_to = merge_due(*changes, present_max, *at, from, until, max, page);
    if (!holds_to)
      return error_of(holds_to);
    if (!*holds_to)
      break;
    from = std::move(**holds_to);
  }
  return page;
}

log_head lmdb_event_log::head() const {
  return state_->current_head();
}

uint64_t lmdb_event_log::unfolded() const {
  if (state_->is_writer())
    return state_->tail->size();
  std::scoped_lock lock(state_->mutex);
  return state_->scan->to() - state_->scan->after();
}

const std::string& lmdb_event_log::environment() const {
  return state_->identity.environment;
}

const std::optional<hash128>& lmdb_event_log::keys() const {
  return state_->identity.keys;
}

bool lmdb_event_log::is_restored() const {
  std::scoped_lock lock(state_->mutex);
  return state_->restored;
}

store_result<void> lmdb_event_log::refresh() {
  return state_->is_writer() ? store_result<void>() : state_->look_again();
}

uint64_t lmdb_event_log::passed_over_pages() const {
  return state_->records->passed_over_pages();
}

std::optional<store_error> lmdb_event_log::failure() const {
  std::scoped_lock lock(state_->mutex);
  return state_->failed;
}

uint64_t lmdb_event_log::file_bytes() const {
  return state_->records->file_bytes();
}

store_result<log_statistics> lmdb_event_log::statistics() const {
  log_statistics s;
  s.head = head();
  s.file_bytes = file_bytes();
  s.unfolded = unfolded();
  s.environment = state_->identity.environment;
  s.format_version = state_->identity.format_version;
  s.restored = is_restored();
  s.marked = mark_of(state_->dir);
  auto kept = state_->records->counts();
  if (!kept)
    return error_of(kept);
  s.commits = kept->commits;
  auto at = state_->snapshot();
  if (!at)
    return error_of(at);
  if (*at) {
    auto counts = (*at)->counts();
    if (!counts)
      return error_of(counts);
    s.has_index = true;
    s.streams = counts->first;
  }
  store_result<void> decoded;
  auto read = read_all(1, 1, [&](uint64_t position, bytes_view stored) {
    auto header = header_at(position, stored);
    if (header)
      s.first_at = header->at;
    else
      decoded = error_of(header);
    return true;
  });
  if (!read || !decoded)
    return error_of(read ? decoded : read);
  return s;
}

} // namespace oncepay
