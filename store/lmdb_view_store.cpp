#include "schema/limits.hpp"
#include "store/files.hpp"
#include "store/give_way.hpp"
#include "store/lmdb.hpp"
#include "store/store_fault.hpp"
#include "store/view_change_fault.hpp"
#include "store/view_store.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace oncepay {

namespace {

struct stored_checkpoint {
  uint64_t position;
  hash256 chain;
};
static_assert(sizeof(stored_checkpoint) == 40);

constexpr std::string_view checkpoint_key = "checkpoint";
/// Bytes of values copied in one short read, besides the bound on entries.
constexpr size_t page_bytes_max = 1024 * 1024;

MDB_val val(std::string_view text) {
  return lmdb::to_val(as_bytes(text));
}

class lmdb_view_store final : public view_store {
public:
  lmdb_view_store(std::unique_ptr<lmdb::environment> env, const std::vector<MDB_dbi>& handles)
      : env_(std::move(env)), entries_(handles.at(0)), meta_(handles.at(1)) {}

  ~lmdb_view_store() override { env_->sync(); }

  store_result<view_checkpoint> checkpoint() const override {
    auto txn = env_->begin_read();
    if (!txn)
      return error_of(txn);
    auto value = lmdb::get(txn->raw(), meta_, val(checkpoint_key), what("read"));
    if (!value)
      return error_of(value);
    if (!*value)
      return view_checkpoint{};
    stored_checkpoint stored{};
    if ((*value)->size() != sizeof stored)
      return store_fault(store_errc::damaged, what("read") + ": its checkpoint has an impossible size");
    std::memcpy(&stored, (*value)->data(), sizeof stored);
    return view_checkpoint{stored.position, stored.chain};
  }

  store_result<std::optional<std::string>> get(std::string_view key) const override {
    if (key.empty() || key.size() > view_key_bytes_max)
      return std::optional<std::string>();
    auto txn = env_->begin_read();
    if (!txn)
      return error_of(txn);
    auto value = lmdb::get(txn->raw(), entries_, val(key), what("read"));
    if (!value)
      return error_of(value);
    return *value ? std::optional<std::string>(as_text(**value)) : std::nullopt;
  }

  store_result<void> scan(std::string_view prefix, const view_visitor& visit) const override {
    std::string from(prefix);
    for (bool is_first = true;; is_first = false) {
      std::vector<std::pair<std::string, std::string>> page;
      auto more = read_page(prefix, from, is_first, page);
      if (!more)
        return error_of(more);
      for (const auto& [key, value] : page)
        if (!visit(key, value))
          return {};
      if (!*more)
        return {};
      from = page.back().first;
    }
  }

  store_result<void> write(std::span<const view_change> changes, const view_checkpoint& checkpoint) override {
    if (auto checked = check_view_changes(changes); !checked)
      return checked;
    auto txn = env_->begin_write();
    if (!txn)
      return error_of(txn);
    int rc = MDB_SUCCESS;
    for (const view_change& change : changes) {
      MDB_val key = val(change.key);
      MDB_val value = val(change.value ? std::string_view(*change.value) : std::string_view());
      rc = change.value ? mdb_put(txn->raw(), entries_, &key, &value, 0) : mdb_del(txn->raw(), entries_, &key, nullptr);
      if (rc == MDB_NOTFOUND)
        rc = MDB_SUCCESS;
      if (rc != MDB_SUCCESS)
        break;
      breathe();
    }
    if (rc == MDB_SUCCESS) {
      const stored_checkpoint stored{checkpoint.position, checkpoint.chain};
      MDB_val key = val(checkpoint_key);
      MDB_val value = lmdb::val_of(stored);
      rc = mdb_put(txn->raw(), meta_, &key, &value, 0);
    }
    return finish(*txn, rc);
  }

