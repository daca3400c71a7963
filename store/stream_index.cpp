#include "store/stream_index.hpp"

#include "schema/assert.hpp"
#include "store/key_bytes.hpp"
#include "store/store_fault.hpp"

#include <cstdio>
#include <cstring>

namespace oncepay {

namespace {

/// Without those of the names, which stand after these.
const std::vector<lmdb::database_spec> own_databases = {{"streams", 0}, {"open", 0}, {"kinds", 0}, {"checkpoint", 0}};

constexpr size_t stream_key_bytes = sizeof(uint64_t) + sizeof(uint32_t);

std::string stream_key(uint64_t number, uint32_t version) {
  std::string key;
  append_big_endian(key, number);
  append_big_endian(key, version);
  return key;
}

std::string kind_key(stream_kind kind, uint64_t number) {
  std::string key(1, static_cast<char>(kind));
  append_big_endian(key, number);
  return key;
}

MDB_val val(std::string_view text) {
  return lmdb::to_val(as_bytes(text));
}

std::string open_key(instant due, const std::string& name) {
  std::string key;
  key.reserve(sizeof(uint64_t) + name.size());
  append_big_endian(key, static_cast<uint64_t>(due.ns) ^ sign_bit);
  return key.append(name);
}

std::optional<due_entry> from_open_key(bytes_view key) {
  if (key.size() <= sizeof(uint64_t))
    return std::nullopt;
  auto name = stream_name::from_bytes(as_text(key.subspan(sizeof(uint64_t))));
  if (!name)
    return std::nullopt;
  return due_entry{{static_cast<int64_t>(read_big_endian<uint64_t>(key) ^ sign_bit)}, std::move(*name)};
}

tl::unexpected<store_error> damaged(const char* database) {
  return store_fault(store_errc::damaged, std::string("the index's ") + database + " hold what can't be there");
}

} // namespace

store_error index_snapshot::cannot_read(int rc) const {
  return lmdb::error_from(rc, "the index in " + owner_->env_->directory() + " can't be read");
}

store_result<bool> index_snapshot::names_are_whole() const {
  return owner_->names_.are_whole(txn_.raw(), checkpoint_.names);
}

store_result<std::vector<uint64_t>> index_snapshot::numbers_of(uint64_t name_hash) const {
  return owner_->names_.numbers_of(txn_.raw(), name_hash, checkpoint_.names);
}

store_result<std::vector<uint64_t>> index_snapshot::positions_of(uint64_t number, uint32_t from_version,
                                                                 size_t max) const {
  std::vector<uint64_t> positions;
  lmdb::cursor c(txn_.raw(), owner_->streams_);
  std::string wanted = stream_key(number, from_version);
  MDB_val key = val(wanted);
  MDB_val value{};
  int rc = c.get(key, value, MDB_SET_RANGE);
  for (uint32_t version = from_version; rc == MDB_SUCCESS && positions.size() < max; ++version) {
    if (key.mv_size != stream_key_bytes || value.mv_size != sizeof(uint64_t))
      return damaged("streams");
    bytes_view found = lmdb::from_val(key);
    if (read_big_endian<uint64_t>(found) != number)
      return positions;
    if (read_big_endian<uint32_t>(found.subspan(sizeof(uint64_t))) != version)
      return damaged("streams");
    positions.push_back(lmdb::native(value));
    rc = c.get(key, value, MDB_NEXT);
  }
  if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND)
    return tl::unexpected(cannot_read(rc));
  return positions;
}

store_result<uint32_t> index_snapshot::version_of(uint64_t number) const {
  // The entry before where the next stream would begin.
  lmdb::cursor c(txn_.raw(), owner_->streams_);
  std::string beyond = stream_key(number + 1, 0);
  MDB_val key = val(beyond);
  MDB_val value{};
  int rc = c.get(key, value, MDB_SET_RANGE);
  if (rc == MDB_SUCCESS || rc == MDB_NOTFOUND)
    rc = c.get(key, value, rc == MDB_SUCCESS ? MDB_PREV : MDB_LAST);
  if (rc == MDB_NOTFOUND)
    return 0U;
  if (rc != MDB_SUCCESS)
    return tl::unexpected(cannot_read(rc));
  if (key.mv_size != stream_key_bytes)
    return damaged("streams");
  bytes_view found = lmdb::from_val(key);
  if (read_big_endian<uint64_t>(found) != number)
    return 0U;
  return read_big_endian<uint32_t>(found.subspan(sizeof(uint64_t)));
}

