// The banks' own books: what really happened to the money, whatever anybody was told. They outlive every crash of the
// simulated server.
#pragma once

#include "actors/bank.hpp"
#include "actors/domain/effect.hpp"
#include "actors/virtual_bank.hpp"
#include "schema/ids.hpp"
#include "schema/money.hpp"
#include "schema/time.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace oncepay::sim {

/// One attempt or refund, as the bank that received it sees it.
struct bank_entry {
  attempt_id attempt; ///< Of a refund its own id.
  channel_id channel;
  money amount;
  instant received_at;
  uint32_t requests = 1; ///< How often it was received; a bank moves the money of one attempt once.
  bool moved = false;
  bool denied = false; ///< It said at first, or says still, that it failed, although the money moved: the bank's lie.
  /// What it says about it, in the order of their times counted from `received_at`. Heard only where the process that
  /// asked lives that long.
  std::vector<bank_answer> answers;
  attempt_id payment = {};  ///< Of a refund: what it is of.
  instant confirms_at = {}; ///< The payer types a password until then, and the money moves then. None: 0. (Of a refund:
                            ///< then it is booked.)
  bool given_back = false;  ///< It moved, and a reversal moved it back.
  bool binds = false;       ///< It signs an agreement where it is done ("moved").
};

/// Its first definite word: did the money move? None where it never says.
std::optional<bool> first_word(const bank_entry&);

class bank_ledger {
public:
  const bank_entry* find(const attempt_id&) const;
  /// In the order they were received.
  const std::vector<bank_entry>& entries() const { return entries_; }

  /// The same for refunds, which have a number space of their own.
  const bank_entry* find_refund(const attempt_id&) const;
  const std::vector<bank_entry>& refunds() const { return refunds_; }
  /// What the bank itself knows of a payment, or of a refund; none: it never received it.
  std::optional<bank_memory> memory_of(const attempt_id&, instant now) const;
  /// It said that it closed this payment, which it had taken.
  void deny(const attempt_id&);
  bool was_denied(const attempt_id& id) const { return denied_.contains(id); }
  bool is_closed(const attempt_id& id) const { return closed_.contains(id); }

  /// Enters a request, or counts a repeat of one. The entry stays valid until the next call.
  bank_entry& receive(instant, const submit_effect&);
  /// The same, and what the bank does with it. A repeat moves nothing a second time.
  bank_entry& receive(instant, const submit_effect&, const bank_deed&);
  /// A refund, and what the bank does with it.
  bank_entry& refund(instant, const channel_request_effect&, const bank_deed&);
  /// Closes this payment, and gives back what moved.
  void reverse(const attempt_id&, instant now);
  /// The bank is still at work on it: the payer of a payment hasn't confirmed it, or a refund isn't booked yet.
  bool is_confirming(const attempt_id&, instant now) const;
  /// This payment can't be made any more; one that its payer hasn't confirmed by now never is.
  void close(const attempt_id&, instant now);

private:
  std::vector<bank_entry> entries_;
  std::unordered_map<attempt_id, size_t> by_attempt_; ///< Never iterated.
  std::vector<bank_entry> refunds_;
  std::unordered_map<attempt_id, size_t> by_refund_;       ///< Never iterated.
  std::unordered_map<attempt_id, int64_t> refunded_minor_; ///< By payment; never iterated.
  std::unordered_set<attempt_id> denied_;                  ///< By an answer to a close; never iterated.
  std::unordered_set<attempt_id> closed_;                  ///< Never iterated.
  std::unordered_set<attempt_id> unbound_;                 ///< What signed an agreement that was ended; never iterated.
};

} // namespace oncepay::sim
