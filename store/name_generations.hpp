// The part of the index that leads from a stream's name to its number. Names are hashed, and so fall all over a table:
// folded into one table of millions, each new name would dirty a page of its own, and commits wait for a disk that is
// busy with those. So names are kept in generations, one after the other: new ones go to the newest, which is small,
// and a full one is never written again. It has a filter, with which hardly any look-up looks into more than the newest
// and, if the name is there, the generation that has it. Internal to this floor.
//
//   names    (generation, 40 bits of the name's hash)  -> stream numbers, several where names collide
//   filters  full generation                           -> `name_filter` of those bits
#pragma once

#include "store/lmdb.hpp"
#include "store/name_filter.hpp"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace oncepay {

class name_generations {
public:
  /// What of it there is at one moment: kept with the index's checkpoint.
  struct extent {
    uint32_t full = 0;      ///< Generations.
    uint32_t in_newest = 0; ///< Names in the one after those.
  };

  static const std::vector<lmdb::database_spec> databases;

  name_generations(MDB_dbi names, MDB_dbi filters, size_t names_per_generation)
      : names_(names), filters_(filters), names_per_generation_(names_per_generation) {}

  /// Numbers of the streams whose name has this hash, and perhaps of others.
  store_result<std::vector<uint64_t>> numbers_of(MDB_txn*, uint64_t name_hash, const extent&) const;
  /// The extent is that of what lies there, and every filter can be read.
  store_result<bool> are_whole(MDB_txn*, const extent&) const;
  /// Names that aren't there yet, as (hash, number). Returns LMDB's code; `extent` is what there is then.
  int fold(MDB_txn*, std::vector<std::pair<uint64_t, uint64_t>> opened, extent&) const;
  /// Of all generations together.
  int count(MDB_txn*, uint64_t& names) const;

private:
  using filter_list = std::vector<std::shared_ptr<const name_filter>>;

  /// Those of full generations, read from the index when they are first needed: a full one never changes.
  store_result<std::shared_ptr<const filter_list>> filters_of(MDB_txn*, const extent&) const;
  int look_into(MDB_txn*, uint64_t key, std::vector<uint64_t>& numbers) const;
  int close_generation(MDB_txn*, uint32_t generation) const;

  MDB_dbi names_;
  MDB_dbi filters_;
  size_t names_per_generation_;

  mutable std::mutex mutex_;
  mutable std::shared_ptr<const filter_list> known_ = std::make_shared<filter_list>(); ///< Guarded by `mutex_`.
};

} // namespace oncepay