store_result<std::vector<std::pair<uint64_t, stream_name>>> index_snapshot::streams_of(stream_kind kind) const {
  std::vector<std::pair<uint64_t, stream_name>> streams;
  lmdb::cursor c(txn_.raw(), owner_->kinds_);
  std::string first = kind_key(kind, 0);
  MDB_val key = val(first);
  MDB_val value{};
  int rc = c.get(key, value, MDB_SET_RANGE);
  for (; rc == MDB_SUCCESS; rc = c.get(key, value, MDB_NEXT)) {
    bytes_view found = lmdb::from_val(key);
    if (found.size() != 1 + sizeof(uint64_t))
      return damaged("kinds");
    if (static_cast<char>(found[0]) != static_cast<char>(kind))
      return streams;
    auto name = stream_name::from_bytes(as_text(lmdb::from_val(value)));
    if (!name)
      return damaged("kinds");
    streams.emplace_back(read_big_endian<uint64_t>(found.subspan(1)), std::move(*name));
  }
  if (rc != MDB_NOTFOUND)
    return tl::unexpected(cannot_read(rc));
  return streams;
}

store_result<void> index_snapshot::due(const due_entry& after, instant until,
                                       const std::function<bool(due_entry&&)>& visit) const {
  lmdb::cursor c(txn_.raw(), owner_->open_);
  std::string first = open_key(after.due, after.stream.bytes());
  MDB_val key = val(first);
  MDB_val value{};
  int rc = c.get(key, value, MDB_SET_RANGE);
  if (rc == MDB_SUCCESS && as_text(lmdb::from_val(key)) == first)
    rc = c.get(key, value, MDB_NEXT);
  for (; rc == MDB_SUCCESS; rc = c.get(key, value, MDB_NEXT)) {
    auto entry = from_open_key(lmdb::from_val(key));
    if (!entry)
      return damaged("open");
    if (entry->due > until || !visit(std::move(*entry)))
      return {};
  }
  if (rc != MDB_NOTFOUND)
    return tl::unexpected(cannot_read(rc));
  return {};
}

store_result<std::pair<uint64_t, uint64_t>> index_snapshot::counts() const {
  uint64_t names = 0;
  MDB_stat streams{};
  int rc = owner_->names_.count(txn_.raw(), names);
  if (rc == MDB_SUCCESS)
    rc = mdb_stat(txn_.raw(), owner_->streams_, &streams);
  if (rc != MDB_SUCCESS)
    return tl::unexpected(cannot_read(rc));
  return std::pair<uint64_t, uint64_t>(names, streams.ms_entries);
}

store_result<std::unique_ptr<stream_index>> stream_index::open(const lmdb::env_options& options,
                                                               size_t names_per_generation) {
  auto env = lmdb::environment::open(options);
  if (!env)
    return error_of(env);
  std::vector<lmdb::database_spec> databases = own_databases;
  databases.insert(databases.end(), name_generations::databases.begin(), name_generations::databases.end());
  auto handles = (*env)->databases(databases);
  if (!handles)
    return error_of(handles);
  auto cut = (*env)->is_cut();
  if (!cut)
    return error_of(cut);
  if (*cut)
    return store_fault(store_errc::damaged, options.directory + " was cut");
  return std::unique_ptr<stream_index>(new stream_index(std::move(*env), *handles, names_per_generation));
}

store_result<void> stream_index::remove(const std::string& directory) {
  for (const char* file : {"/data.mdb", "/lock.mdb"}) {
    const std::string path = directory + file;
    if (std::remove(path.c_str()) != 0 && errno != ENOENT)
      return store_fault(store_errc::missing, path + " can't be removed: " + std::strerror(errno));
  }
  return {};
}

store_result<index_snapshot> stream_index::snapshot() const {
  auto txn = env_->begin_read();
  if (!txn)
    return error_of(txn);
  index_snapshot result(std::move(*txn), *this);
  auto checkpoint = checkpoint_in(result.txn_.raw());
  if (!checkpoint)
    return error_of(checkpoint);
  result.checkpoint_ = *checkpoint;
  return result;
}

store_result<index_checkpoint> stream_index::checkpoint_in(MDB_txn* txn) const {
  auto value = lmdb::get(txn, checkpoint_, val(stream_index::checkpoint_key), "the index can't be read");
  if (!value)
    return error_of(value);
  index_checkpoint checkpoint;
  if (!*value)
    return checkpoint;
  if ((*value)->size() != sizeof checkpoint)
    return damaged("checkpoints");
  std::memcpy(&checkpoint, (*value)->data(), sizeof checkpoint);
  return checkpoint;
}

} // namespace oncepay
