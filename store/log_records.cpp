#include "store/log_records.hpp"

#include "schema/assert.hpp"
#include "schema/limits.hpp"
#include "store/store_fault.hpp"

#include <algorithm>

#include <sodium.h>

namespace oncepay {

namespace {

/// A server may write, and hand on to LMDB, while its file is looked through; then it is looked through again.
constexpr int looks_max = 8;

/// Adds what the commits hold of [from, to] until the page is full.
void add(std::span<const frame_ptr> commits, uint64_t from, uint64_t to, record_page& page) {
  for (const frame_ptr& commit : commits)
    for (uint64_t p = std::max(from, commit->first()); p <= std::min(to, commit->head().position); ++p) {
      if (page.is_full())
        return;
      page.add(p, commit->stored(p - commit->first()));
    }
}

} // namespace

store_result<std::unique_ptr<log_records>> log_records::open(const lmdb::env_options& options) {
  auto lmdb = lmdb_records::open(options);
  if (!lmdb)
    return error_of(lmdb);
  return std::unique_ptr<log_records>(new log_records(std::move(*lmdb)));
}

log_records::~log_records() {
  if (ahead_ == nullptr)
    return;
  ahead_.reset();
  // Where LMDB has everything, the file is none of the log any more: it may be left behind by a copy.
  if (pending_.all().empty())
    (void)lmdb_->set_ring(std::nullopt);
}

store_result<void> log_records::begin_writing(uint64_t write_ahead_bytes, write_ahead::failed_function failed) {
  if (auto looked = look(write_ahead_file::unreadable::refused); !looked) {
    if (looked.error().code == store_errc::io)
      looked.error().text += "; save what can be read by `oncepay log backup`";
    return looked;
  }
  if (const auto left = pending_.all(); !left.empty()) {
    if (auto stored = lmdb_->append(left); !stored) {
      failed(stored.error());
      return tl::unexpected(std::move(stored.error().error));
    }
    pending_.replace({});
  }
  auto named = [&](const std::optional<named_ring>& ring) {
    auto written = lmdb_->set_ring(ring);
    if (!written)
      failed({written.error(), written.error().code != store_errc::full});
    return written;
  };
  // No longer the log's before it is replaced: a crash in between must not leave a name without its file.
  if (auto written = named(std::nullopt); !written)
    return written;
  auto file = write_ahead_file::open(write_ahead_path(), write_ahead_bytes);
  if (!file)
    return error_of(file);
  // A key in all but name: secret, and nothing that is decided or stored depends on it.
  named_ring ring{.opening = {}, .bytes = write_ahead_bytes};
  static_assert(sizeof ring.opening == crypto_shorthash_KEYBYTES);
  ::crypto_shorthash_keygen(reinterpret_cast<unsigned char*>(ring.opening.data()));
  if (auto written = named(ring); !written)
    return written;
  ahead_ = std::make_unique<write_ahead>(*lmdb_, pending_, std::move(*file), ring.opening, std::move(failed));
  return {};
}

store_result<void> log_records::look_again() {
  return look(write_ahead_file::unreadable::passed_over);
}

store_result<void> log_records::look(write_ahead_file::unreadable policy) {
  for (int count = 1;; ++count) {
    auto before = lmdb_->state();
    if (!before)
      return error_of(before);
    store_result<write_ahead_file::contents> found;
    if (before->ring)
      found = write_ahead_file::read(write_ahead_path(), *before->ring, before->head, policy);
    auto after = lmdb_->state();
    if (!after)
      return error_of(after);
    if (found && after->ring == before->ring) {
      // What LMDB took meanwhile may have been written over in the file: then it has all that was found, and more.
      auto& commits = found->commits;
      if (!commits.empty() && after->head.position >= commits.back()->head().position)
        commits.clear();
      pending_.replace(std::move(commits));
      passed_over_pages_ = found->passed_over_pages;
      return {};
    }
    if (!found && found.error().code != store_errc::damaged)
      return error_of(found);
    if (count < looks_max)
      continue;
    const bool stood_still = after->ring == before->ring && after->head == before->head;
    if (!found && stood_still)
      return error_of(found);
    return store_fault(store_errc::in_use,
                       lmdb_->environment().directory() + " changes faster than it can be read; try again");
  }
}

tl::expected<void, commit_failure> log_records::append(std::span<const append_entry> batch, const log_head& head) {
  ONCEPAY_ASSERT(ahead_ != nullptr);
  return ahead_->append(batch, head);
}

tl::expected<void, commit_failure> log_records::flush() {
  ONCEPAY_ASSERT(ahead_ != nullptr);
  return ahead_->flush();
}

store_result<log_head> log_records::last_head() const {
  return head_at_or_before(UINT64_MAX);
}

store_result<log_head> log_records::head_at_or_before(uint64_t position) const {
  if (auto newer = pending_.head_at_or_before(position))
    return *newer;
  return lmdb_->head_at_or_before(position);
}

store_result<hash256> log_records::chain_at(uint64_t position) const {
  auto head = head_at_or_before(position);
  if (!head)
    return error_of(head);
  record_page page;
  while (head->position < position) {
    page.clear();
    if (auto read = read_range(head->position + 1, position, page); !read)
      return error_of(read);
    for (size_t i = 0; i < page.size(); ++i)
      head->chain = chain_step(head->chain, page.position(i), page.stored(i));
    head->position += page.size();
  }
  return head->chain;
}

store_result<std::vector<log_head>> log_records::heads_within(uint64_t from, uint64_t to) const {
  const auto newer = pending_.within(from, to);
  std::vector<log_head> heads;
  if (from < newer.first) {
    auto older = lmdb_->heads_within(from, std::min(to, newer.first - 1));
    if (!older)
      return older;
    heads = std::move(*older);
  }
  for (const frame_ptr& commit : newer.commits)
    if (commit->head().position <= to)
      heads.push_back(commit->head());
  return heads;
}

store_result<record_counts> log_records::counts() const {
  const auto newer = pending_.all();
  auto stored = lmdb_->state();
  if (!stored)
    return error_of(stored);
  record_counts counts{stored->decisions, stored->commits};
  for (const frame_ptr& commit : newer) {
    // Handed on since.
    if (commit->head().position <= stored->head.position)
      continue;
    counts.decisions += commit->size();
    ++counts.commits;
  }
  return counts;
}

uint64_t log_records::file_bytes() const {
  uint64_t bytes = lmdb_->environment().file_bytes();
  for (const frame_ptr& commit : pending_.all())
    for (size_t i = 0; i < commit->size(); ++i)
      bytes += commit->stored(i).size();
  return bytes;
}

tl::unexpected<store_error> log_records::missing(uint64_t position) const {
  return store_fault(store_errc::damaged,
                     "decision " + std::to_string(position) + " is missing in " + lmdb_->environment().directory());
}

store_result<void> log_records::read_range(uint64_t from, uint64_t to, record_page& page) const {
  ONCEPAY_ASSERT(from > 0);
  if (from > to)
    return {};
  const auto newer = pending_.within(from, std::min(to, from + limits::read_batch_decisions));
  if (from < newer.first)
    return lmdb_->read_range(from, std::min(to, newer.first - 1), page);
  if (newer.commits.empty())
    return missing(from);
  add(newer.commits, from, to, page);
  return {};
}

store_result<void> log_records::read_positions(std::span<const uint64_t> positions, record_page& page) const {
  if (positions.empty())
    return {};
  const auto newer = pending_.within(positions.front(), positions.back());
  const auto split = std::lower_bound(positions.begin(), positions.end(), newer.first);
  const auto older = positions.first(static_cast<size_t>(split - positions.begin()));
  if (!older.empty())
    if (auto read = lmdb_->read_positions(older, page); !read)
      return read;
  auto commit = newer.commits.begin();
  for (uint64_t position : positions.subspan(older.size())) {
    if (page.is_full())
      break;
    while (commit != newer.commits.end() && (*commit)->head().position < position)
      ++commit;
    if (commit == newer.commits.end())
      return missing(position);
    page.add(position, (*commit)->stored(position - (*commit)->first()));
  }
  return {};
}

} // namespace oncepay
