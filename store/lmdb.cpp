#include "store/lmdb.hpp"

#include "schema/assert.hpp"
#include "store/files.hpp"
#include "store/store_fault.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include <sys/stat.h>

namespace oncepay::lmdb {

namespace {

/// Reading threads of all processes together. A reader that waits for a place would wait for ever.
constexpr unsigned readers_max = 1'024;
constexpr MDB_dbi databases_max = 8;
/// Reset readers kept for the next one.
constexpr size_t pool_max = 64;

/// Environments open in this process. Closing one of two would drop the locks of both.
class open_environments {
public:
  bool add(const std::string& identity) {
    std::scoped_lock lock(mutex_);
    return open_.insert(identity).second;
  }
  void remove(const std::string& identity) {
    std::scoped_lock lock(mutex_);
    open_.erase(identity);
  }

private:
  std::mutex mutex_;
  std::set<std::string> open_;
};

open_environments& environments() {
  static open_environments all;
  return all;
}

std::string data_file(const std::string& directory) {
  return directory + "/data.mdb";
}

std::string identity_of(const std::string& directory) {
  char* resolved = ::realpath(directory.c_str(), nullptr);
  std::string identity = resolved == nullptr ? directory : resolved;
  std::free(resolved);
  return identity;
}

/// What LMDB 0.9 writes in each of a file's two meta pages, of which the one with the higher transaction holds. Read
/// here because LMDB looks for its roots in a file that was cut, and a read beyond the end of a mapped file is the
/// end of the process.
struct meta_page {
  static constexpr uint32_t expected_magic = 0xBEEFC0DE;
  struct tree {
    uint32_t page_bytes; ///< In the first tree only.
    uint16_t flags;
    uint16_t depth;
    uint64_t branch_pages;
    uint64_t leaf_pages;
    uint64_t overflow_pages;
    uint64_t entries;
    uint64_t root; ///< All ones: empty.
  };
  std::array<std::byte, 16> header;
  uint32_t magic;
  uint32_t version;
  uint64_t address;
  uint64_t map_bytes;
  tree free_pages;
  tree names;
  uint64_t last_page;
  uint64_t transaction;
};
static_assert(sizeof(meta_page) == 152);

std::optional<meta_page> read_meta_page(std::ifstream& file, uint64_t offset) {
  std::array<char, sizeof(meta_page)> bytes{};
  if (!file.seekg(static_cast<std::streamoff>(offset)).read(bytes.data(), bytes.size()))
    return std::nullopt;
  meta_page meta{};
  std::memcpy(&meta, bytes.data(), sizeof meta);
  return meta.magic == meta_page::expected_magic ? std::optional(meta) : std::nullopt;
}

uint64_t bytes_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

/// True where the trees of a file begin beyond its end. What isn't an LMDB file is left to LMDB to refuse.
bool lacks_roots(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  auto first = read_meta_page(file, 0);
  if (!first)
    return false;
  const uint64_t page_bytes = first->free_pages.page_bytes;
  auto second = read_meta_page(file, page_bytes);
  if (!second)
    return true;
  const meta_page& newest = second->transaction > first->transaction ? *second : *first;
  // Measured after the meta pages: a writer in another process lets the file grow first, and names the root then.
  const uint64_t file_bytes = bytes_of(path);
  for (uint64_t root : {newest.free_pages.root, newest.names.root})
    if (root != UINT64_MAX && root >= file_bytes / page_bytes)
      return true;
  return false;
}

store_errc code_of(int rc) {
  switch (rc) {
  case MDB_MAP_FULL:
  case MDB_TXN_FULL:
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
    return store_errc::full;
  case MDB_CORRUPTED:
  case MDB_PAGE_NOTFOUND:
    return store_errc::damaged;
  case MDB_INVALID:  // No file of LMDB's.
  case MDB_NOTFOUND: // One of somebody else's, without our databases: what isn't there is no error elsewhere.
  case MDB_VERSION_MISMATCH:
  case MDB_INCOMPATIBLE:
    return store_errc::foreign_format;
  case ENOENT:
  case EACCES:
  case EPERM:
  case EROFS:
  case ENOTDIR:
    return store_errc::missing;
  default:
    return store_errc::io;
  }
}

} // namespace

store_error error_from(int rc, const std::string& what) {
  // Positive numbers are the system's, the others LMDB's own.
  return {code_of(rc), what + ": " + (rc > 0 ? files::reason(rc) : mdb_strerror(rc))};
}

read_txn::~read_txn() {
  if (txn_ == nullptr)
    return;
  mdb_txn_reset(txn_);
  {
    std::scoped_lock lock(owner_->pool_mutex_);
    if (owner_->pool_.size() < pool_max) {
      owner_->pool_.push_back(txn_);
      return;
    }
  }
  mdb_txn_abort(txn_);
}

write_txn::~write_txn() {
  if (txn_ != nullptr)
    mdb_txn_abort(txn_);
}

store_result<std::unique_ptr<environment>> environment::open(const env_options& options) {
  const std::string what = options.directory + " can't be opened";
  const std::string path = data_file(options.directory);
  if (lacks_roots(path))
    return store_fault(store_errc::damaged, path + " was cut: its content begins beyond its end");
  std::string identity = identity_of(options.directory);
  if (!environments().add(identity))
    return store_fault(store_errc::in_use, options.directory + " is open in this process already");
  MDB_env* raw = nullptr;
  int rc = mdb_env_create(&raw);
  if (rc != MDB_SUCCESS) {
    environments().remove(identity);
    return tl::unexpected(error_from(rc, what));
  }
  std::unique_ptr<environment> result(new environment(raw, options.directory, std::move(identity)));
  unsigned flags = MDB_NOTLS | options.extra_flags;
  if (options.read_only)
    flags |= MDB_RDONLY;
  if (options.no_lock)
    flags |= MDB_NOLOCK;
  if (rc = mdb_env_set_maxdbs(raw, databases_max); rc == MDB_SUCCESS)
    rc = mdb_env_set_maxreaders(raw, readers_max);
  if (rc == MDB_SUCCESS && options.map_bytes != 0)
    rc = mdb_env_set_mapsize(raw, options.map_bytes);
  if (rc == MDB_SUCCESS)
    rc = mdb_env_open(raw, options.directory.c_str(), flags, 0640);
  if (rc != MDB_SUCCESS)
    return tl::unexpected(error_from(rc, what));
  return result;
}

environment::~environment() {
  for (MDB_txn* txn : pool_)
    mdb_txn_abort(txn);
  mdb_env_close(env_);
  environments().remove(identity_);
}

store_result<std::vector<MDB_dbi>> environment::databases(const std::vector<database_spec>& specs) {
  ONCEPAY_ASSERT(specs.size() <= databases_max);
  const std::string what = directory_ + " can't be opened";
  unsigned flags = 0;
  if (int rc = mdb_env_get_flags(env_, &flags); rc != MDB_SUCCESS)
    return tl::unexpected(error_from(rc, what));
  const bool read_only = (flags & MDB_RDONLY) != 0;
  MDB_txn* raw = nullptr;
  if (int rc = mdb_txn_begin(env_, nullptr, read_only ? MDB_RDONLY : 0, &raw); rc != MDB_SUCCESS)
    return tl::unexpected(error_from(rc, what));
  write_txn txn(raw);
  std::vector<MDB_dbi> handles;
  for (const database_spec& spec : specs) {
    MDB_dbi dbi = 0;
    if (int rc = mdb_dbi_open(raw, spec.name, spec.flags | (read_only ? 0 : MDB_CREATE), &dbi); rc != MDB_SUCCESS)
      return tl::unexpected(error_from(rc, what + " (" + spec.name + ")"));
    handles.push_back(dbi);
  }
  // Handles outlive a transaction only where it commits, a reading one too.
  if (int rc = txn.commit(); rc != MDB_SUCCESS)
    return tl::unexpected(error_from(rc, what));
  return handles;
}

store_result<bool> environment::is_virgin() const {
  MDB_stat stat{};
  if (int rc = mdb_env_stat(env_, &stat); rc != MDB_SUCCESS)
    return tl::unexpected(error_from(rc, directory_ + " can't be read"));
  return stat.ms_entries == 0;
}

store_result<read_txn> environment::begin_read() const {
  {
    std::unique_lock lock(pool_mutex_);
    if (!pool_.empty()) {
      MDB_txn* txn = pool_.back();
      pool_.pop_back();
      lock.unlock();
      int rc = mdb_txn_renew(txn);
      if (rc == MDB_SUCCESS)
        return read_txn(*this, txn);
      mdb_txn_abort(txn);
      return tl::unexpected(error_from(rc, directory_ + " can't be read"));
    }
  }
  MDB_txn* txn = nullptr;
  if (int rc = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn); rc != MDB_SUCCESS)
    return tl::unexpected(error_from(rc, directory_ + " can't be read"));
  return read_txn(*this, txn);
}

