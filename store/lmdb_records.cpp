#include "store/lmdb_records.hpp"

#include "schema/assert.hpp"
#include "schema/log_codec.hpp"
#include "store/files.hpp"
#include "store/store_fault.hpp"

#include <charconv>
#include <cstring>

#include <sys/stat.h>

namespace oncepay {

namespace {

const std::vector<lmdb::database_spec> databases = {{"log", MDB_INTEGERKEY}, {"heads", MDB_INTEGERKEY}, {"meta", 0}};

/// A value of `heads`, in native byte order like LMDB's own pages.
struct stored_head {
  hash256 chain;
  int64_t at_ns;
};
static_assert(sizeof(stored_head) == 40);

/// The format of a log whose newest commits lie in its write-ahead file; the next format has another number.
constexpr uint32_t format_with_ring = 2;
static_assert(log_format_version == 1);

/// The value of `ring`.
struct stored_ring {
  opening_id opening;
  uint64_t bytes;
};
static_assert(sizeof(stored_ring) == 24);

MDB_val key_of(const size_t& position) {
  return lmdb::val_of(position);
}
MDB_val text_val(std::string_view text) {
  return lmdb::to_val(as_bytes(text));
}

store_result<log_head> read_head(const MDB_val& key, const MDB_val& value) {
  if (key.mv_size != sizeof(size_t) || value.mv_size != sizeof(stored_head))
    return store_fault(store_errc::damaged, "a chain head has an impossible size");
  size_t position = 0;
  stored_head head{};
  std::memcpy(&position, key.mv_data, sizeof position);
  std::memcpy(&head, value.mv_data, sizeof head);
  return log_head{position, head.chain, {head.at_ns}};
}

int put_head(MDB_txn* txn, MDB_dbi dbi, const log_head& head) {
  const size_t position = head.position;
  const stored_head value{head.chain, head.at.ns};
  MDB_val key = key_of(position);
  MDB_val data = lmdb::val_of(value);
  return mdb_put(txn, dbi, &key, &data, MDB_APPEND);
}

int put_text(MDB_txn* txn, MDB_dbi dbi, std::string_view key, std::string_view text) {
  MDB_val k = text_val(key);
  MDB_val v = text_val(text);
  return mdb_put(txn, dbi, &k, &v, 0);
}

int drop(MDB_txn* txn, MDB_dbi dbi, std::string_view key) {
  MDB_val k = text_val(key);
  const int rc = mdb_del(txn, dbi, &k, nullptr);
  return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

int put_decision(MDB_txn* txn, MDB_dbi dbi, size_t position, bytes_view stored) {
  MDB_val key = key_of(position);
  MDB_val value = lmdb::to_val(stored);
  return mdb_put(txn, dbi, &key, &value, MDB_APPEND);
}

tl::unexpected<store_error> no_log(const std::string& directory) {
  return store_fault(store_errc::foreign_format, directory + " holds no oncepay log");
}

store_result<log_identity> identity_in(MDB_txn* txn, MDB_dbi meta, const std::string& directory) {
  log_identity identity;
  const std::string what = directory + " can't be read";
  auto format = lmdb::get(txn, meta, text_val("format"), what);
  if (!format)
    return error_of(format);
  if (!*format)
    return no_log(directory);
  std::string_view digits = as_text(**format);
  std::from_chars(digits.data(), digits.data() + digits.size(), identity.format_version);
  auto ring = lmdb::get(txn, meta, text_val("ring"), what);
  if (!ring)
    return error_of(ring);
  if (*ring && identity.format_version == format_with_ring)
    identity.format_version = log_format_version;
  auto environment = lmdb::get(txn, meta, text_val("environment"), what);
  if (!environment)
    return error_of(environment);
  if (*environment)
    identity.environment = as_text(**environment);
  auto restored = lmdb::get(txn, meta, text_val("restored"), what);
  if (!restored)
    return error_of(restored);
  identity.is_restored = restored->has_value();
  auto keys = lmdb::get(txn, meta, text_val("keys"), what);
  if (!keys)
    return error_of(keys);
  if (*keys) {
    identity.keys.emplace();
    if ((*keys)->size() != identity.keys->size())
      return store_fault(store_errc::damaged, "what the log in " + directory + " knows of its keys is damaged");
    std::memcpy(identity.keys->data(), (*keys)->data(), identity.keys->size());
  }
  return identity;
}

} // namespace

store_error lmdb_records::cannot_read(int rc) const {
  return lmdb::error_from(rc, "the log in " + env_->directory() + " can't be read");
}
store_error lmdb_records::cannot_write(int rc) const {
  return lmdb::error_from(rc, "the log in " + env_->directory() + " can't be written");
}

store_result<std::unique_ptr<lmdb_records>> lmdb_records::open(const lmdb::env_options& options) {
  auto env = lmdb::environment::open(options);
  if (!env)
    return error_of(env);
  auto handles = (*env)->databases(databases);
  if (!handles)
    return error_of(handles);
  auto cut = (*env)->is_cut();
  if (!cut)
    return error_of(cut);
  if (*cut)
    return store_fault(store_errc::damaged, options.directory + " was cut: its file is shorter than its content; "
                                                                "restore it from a backup");
  return std::unique_ptr<lmdb_records>(
      new lmdb_records(std::move(*env), handles->at(0), handles->at(1), handles->at(2)));
}

store_result<std::optional<log_identity>> lmdb_records::probe(const std::string& directory) {
  struct stat info {};
  // A process that ended before its first commit left an empty file, or an empty environment.
  if (::stat((directory + "/data.mdb").c_str(), &info) != 0 || info.st_size == 0)
    return std::optional<log_identity>();
  // No larger than its content: the map that it was made with may be one for which there is no room any more.
  auto env = lmdb::environment::open({.directory = directory, .map_bytes = 1, .read_only = true, .no_lock = true});
  if (!env)
    return error_of(env);
  auto virgin = (*env)->is_virgin();
  if (!virgin)
    return error_of(virgin);
  if (*virgin)
    return std::optional<log_identity>();
  auto handles = (*env)->databases(databases);
  if (!handles)
    return no_log(directory);
  auto txn = (*env)->begin_read();
  if (!txn)
    return error_of(txn);
  auto identity = identity_in(txn->raw(), handles->at(2), directory);
  if (!identity)
    return error_of(identity);
  return std::optional<log_identity>(std::move(*identity));
}

template <class Change>
store_result<void> lmdb_records::change(Change&& what) {
  auto txn = env_->begin_write();
  if (!txn)
    return error_of(txn);
  int rc = what(txn->raw());
  if (rc == MDB_SUCCESS)
    rc = txn->commit();
  if (rc != MDB_SUCCESS)
    return tl::unexpected(cannot_write(rc));
  return {};
}

store_result<void> lmdb_records::found(const log_identity& identity) {
  return change([&](MDB_txn* txn) {
    int rc = put_text(txn, meta_, "format", std::to_string(identity.format_version));
    if (rc == MDB_SUCCESS)
      rc = put_text(txn, meta_, "environment", identity.environment);
    if (rc == MDB_SUCCESS && identity.is_restored)
      rc = put_text(txn, meta_, "restored", "1");
    if (rc == MDB_SUCCESS && identity.keys)
      rc = put_text(txn, meta_, "keys", as_text(std::span(*identity.keys)));
    return rc;
  });
}

store_result<log_identity> lmdb_records::identity() const {
  auto txn = env_->begin_read();
  if (!txn)
    return error_of(txn);
  return identity_in(txn->raw(), meta_, env_->directory());
}

store_result<void> lmdb_records::set_restored(bool restored) {
  return change(
      [&](MDB_txn* txn) { return restored ? put_text(txn, meta_, "restored", "1") : drop(txn, meta_, "restored"); });
}

store_result<void> lmdb_records::set_keys(const hash128& check) {
  return change([&](MDB_txn* txn) { return put_text(txn, meta_, "keys", as_text(std::span(check))); });
}

store_result<void> lmdb_records::set_ring(const std::optional<named_ring>& ring) {
  return change([&](MDB_txn* txn) {
    int rc = put_text(txn, meta_, "format", std::to_string(ring ? format_with_ring : log_format_version));
    if (rc != MDB_SUCCESS || !ring)
      return rc == MDB_SUCCESS ? drop(txn, meta_, "ring") : rc;
    const stored_ring stored{ring->opening, ring->bytes};
    MDB_val key = text_val("ring");
    MDB_val value = lmdb::val_of(stored);
    return mdb_put(txn, meta_, &key, &value, 0);
  });
}

store_result<stored_state> lmdb_records::state() const {
  auto txn = env_->begin_read();
  if (!txn)
    return error_of(txn);
  stored_state found;
  MDB_stat log{};
  MDB_stat heads{};
  int rc = mdb_stat(txn->raw(), log_, &log);
  if (rc == MDB_SUCCESS)
    rc = mdb_stat(txn->raw(), heads_, &heads);
  if (rc != MDB_SUCCESS)
    return tl::unexpected(cannot_read(rc));
  found.decisions = log.ms_entries;
  found.commits = heads.ms_entries;
  auto ring = lmdb::get(txn->raw(), meta_, text_val("ring"), env_->directory() + " can't be read");
  if (!ring)
    return error_of(ring);
  if (*ring) {
    stored_ring stored{};
    if ((*ring)->size() != sizeof stored)
      return store_fault(store_errc::damaged, env_->directory() + ": what it says of its write-ahead file has an "
                                                                  "impossible size");
    std::memcpy(&stored, (*ring)->data(), sizeof stored);
    found.ring = named_ring{stored.opening, stored.bytes};
  }
  auto head = head_in(txn->raw(), SIZE_MAX);
  if (!head)
    return error_of(head);
  found.head = *head;
  return found;
}

store_result<log_head> lmdb_records::head_at_or_before(uint64_t position) const {
  auto txn = env_->begin_read();
  if (!txn)
    return error_of(txn);
  return head_in(txn->raw(), position);
}

store_result<log_head> lmdb_records::head_in(MDB_txn* txn, uint64_t position) const {
  lmdb::cursor c(txn, heads_);
  const size_t wanted = position;
  MDB_val key = key_of(wanted);
  MDB_val value{};
  int rc = c.get(key, value, MDB_SET_RANGE);
  if (rc == MDB_SUCCESS) {
    auto found = read_head(key, value);
    if (!found || found->position == position)
      return found;
  }
  if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND)
    return tl::unexpected(cannot_read(rc));
  rc = c.get(key, value, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
  if (rc == MDB_NOTFOUND)
    return log_head{};
  if (rc != MDB_SUCCESS)
    return tl::unexpected(cannot_read(rc));
  return read_head(key, value);
}

tl::expected<void, commit_failure> lmdb_records::append(std::span<const frame_ptr> commits) {
  auto txn = env_->begin_write();
  if (!txn)
    return tl::unexpected(commit_failure{std::move(txn.error()), false});
  int rc = MDB_SUCCESS;
  for (const frame_ptr& commit : commits) {
    size_t position = commit->first();
    for (size_t i = 0; rc == MDB_SUCCESS && i < commit->size(); ++i)
      rc = put_decision(txn->raw(), log_, position++, commit->stored(i));
    if (rc == MDB_SUCCESS)
      rc = put_head(txn->raw(), heads_, commit->head());
  }
  if (rc == MDB_SUCCESS)
    rc = txn->commit();
  if (rc == MDB_SUCCESS)
    return {};
  // A full map is noticed before anything is written. Whatever else fails may have failed on the disk.
  const bool nothing_written = rc == MDB_MAP_FULL || rc == MDB_TXN_FULL;
  store_error error = cannot_write(rc);
  if (rc == MDB_MAP_FULL)
    error.text += "; reserve more by `store.map_gib` and start again";
  return tl::unexpected(commit_failure{std::move(error), !nothing_written});
}

store_result<void> lmdb_records::append_copy(const record_page& page, std::span<const log_head> heads) {
  return change([&](MDB_txn* txn) {
    int rc = MDB_SUCCESS;
    for (size_t i = 0; rc == MDB_SUCCESS && i < page.size(); ++i)
      rc = put_decision(txn, log_, page.position(i), page.stored(i));
    for (size_t i = 0; rc == MDB_SUCCESS && i < heads.size(); ++i)
      rc = put_head(txn, heads_, heads[i]);
    return rc;
  });
}

store_result<void> lmdb_records::read_range(uint64_t from, uint64_t to, record_page& page) const {
  ONCEPAY_ASSERT(from > 0);
  if (from > to)
    return {};
  auto txn = env_->begin_read();
  if (!txn)
    return error_of(txn);
  lmdb::cursor c(txn->raw(), log_);
  const size_t first = from;
  MDB_val key = key_of(first);
  MDB_val value{};
  int rc = c.get(key, value, MDB_SET);
  for (uint64_t position = from;; ++position) {
    size_t found = 0;
    if (rc == MDB_SUCCESS && key.mv_size == sizeof found)
      std::memcpy(&found, key.mv_data, sizeof found);
    if ((rc == MDB_SUCCESS && found != position) || rc == MDB_NOTFOUND)
      return store_fault(store_errc::damaged,
                         "decision " + std::to_string(position) + " is missing in " + env_->directory());
    if (rc != MDB_SUCCESS)
      return tl::unexpected(cannot_read(rc));
    page.add(position, lmdb::from_val(value));
    if (page.is_full() || position == to)
      return {};
    rc = c.get(key, value, MDB_NEXT);
  }
}

store_result<void> lmdb_records::read_positions(std::span<const uint64_t> positions, record_page& page) const {
  auto txn = env_->begin_read();
  if (!txn)
    return error_of(txn);
  for (uint64_t position : positions) {
    const size_t wanted = position;
    MDB_val key = key_of(wanted);
    MDB_val value{};
    int rc = mdb_get(txn->raw(), log_, &key, &value);
    if (rc == MDB_NOTFOUND)
      return store_fault(store_errc::damaged,
                         "decision " + std::to_string(position) + " is missing in " + env_->directory());
    if (rc != MDB_SUCCESS)
      return tl::unexpected(cannot_read(rc));
    page.add(position, lmdb::from_val(value));
    if (page.is_full())
      break;
  }
  return {};
}

store_result<std::vector<log_head>> lmdb_records::heads_within(uint64_t from, uint64_t to) const {
  std::vector<log_head> heads;
  auto txn = env_->begin_read();
  if (!txn)
    return error_of(txn);
  lmdb::cursor c(txn->raw(), heads_);
  const size_t first = from;
  MDB_val key = key_of(first);
  MDB_val value{};
  int rc = c.get(key, value, MDB_SET_RANGE);
  for (; rc == MDB_SUCCESS; rc = c.get(key, value, MDB_NEXT)) {
    auto head = read_head(key, value);
    if (!head)
      return error_of(head);
    if (head->position > to)
      return heads;
    heads.push_back(*head);
  }
  if (rc != MDB_NOTFOUND)
    return tl::unexpected(cannot_read(rc));
  return heads;
}

} // namespace oncepay
