// An account with a floor (a wallet, a merchant's available balance): it has exactly one author, itself. Money leaves
// only by its own decision, to `transit`; credits reach it as commands. The asker names a key before it asks, and a
// repeat of the key gets the same answer, so that an asker that crashed in between can simply ask again.
#pragma once

#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <map>
#include <string>

namespace oncepay::account {

struct claim {
  money amount;
  bool released = false;
  bool operator==(const claim&) const = default;
};

struct state {
  account_ref account;
  std::map<currency, int64_t> available_minor; ///< Never below zero.
  std::map<std::string, money> credits;        ///< By key.
  std::map<std::string, claim> claims;         ///< By key. A claim never expires while its owner isn't final.
  bool operator==(const state&) const = default;

  int64_t available(currency) const;
};

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
void evolve(state&, const input&, const event&);

} // namespace oncepay::account
