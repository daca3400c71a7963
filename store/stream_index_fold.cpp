// Folding decisions into the index. Everything is put in the order of its keys: with millions of streams present a page
// is then visited once per fold and not once per key.
#include "store/give_way.hpp"
#include "store/key_bytes.hpp"
#include "store/store_fault.hpp"
#include "store/stream_index.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>

namespace oncepay {

namespace {

template <class Int>
std::byte* write_big_endian(std::byte* out, Int value) {
  for (size_t i = sizeof(Int); i-- > 0;)
    *out++ = static_cast<std::byte>(static_cast<uint8_t>(value >> (8 * i)));
  return out;
}

/// What a decision says about one entry of `open`.
struct open_statement {
  instant due;
  const stream_name* name;
  uint64_t position;
  bool present;

  auto key() const { return std::tuple(due, std::string_view(name->bytes())); }
};

std::vector<open_statement> statements_in(std::span<const fold_entry> entries) {
  std::vector<open_statement> statements;
  for (const fold_entry& e : entries) {
    if (e.due_before == e.due)
      continue;
    if (e.due_before)
      statements.push_back({e.due_before, e.name, e.position, false});
    if (e.due)
      statements.push_back({e.due, e.name, e.position, true});
  }
  std::sort(statements.begin(), statements.end(), [](const open_statement& a, const open_statement& b) {
    return std::tuple(a.key(), a.position) < std::tuple(b.key(), b.position);
  });
  return statements;
}

} // namespace

int stream_index::fold_streams(MDB_txn* txn, std::span<const fold_entry> entries) const {
  std::vector<const fold_entry*> sorted;
  sorted.reserve(entries.size());
  for (const fold_entry& e : entries)
    sorted.push_back(&e);
  std::sort(sorted.begin(), sorted.end(), [](const fold_entry* a, const fold_entry* b) {
    return std::tuple(a->number, a->version) < std::tuple(b->number, b->version);
  });
  lmdb::cursor c(txn, streams_);
  for (const fold_entry* e : sorted) {
    std::array<std::byte, sizeof(uint64_t) + sizeof(uint32_t)> key;
    write_big_endian(write_big_endian(key.data(), e->number), e->version);
    if (int rc = c.put(lmdb::to_val(key), lmdb::val_of(e->position), 0); rc != MDB_SUCCESS)
      return rc;
    breathe();
  }
  return MDB_SUCCESS;
}

int stream_index::fold_names(MDB_txn* txn, std::span<const fold_entry> entries,
                             name_generations::extent& extent) const {
  std::vector<std::pair<uint64_t, uint64_t>> opened;
  for (const fold_entry& e : entries)
    if (e.version == 1)
      opened.emplace_back(e.name_hash, e.number);
  return names_.fold(txn, std::move(opened), extent);
}

int stream_index::fold_open(MDB_txn* txn, std::span<const fold_entry> entries) const {
  const std::vector<open_statement> statements = statements_in(entries);
  lmdb::cursor c(txn, open_);
  std::string key;
  for (size_t i = 0, next = 0; i < statements.size(); i = next) {
    const open_statement& first = statements[i];
    breathe();
    for (next = i; next < statements.size() && statements[next].key() == first.key(); ++next) {
    }
    const open_statement& last = statements[next - 1];
    // Due and done within one fold, as most payments are: the index never hears of it.
    if (!last.present && first.present)
      continue;
    std::array<std::byte, sizeof(uint64_t)> time;
    write_big_endian(time.data(), static_cast<uint64_t>(first.due.ns) ^ sign_bit);
    key.assign(as_text(time)).append(first.name->bytes());
    MDB_val k = lmdb::to_val(as_bytes(key));
    int rc = MDB_SUCCESS;
    if (last.present) {
      rc = c.put(k, MDB_val{0, key.data()}, 0);
    } else {
      MDB_val ignored{};
      rc = c.get(k, ignored, MDB_SET);
      rc = rc == MDB_SUCCESS ? c.del() : rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
    }
    if (rc != MDB_SUCCESS)
      return rc;
  }
  return MDB_SUCCESS;
}

int stream_index::fold_kinds(MDB_txn* txn, std::span<const fold_entry> entries) const {
  for (const fold_entry& e : entries) {
    if (e.version != 1 || e.name->kind() == stream_kind::order)
      continue;
    std::string key(1, static_cast<char>(e.name->kind()));
    append_big_endian(key, e.number);
    MDB_val k = lmdb::to_val(as_bytes(key));
    MDB_val v = lmdb::to_val(as_bytes(e.name->bytes()));
    if (int rc = mdb_put(txn, kinds_, &k, &v, 0); rc != MDB_SUCCESS)
      return rc;
  }
  return MDB_SUCCESS;
}

store_result<void> stream_index::fold(std::span<const fold_entry> entries, const index_checkpoint& after) {
  auto txn = env_->begin_write();
  if (!txn)
    return error_of(txn);
  auto before = checkpoint_in(txn->raw());
  if (!before)
    return error_of(before);
  index_checkpoint stored{after.position, after.chain, before->names};
  int rc = fold_streams(txn->raw(), entries);
  if (rc == MDB_SUCCESS)
    rc = fold_names(txn->raw(), entries, stored.names);
  if (rc == MDB_SUCCESS)
    rc = fold_open(txn->raw(), entries);
  if (rc == MDB_SUCCESS)
    rc = fold_kinds(txn->raw(), entries);
  if (rc == MDB_SUCCESS) {
    MDB_val key = lmdb::to_val(as_bytes(checkpoint_key));
    MDB_val value = lmdb::val_of(stored);
    rc = mdb_put(txn->raw(), checkpoint_, &key, &value, 0);
  }
  if (rc == MDB_SUCCESS)
    rc = txn->commit();
  if (rc != MDB_SUCCESS)
    return tl::unexpected(lmdb::error_from(rc, "the index in " + env_->directory() + " can't be written"));
  return {};
}

} // namespace oncepay
