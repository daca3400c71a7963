// Opening a log on disk: every reason to refuse is found before anything is changed.
#include "schema/assert.hpp"
#include "schema/limits.hpp"
#include "schema/log_codec.hpp"
#include "store/lmdb_log_state.hpp"
#include "store/store_fault.hpp"

#include <cerrno>

#include <unistd.h>

namespace oncepay {

namespace {

store_result<void> check_directory(const log_directory& dir) {
  if (files::exists(dir.root)) {
    if (::access(dir.root.c_str(), R_OK | W_OK | X_OK) != 0)
      return store_fault(store_errc::missing, dir.root + " can't be written: " + files::reason(errno));
    return {};
  }
  const std::string parent = files::parent_of(dir.root);
  if (::access(parent.c_str(), W_OK | X_OK) != 0)
    return store_fault(store_errc::missing, dir.root + " can't be made: " + parent + ": " + files::reason(errno));
  return {};
}

store_result<void> check_identity(const log_directory& dir, const log_identity& found, const std::string& environment) {
  if (found.format_version != log_format_version)
    return store_fault(store_errc::foreign_format, "the log in " + dir.root + " has format " +
                                                       std::to_string(found.format_version) + "; this build reads " +
                                                       std::to_string(log_format_version));
  if (!environment.empty() && found.environment != environment)
    return store_fault(store_errc::foreign_environment, "the log in " + dir.root + " belongs to environment \"" +
                                                            found.environment + "\", not \"" + environment + "\"");
  return {};
}

/// Takes LMDB's place in knowing of a reader where its lock file doesn't exist yet.
store_result<files::lock> lock_against_bare_readers(const log_directory& dir) {
  auto [held, refusal] = files::lock::take(dir.log_file(), files::lock::kind::exclusive, false);
  if (refusal == files::lock::refusal::held_by_another)
    return store_fault(store_errc::in_use, "the log in " + dir.root +
                                               " is being read by a process that began before it was first served; "
                                               "try again when that has ended");
  return std::move(held);
}

} // namespace

store_result<void> lmdb_event_log::state::open_to_write() {
  if (options.environment.empty())
    return store_fault(store_errc::foreign_environment, "a log can't be written without the id of its environment");
  if (auto checked = check_directory(dir); !checked)
    return checked;
  if (auto why = mark_of(dir))
    return tl::unexpected(marked_error(dir, *why));
  auto writer = take_existing_writer_lock(dir);
  if (!writer)
    return error_of(writer);
  locks.writer = std::move(*writer);
  auto found = lmdb_records::probe(dir.log());
  if (!found)
    return error_of(found);
  if (*found) {
    if (auto checked = check_identity(dir, **found, options.environment); !checked)
      return checked;
    auto bare = lock_against_bare_readers(dir);
    if (!bare)
      return error_of(bare);
    locks.bare_readers = std::move(*bare);
  }

  // From here on the disk is changed.
  for (const std::string& path : {dir.root, dir.log(), dir.index()})
    if (auto made = files::make_directory(path); !made)
      return made;
  if (auto claimed = claim_writer_lock(dir, locks.writer); !claimed)
    return claimed;
  auto opened = log_records::open({.directory = dir.log(), .map_bytes = options.map_bytes});
  if (!opened)
    return error_of(opened);
  records = std::move(*opened);
  identity = *found ? **found : log_identity{log_format_version, options.environment, false};
  if (!*found) {
    if (auto written = records->stored().found(identity); !written)
      return written;
    if (auto synced = files::sync_directory(dir.log()); !synced)
      return synced;
  }
  restored = identity.is_restored;
  auto stored = records->stored().state();
  if (!stored)
    return error_of(stored);
  if (stored->decisions != stored->head.position)
    return store_fault(store_errc::damaged, "the log in " + dir.root + " holds " + std::to_string(stored->decisions) +
                                                " decisions, but its newest commit ends at " +
                                                std::to_string(stored->head.position));
  if (auto begun =
          records->begin_writing(options.write_ahead_bytes,
                                 [this](const commit_failure& failure) { fail(failure.error, failure.reached_disk); });
      !begun)
    return begun;
  auto last = records->last_head();
  if (!last)
    return error_of(last);
  head = *last;
  if (auto indexed = open_index(); !indexed)
    return indexed;
  return load_tail(*last);
}

store_result<void> lmdb_event_log::state::open_index() {
  const lmdb::env_options env{
      .directory = dir.index(), .map_bytes = options.map_bytes, .extra_flags = MDB_NOMETASYNC | MDB_NORDAHEAD};
  const size_t names_per_generation =
      options.names_per_generation == 0 ? stream_index::names_per_generation_default : options.names_per_generation;
  auto opened = stream_index::open(env, names_per_generation);
  const bool unreadable =
      !opened && (opened.error().code == store_errc::damaged || opened.error().code == store_errc::foreign_format);
  if (!opened && !unreadable)
    return error_of(opened);
  if (opened) {
    index = std::move(*opened);
    auto fits = index_fits();
    if (!fits && fits.error().code != store_errc::damaged)
      return error_of(fits);
    if (fits && *fits)
      return {};
    index.reset();
  }
  if (auto removed = stream_index::remove(dir.index()); !removed)
    return removed;
  auto fresh = stream_index::open(env, names_per_generation);
  if (!fresh)
    return error_of(fresh);
  index = std::move(*fresh);
  return {};
}

/// An index is of this log where the log has the checkpoint's chain head at the checkpoint's position: not where the
/// log was shortened, or replaced by a backup.
store_result<bool> lmdb_event_log::state::index_fits() const {
  auto at = index->snapshot();
  if (!at)
    return error_of(at);
  const index_checkpoint checkpoint = at->checkpoint();
  auto counts = at->counts();
  if (!counts)
    return error_of(counts);
  if (auto whole = at->names_are_whole(); !whole || !*whole)
    return whole;
  // A reader looks at the log after the index, which is never ahead of it then.
  if (auto looked = options.access == log_access::read_only ? records->look_again() : store_result<void>(); !looked)
    return error_of(looked);
  auto newest = records->last_head();
  if (!newest)
    return error_of(newest);
  if (checkpoint.position > newest->position || counts->second != checkpoint.position)
    return false;
  auto chain = records->chain_at(checkpoint.position);
  if (!chain)
    return error_of(chain);
  return *chain == checkpoint.chain;
}

store_result<index_tail::addition> lmdb_event_log::state::addition_for(uint64_t position, const decision_header& header,
                                                                       const hash256& chain) const {
  const uint64_t hash = tail->hash_of(header.stream);
  const index_tail::stream_record* record = tail->find_record(hash, header.stream);
  if (record == nullptr && header.version == 1)
    record = tail->add_record(hash, header.stream, 0, 0);
  if (record == nullptr) {
    auto at = index->snapshot();
    if (!at)
      return error_of(at);
    auto number = number_of(*at, header.stream, hash);
    if (!number)
      return error_of(number);
    auto version = at->version_of(*number);
    if (!version)
      return error_of(version);
    record = tail->add_record(hash, header.stream, *number, *number == 0 ? 0 : *version);
  }
  if (header.version != record->version + 1)
    return store_fault(store_errc::damaged, "decision " + std::to_string(position) + " is version " +
                                                std::to_string(header.version) + " of " + header.stream.display() +
                                                ", which was at " + std::to_string(record->version) +
                                                "; run `oncepay log verify`");
  record->version_asked = header.version;
  return index_tail::addition{record, header.version, header.due_before, header.due, chain};
}

/// Reads what isn't folded into the tail, folding as it goes: a log without its index may be larger than memory.
store_result<void> lmdb_event_log::state::load_tail(const log_head& to) {
  index_checkpoint checkpoint;
  {
    // Kept while folds follow each other it would have them reuse no page, and the index grow to many times its size.
    auto at = index->snapshot();
    if (!at)
      return error_of(at);
    checkpoint = at->checkpoint();
  }
  tail = std::make_shared<index_tail>(checkpoint.position, hash_of_name);
  hash256 chain = checkpoint.chain;
  record_page page;
  for (uint64_t next = checkpoint.position + 1; next <= to.position; next += page.size()) {
    page.clear();
    if (auto read = records->read_range(next, to.position, page); !read)
      return read;
    for (size_t i = 0; i < page.size(); ++i) {
      auto header = header_at(page.position(i), page.stored(i));
      if (!header)
        return error_of(header);
      chain = chain_step(chain, page.position(i), page.stored(i));
      auto addition = addition_for(page.position(i), *header, chain);
      if (!addition)
        return error_of(addition);
      tail->append({&*addition, 1});
    }
    if (tail->size() >= limits::fold_decisions_max)
      if (auto folded = fold_some(limits::fold_decisions_max); !folded)
        return error_of(folded);
  }
  if (chain != to.chain)
    return store_fault(store_errc::damaged, "the log in " + dir.root +
                                                " doesn't follow its hash chain after decision " +
                                                std::to_string(checkpoint.position) + "; run `oncepay log verify`");
  return {};
}

store_result<void> lmdb_event_log::state::open_to_read() {
  if (!files::exists(dir.log_file()) && errno == EACCES)
    return store_fault(store_errc::missing, dir.root + " can't be looked into: " + files::reason(EACCES));
  if (!files::exists(dir.log_file()))
    return store_fault(store_errc::missing, dir.root + " holds no log");
  bool bare = !files::exists(dir.log_readers_file());
  if (bare) {
    // Making LMDB's lock file would leave one that the server's user may not be allowed to open.
    auto [held, refusal] = files::lock::take(dir.log_file(), files::lock::kind::shared, false);
    if (refusal == files::lock::refusal::failed || refusal == files::lock::refusal::no_file)
      return store_fault(store_errc::missing, dir.log_file() + " can't be read: " + files::reason(errno));
    // A writer came just now, and with it the lock file; or went between two looks at it.
    bare = !files::exists(dir.log_readers_file());
    if (bare && refusal == files::lock::refusal::held_by_another)
      return store_fault(store_errc::in_use, "the log in " + dir.root + " is being opened; try again");
    if (bare)
      locks.bare_readers = std::move(held);
  }
  auto opened = log_records::open({.directory = dir.log(), .map_bytes = 0, .read_only = true, .no_lock = bare});
  if (!opened)
    return error_of(opened);
  records = std::move(*opened);
  auto who = records->stored().identity();
  if (!who)
    return error_of(who);
  identity = std::move(*who);
  restored = identity.is_restored;
  if (auto checked = check_identity(dir, identity, options.environment); !checked)
    return checked;
  // A log that has a writer and an index without LMDB's lock file: the index is just being made anew.
  const bool index_is_bare = !files::exists(dir.index() + "/lock.mdb");
  if (files::exists(dir.index() + "/data.mdb") && (bare || !index_is_bare)) {
    auto found = stream_index::open({.directory = dir.index(),
                                     .map_bytes = 0,
                                     .read_only = true,
                                     .no_lock = index_is_bare,
                                     .extra_flags = MDB_NORDAHEAD});
    if (found)
      index = std::move(*found);
  }
  if (index != nullptr) {
    auto fits = index_fits();
    if (!fits || !*fits)
      index.reset();
  }
  return look_again();
}

store_result<void> lmdb_event_log::state::look_again() {
  uint64_t folded = 0;
  if (index != nullptr) {
    auto at = index->snapshot();
    if (!at)
      return error_of(at);
    folded = at->checkpoint().position;
  }
  // The index first: it is never ahead of a log that is looked at later.
  if (auto looked = records->look_again(); !looked)
    return looked;
  auto newest = records->last_head();
  if (!newest)
    return error_of(newest);
  auto who = records->stored().identity();
  if (!who)
    return error_of(who);
  std::scoped_lock lock(mutex);
  head = *newest;
  restored = who->is_restored;
  scan = std::make_shared<const log_scan>(*records, folded, newest->position);
  return {};
}

store_result<std::unique_ptr<lmdb_event_log>> lmdb_event_log::open(const std::string& directory,
                                                                   const lmdb_log_options& options) {
  auto s = std::make_unique<state>();
  s->dir.root = directory;
  s->options = options;
  s->hash_of_name = options.hash_of_name == nullptr ? &name_hash : options.hash_of_name;
  if (s->options.map_bytes == 0)
    s->options.map_bytes = limits::map_bytes_default;
  if (s->options.write_ahead_bytes == 0)
    s->options.write_ahead_bytes = limits::write_ahead_bytes_default;
  auto opened = options.access == log_access::read_write ? s->open_to_write() : s->open_to_read();
  if (!opened)
    return error_of(opened);
  return std::unique_ptr<lmdb_event_log>(new lmdb_event_log(std::move(s)));
}

} // namespace oncepay
