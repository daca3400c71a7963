#include "store/name_generations.hpp"

#include "store/give_way.hpp"
#include "store/store_fault.hpp"

#include <algorithm>
#include <span>

namespace oncepay {

namespace {

constexpr unsigned hash_bits = 40;

uint64_t hash_part_of(uint64_t name_hash) {
  return name_hash >> (64 - hash_bits);
}

/// An integer, so that LMDB compares keys as such and neither their length nor their bytes.
uint64_t key_of(uint32_t generation, uint64_t hash_part) {
  return uint64_t{generation} << hash_bits | hash_part;
}

tl::unexpected<store_error> unreadable(int rc) {
  return tl::unexpected(lmdb::error_from(rc, "the index's names can't be read"));
}

} // namespace

const std::vector<lmdb::database_spec> name_generations::databases = {
    {"names", MDB_INTEGERKEY | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP},
    {"filters", MDB_INTEGERKEY},
};

int name_generations::look_into(MDB_txn* txn, uint64_t key, std::vector<uint64_t>& numbers) const {
  MDB_val k = lmdb::val_of(key);
  MDB_val value{};
  // Most names asked for are new: a cursor, which LMDB allocates, is for those that aren't.
  if (int rc = mdb_get(txn, names_, &k, &value); rc != MDB_SUCCESS)
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
  lmdb::cursor c(txn, names_);
  int rc = c.get(k, value, MDB_SET_KEY);
  for (; rc == MDB_SUCCESS; rc = c.get(k, value, MDB_NEXT_DUP))
    numbers.push_back(lmdb::native(value));
  return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

store_result<std::vector<uint64_t>> name_generations::numbers_of(MDB_txn* txn, uint64_t name_hash,
                                                                 const extent& at) const {
  auto filters = filters_of(txn, at);
  if (!filters)
    return error_of(filters);
  std::vector<uint64_t> numbers;
  const uint64_t part = hash_part_of(name_hash);
  const name_filter::probe wanted = name_filter::probe_of(part);
  // What was filled after this moment is known already, perhaps.
  for (uint32_t generation = 0; generation < at.full; ++generation)
    if ((**filters)[generation]->may_hold(wanted))
      if (int rc = look_into(txn, key_of(generation, part), numbers); rc != MDB_SUCCESS)
        return unreadable(rc);
  if (int rc = look_into(txn, key_of(at.full, part), numbers); rc != MDB_SUCCESS)
    return unreadable(rc);
  return numbers;
}

store_result<std::shared_ptr<const name_generations::filter_list>>
name_generations::filters_of(MDB_txn* txn, const extent& at) const {
  std::scoped_lock lock(mutex_);
  if (known_->size() >= at.full)
    return known_;
  filter_list more = *known_;
  for (uint64_t generation = more.size(); generation < at.full; ++generation) {
    auto bytes = lmdb::get(txn, filters_, lmdb::val_of(generation), "the index's filters can't be read");
    if (!bytes)
      return error_of(bytes);
    auto filter = *bytes ? name_filter::from_bytes(**bytes) : std::nullopt;
    if (!filter)
      return store_fault(store_errc::damaged, "the index's filter of names " + std::to_string(generation) +
                                                  " isn't whole; remove the index, it is made again");
    more.push_back(std::make_shared<const name_filter>(std::move(*filter)));
  }
  known_ = std::make_shared<const filter_list>(std::move(more));
  return known_;
}

store_result<bool> name_generations::are_whole(MDB_txn* txn, const extent& at) const {
  MDB_stat filters{};
  uint64_t names = 0;
  int rc = mdb_stat(txn, filters_, &filters);
  if (rc == MDB_SUCCESS)
    rc = count(txn, names);
  if (rc != MDB_SUCCESS)
    return unreadable(rc);
  if (filters.ms_entries != at.full || names < uint64_t{at.full} + at.in_newest)
    return false;
  if (auto read = filters_of(txn, at); !read)
    return error_of(read);
  return true;
}

int name_generations::fold(MDB_txn* txn, std::vector<std::pair<uint64_t, uint64_t>> opened, extent& at) const {
  lmdb::cursor c(txn, names_);
  for (std::span rest(opened); !rest.empty();) {
    // At least one: generations may have been larger when this one was begun.
    const size_t room = std::max<size_t>(names_per_generation_, at.in_newest + 1) - at.in_newest;
    const auto part = rest.first(std::min(rest.size(), room));
    rest = rest.subspan(part.size());
    std::sort(part.begin(), part.end());
    for (const auto& [hash, number] : part) {
      if (int rc = c.put(lmdb::val_of(key_of(at.full, hash_part_of(hash))), lmdb::val_of(number), 0); rc != MDB_SUCCESS)
        return rc;
      breathe();
    }
    at.in_newest += static_cast<uint32_t>(part.size());
    if (at.in_newest < names_per_generation_)
      continue;
    if (int rc = close_generation(txn, at.full); rc != MDB_SUCCESS)
      return rc;
    at = {at.full + 1, 0};
  }
  return MDB_SUCCESS;
}

int name_generations::close_generation(MDB_txn* txn, uint32_t generation) const {
  std::vector<uint64_t> parts;
  parts.reserve(names_per_generation_);
  lmdb::cursor c(txn, names_);
  const uint64_t first = key_of(generation, 0);
  MDB_val key = lmdb::val_of(first);
  MDB_val value{};
  int rc = c.get(key, value, MDB_SET_RANGE);
  for (; rc == MDB_SUCCESS && lmdb::native(key) >> hash_bits == generation; rc = c.get(key, value, MDB_NEXT_NODUP))
    parts.push_back(lmdb::native(key) - first);
  if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND)
    return rc;
  const std::string bytes = name_filter(parts).to_bytes();
  const uint64_t number = generation;
  MDB_val filter_key = lmdb::val_of(number);
  MDB_val filter = lmdb::to_val(as_bytes(bytes));
  return mdb_put(txn, filters_, &filter_key, &filter, 0);
}

int name_generations::count(MDB_txn* txn, uint64_t& names) const {
  MDB_stat stat{};
  const int rc = mdb_stat(txn, names_, &stat);
  names = stat.ms_entries;
  return rc;
}

} // namespace oncepay
