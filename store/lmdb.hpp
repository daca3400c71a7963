// LMDB with owners for what it hands out, and its return codes as `store_error`. Internal to this floor.
//
// What LMDB demands and this wrapper keeps: an environment is opened once in a process (`open` refuses a second time),
// a write transaction begins and ends in one call on one thread, and readers don't belong to threads (MDB_NOTLS).
#pragma once

#include "schema/hash.hpp"
#include "store/event_log.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <lmdb.h>

namespace oncepay::lmdb {

/// `what` says what was tried, as "the log in /data/log can't be read".
store_error error_from(int rc, const std::string& what);

inline MDB_val to_val(bytes_view bytes) {
  return {bytes.size(), const_cast<std::byte*>(bytes.data())};
}
inline bytes_view from_val(const MDB_val& val) {
  return {static_cast<const std::byte*>(val.mv_data), val.mv_size};
}
/// A value on the stack as key or value: an integer key is a native size_t.
template <class T>
MDB_val val_of(const T& value) {
  return {sizeof(T), const_cast<T*>(&value)};
}

/// An integer as it was stored.
inline uint64_t native(const MDB_val& value) {
  uint64_t result = 0;
  std::memcpy(&result, value.mv_data, std::min(sizeof result, value.mv_size));
  return result;
}

struct env_options {
  std::string directory;  ///< Exists.
  uint64_t map_bytes = 0; ///< 0: what the environment itself says.
  bool read_only = false;
  /// Without the lock file, which nobody may need to be there: only where no writer can be.
  bool no_lock = false;
  unsigned extra_flags = 0; ///< MDB_NOMETASYNC, MDB_NORDAHEAD, MDB_NOSYNC.
};

struct database_spec {
  const char* name;
  unsigned flags; ///< MDB_INTEGERKEY and the like, without MDB_CREATE.
};

class environment;

/// A read transaction, given back to its environment's pool at the end. Never kept while a caller's code runs.
class read_txn {
public:
  read_txn(const environment& owner, MDB_txn* txn) : owner_(&owner), txn_(txn) {}
  read_txn(read_txn&& other) noexcept : owner_(other.owner_), txn_(std::exchange(other.txn_, nullptr)) {}
  read_txn& operator=(read_txn&&) = delete;
  ~read_txn();
  MDB_txn* raw() const { return txn_; }

private:
  const environment* owner_;
  MDB_txn* txn_;
};

/// Aborts what wasn't committed.
class write_txn {
public:
  explicit write_txn(MDB_txn* txn) : txn_(txn) {}
  write_txn(write_txn&& other) noexcept : txn_(std::exchange(other.txn_, nullptr)) {}
  write_txn& operator=(write_txn&&) = delete;
  ~write_txn();
  MDB_txn* raw() const { return txn_; }
  /// LMDB's return code. The transaction is over, whatever it says.
  int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

private:
  MDB_txn* txn_;
};

class cursor {
public:
  cursor(MDB_txn* txn, MDB_dbi dbi) {
    if (mdb_cursor_open(txn, dbi, &cursor_) != MDB_SUCCESS)
      cursor_ = nullptr;
  }
  cursor(const cursor&) = delete;
  cursor& operator=(const cursor&) = delete;
  ~cursor() {
    if (cursor_ != nullptr)
      mdb_cursor_close(cursor_);
  }
  int get(MDB_val& key, MDB_val& value, MDB_cursor_op op) {
    return cursor_ == nullptr ? ENOMEM : mdb_cursor_get(cursor_, &key, &value, op);
  }
  int put(MDB_val key, MDB_val value, unsigned flags) {
    return cursor_ == nullptr ? ENOMEM : mdb_cursor_put(cursor_, &key, &value, flags);
  }
  int del() { return cursor_ == nullptr ? ENOMEM : mdb_cursor_del(cursor_, 0); }

private:
  MDB_cursor* cursor_ = nullptr;
};

class environment {
public:
  static store_result<std::unique_ptr<environment>> open(const env_options&);
  ~environment();
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

  /// Handles of the databases, in order; for writing they are created.
  store_result<std::vector<MDB_dbi>> databases(const std::vector<database_spec>&);

  /// True where nothing was ever committed: made by a process that ended before its first commit.
  store_result<bool> is_virgin() const;

  store_result<read_txn> begin_read() const;
  store_result<write_txn> begin_write();

  /// Pages that hold something need more room than the file has: it was cut. Not every cut file shows it.
  store_result<bool> is_cut() const;
  uint64_t file_bytes() const;
  /// To the disk, even where commits don't wait for it.
  int sync() { return mdb_env_sync(env_, 1); }

  MDB_env* raw() const { return env_; }
  const std::string& directory() const { return directory_; }

private:
  friend class read_txn;
  environment(MDB_env* env, std::string directory, std::string identity)
      : env_(env), directory_(std::move(directory)), identity_(std::move(identity)) {}

  MDB_env* env_;
  std::string directory_;
  std::string identity_; ///< What the process remembers this environment by, so that it isn't opened twice.
  mutable std::mutex pool_mutex_;
  mutable std::vector<MDB_txn*> pool_; ///< Reset readers: beginning anew costs a lock between processes.
};

/// The value, valid until the transaction ends.
store_result<std::optional<bytes_view>> get(MDB_txn*, MDB_dbi, MDB_val key, const std::string& what);

} // namespace oncepay::lmdb