  store_result<void> clear() override {
    auto txn = env_->begin_write();
    if (!txn)
      return error_of(txn);
    int rc = mdb_drop(txn->raw(), entries_, 0);
    if (rc == MDB_SUCCESS)
      rc = mdb_drop(txn->raw(), meta_, 0);
    return finish(*txn, rc);
  }

private:
  std::string what(const char* verb) const { return "the view in " + env_->directory() + " can't be " + verb; }

  store_result<void> finish(lmdb::write_txn& txn, int rc) const {
    if (rc == MDB_SUCCESS)
      rc = txn.commit();
    if (rc != MDB_SUCCESS)
      return tl::unexpected(lmdb::error_from(rc, what("written")));
    return {};
  }

  /// True where more may follow the page.
  store_result<bool> read_page(std::string_view prefix, const std::string& from, bool including_from,
                               std::vector<std::pair<std::string, std::string>>& page) const {
    auto txn = env_->begin_read();
    if (!txn)
      return error_of(txn);
    lmdb::cursor c(txn->raw(), entries_);
    MDB_val key = val(from);
    MDB_val value{};
    // LMDB knows no empty key to look for.
    int rc = from.empty() ? c.get(key, value, MDB_FIRST) : c.get(key, value, MDB_SET_RANGE);
    if (rc == MDB_SUCCESS && !including_from && as_text(lmdb::from_val(key)) == from)
      rc = c.get(key, value, MDB_NEXT);
    size_t bytes = 0;
    for (; rc == MDB_SUCCESS; rc = c.get(key, value, MDB_NEXT)) {
      std::string_view found = as_text(lmdb::from_val(key));
      if (!found.starts_with(prefix))
        return false;
      page.emplace_back(found, as_text(lmdb::from_val(value)));
      bytes += page.back().second.size();
      if (page.size() >= limits::read_batch_decisions || bytes >= page_bytes_max)
        return true;
    }
    if (rc != MDB_NOTFOUND)
      return tl::unexpected(lmdb::error_from(rc, what("read")));
    return false;
  }

  std::unique_ptr<lmdb::environment> env_;
  MDB_dbi entries_;
  MDB_dbi meta_;
};

bool is_view_name(std::string_view name) {
  constexpr size_t name_bytes_max = 32;
  return !name.empty() && name.size() <= name_bytes_max &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

store_result<std::unique_ptr<view_store>> open_view(const lmdb::env_options& options) {
  auto env = lmdb::environment::open(options);
  if (!env)
    return error_of(env);
  auto handles = (*env)->databases({{"entries", 0}, {"meta", 0}});
  if (!handles)
    return error_of(handles);
  auto cut = (*env)->is_cut();
  if (!cut)
    return error_of(cut);
  if (*cut)
    return store_fault(store_errc::damaged, options.directory + " was cut");
  return std::unique_ptr<view_store>(std::make_unique<lmdb_view_store>(std::move(*env), *handles));
}

} // namespace

store_result<std::unique_ptr<view_store>> open_view_store(const std::string& data_directory, std::string_view name,
                                                          uint64_t map_bytes) {
  if (!is_view_name(name))
    return store_fault(store_errc::missing, "\"" + std::string(name) + "\" can't be a view's name");
  const std::string views = data_directory + "/views";
  const std::string directory = views + "/" + std::string(name);
  for (const std::string& path : {views, directory})
    if (auto made = files::make_directory(path); !made)
      return error_of(made);
  // A view that a power cut undid by one write is folded further from there; a torn one can't come to be.
  const lmdb::env_options options{.directory = directory,
                                  .map_bytes = map_bytes == 0 ? limits::map_bytes_default : map_bytes,
                                  .extra_flags = MDB_NOMETASYNC | MDB_NORDAHEAD};
  auto opened = open_view(options);
  if (opened || (opened.error().code != store_errc::damaged && opened.error().code != store_errc::foreign_format))
    return opened;
  for (const char* file : {"/data.mdb", "/lock.mdb"})
    if (std::remove((directory + file).c_str()) != 0 && errno != ENOENT)
      return store_fault(store_errc::missing, directory + file + " can't be removed: " + files::reason(errno));
  return open_view(options);
}

} // namespace oncepay
