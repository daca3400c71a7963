// The banks' own books: what really happened to the money, whatever anybody was told. They outlive every crash of the
// simulated server.
#pragma once

#include "actors/bank.hpp"
#include "actors/domain/effect.hpp"
#include "schema/ids.hpp"
#include "schema/money.hpp"
#include "schema/time.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace oncepay::sim {

/// One attempt, as the bank that received it sees it.
struct bank_entry {
  attempt_id attempt;
  channel_id channel;
  money amount;
  instant received_at;
  uint32_t requests = 1; ///< How often it was received; a bank moves the money of one attempt once.
  bool moved = false;
  bool denied = false; ///< It said at first, or says still, that it failed, although the money moved: the bank's lie.
  /// What it says about it, in the order of their times counted from `received_at`. Heard only where the process that
  /// asked lives that long.
  std::vector<bank_answer> answers;
};

/// Its first definite word: did the money move? None where it never says.
std::optional<bool> first_word(const bank_entry&);

class bank_ledger {
public:
  const bank_entry* find(const attempt_id&) const;
  /// In the order they were received.
  const std::vector<bank_entry>& entries() const { return entries_; }

  /// Enters a request, or counts a repeat of one. The entry stays valid until the next call.
  bank_entry& receive(instant, const submit_effect&);
  /// The same, and what the bank does with it. A repeat moves nothing a second time.
  bank_entry& receive(instant, const submit_effect&, const bank_deed&);

private:
  std::vector<bank_entry> entries_;
  std::unordered_map<attempt_id, size_t> by_attempt_; ///< Never iterated.
};

} // namespace oncepay::sim