store_result<write_txn> environment::begin_write() {
  MDB_txn* txn = nullptr;
  if (int rc = mdb_txn_begin(env_, nullptr, 0, &txn); rc != MDB_SUCCESS)
    return tl::unexpected(error_from(rc, directory_ + " can't be written"));
  return write_txn(txn);
}

store_result<bool> environment::is_cut() const {
  auto txn = begin_read();
  if (!txn)
    return error_of(txn);
  // The free list's database is 0, the one of names 1. What they count is a lower bound: LMDB may also have pages at
  // the end that it took and never wrote, so the last page's number alone proves nothing.
  constexpr MDB_dbi main_database = 1;
  size_t pages = 2;
  size_t page_bytes = 0;
  auto add = [&](MDB_dbi dbi) {
    MDB_stat stat{};
    if (mdb_stat(txn->raw(), dbi, &stat) == MDB_SUCCESS) {
      pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
      page_bytes = stat.ms_psize;
    }
  };
  for (MDB_dbi dbi = 0; dbi < main_database + 1 + databases_max; ++dbi)
    add(dbi);
  return file_bytes() < pages * page_bytes;
}

uint64_t environment::file_bytes() const {
  return bytes_of(data_file(directory_));
}

store_result<std::optional<bytes_view>> get(MDB_txn* txn, MDB_dbi dbi, MDB_val key, const std::string& what) {
  MDB_val value{};
  int rc = mdb_get(txn, dbi, &key, &value);
  if (rc == MDB_NOTFOUND)
    return std::optional<bytes_view>();
  if (rc != MDB_SUCCESS)
    return tl::unexpected(error_from(rc, what));
  return std::optional<bytes_view>(from_val(value));
}

} // namespace oncepay::lmdb
