#include "actors/views/balances_view.hpp"

#include "actors/domain/ledger.hpp"
#include "store/give_way.hpp"

#include <cstring>
#include <map>
#include <utility>

namespace oncepay {

namespace {

// A key is path, 0, currency (2 bytes, big endian), partition (1 byte; 0 for accounts of one owner). A value is the
// balance as 8 little-endian bytes. Paths hold no zero byte, so keys sort by path, then currency.
constexpr size_t suffix_bytes = 4;

// Postings are gathered by the same in short: kind (1 byte), currency, partition, owner. Paths are made once for each
// account of a fold and not for each posting.
constexpr size_t owner_at = 4;

void write_short_key(std::string& key, const posting& line, uint8_t partition) {
  key.assign({static_cast<char>(line.account.kind), static_cast<char>(line.amount.currency.numeric >> 8),
              static_cast<char>(line.amount.currency.numeric & 0xff),
              static_cast<char>(ledger::is_shared(line.account.kind) ? partition : 0)});
  key.append(line.account.owner);
}

std::string key_of(std::string_view short_key) {
  std::string key = path({static_cast<account_kind>(short_key[0]), std::string(short_key.substr(owner_at))});
  key.push_back('\0');
  return key.append(short_key.substr(1, owner_at - 1));
}

std::string value_of(int64_t minor) {
  std::string value(sizeof minor, '\0');
  std::memcpy(value.data(), &minor, sizeof minor);
  return value;
}

int64_t minor_of(std::string_view value) {
  int64_t minor = 0;
  if (value.size() == sizeof minor)
    std::memcpy(&minor, value.data(), sizeof minor);
  return minor;
}

tl::unexpected<store_error> overflowed() {
  return tl::unexpected(store_error{store_errc::damaged, "a balance leaves 64 bits; the view stays where it was"});
}

} // namespace

void balances_view::fold(const recorded_outcome& recorded) {
  const uint8_t partition = recorded.stream.partition();
  for (const event& e : recorded.events) {
    for (const posting& line : postings_of(e)) {
      write_short_key(short_key_, line, partition);
      int64_t& delta = deltas_minor_[short_key_];
      if (auto sum = checked_add(delta, line.amount.minor))
        delta = *sum;
      else
        overflow_ = true;
    }
  }
}

store_result<std::vector<view_change>> balances_view::changes(const view_store& before, const stream_numbers&) {
  const auto deltas = std::exchange(deltas_minor_, {});
  if (std::exchange(overflow_, false))
    return overflowed();
  // Sums once more: what belongs to nobody has one path, whatever owner a posting names.
  std::map<std::string, int64_t> sorted;
  for (const auto& [short_key, delta_minor] : deltas) {
    int64_t& delta = sorted[key_of(short_key)];
    auto sum = checked_add(delta, delta_minor);
    if (!sum)
      return overflowed();
    delta = *sum;
  }
  std::vector<view_change> all;
  all.reserve(sorted.size());
  for (const auto& [key, delta_minor] : sorted) {
    auto known = before.get(key);
    if (!known)
      return tl::unexpected(known.error());
    auto sum = checked_add(*known ? minor_of(**known) : 0, delta_minor);
    if (!sum)
      return overflowed();
    all.push_back({key, value_of(*sum)});
    breathe();
  }
  return all;
}

store_result<balance_list> balances_view::read(const view_store& view, std::string_view prefix, size_t max) {
  balance_list list;
  std::map<currency, int64_t> sums;
  balance last; // the account that is being summed
  bool fits = true;
  auto add = [&](int64_t& sum, int64_t minor) {
    auto added = checked_add(sum, minor);
    fits = fits && added.has_value();
    sum = added.value_or(0);
  };
  auto scanned = view.scan(prefix, [&](std::string_view key, std::string_view value) {
    if (key.size() <= suffix_bytes)
      return true;
    const std::string_view account = key.substr(0, key.size() - suffix_bytes);
    const auto* suffix = reinterpret_cast<const unsigned char*>(key.data() + account.size());
    const currency cur{static_cast<uint16_t>(suffix[1] << 8 | suffix[2])};
    if (last.path != account || last.amount.currency != cur) {
      last = {std::string(account), {0, cur}};
      if (++list.accounts <= max)
        list.balances.push_back(last);
    }
    add(sums[cur], minor_of(value));
    if (list.accounts <= max)
      add(list.balances.back().amount.minor, minor_of(value));
    return fits;
  });
  if (!scanned)
    return tl::unexpected(scanned.error());
  if (!fits)
    return overflowed();
  for (const auto& [cur, minor] : sums)
    list.sums.push_back({minor, cur});
  return list;
}

} // namespace oncepay
