// An account with a floor (a wallet, a merchant's available balance): it has exactly one author, itself. Money leaves
// only by its own decision, to `transit`; credits reach it as commands. The asker names a key before it asks, and a
// repeat of the key gets the same answer, so that an asker that crashed in between can simply ask again.
//
// Being the one author of a merchant's claims, it is also the one to see that a pay-out may be ordered twice (C10):
// while a claim is neither released nor settled, none of the same payee and amount is granted. That follows from the
// claims themselves, so no restart forgets it.
//
// A channel inside the house (actors/wallet_port.hpp) asks for payments from a wallet and for refunds to it. What it
// asks for is done in one decision, by its deadline or never, and can be asked about by its key for ever: what the
// account has forgotten it says it has forgotten, never that it didn't happen.
#pragma once

#include "actors/domain/next_turn.hpp"
#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>

namespace oncepay::account {

struct claim {
  money amount;
  hash128 likeness{}; ///< As in `claim_input`.
  bool operator==(const claim&) const = default;
};

/// What became of a transfer that is over.
enum class ending : uint8_t { credited, released, settled };

struct ended_transfer {
  money amount;
  ending how = ending::credited;
  instant asked_at; ///< Of credits that orders ask for.
  instant before;   ///< Of what a channel asked for: its deadline.
  bool operator==(const ended_transfer&) const = default;
};

struct state {
  account_ref account;
  std::map<currency, int64_t> available_minor; ///< Never below zero.
  std::map<std::string, claim> claims;         ///< By key: neither released nor settled, and never expired.
  std::map<hash128, std::string> undecided;    ///< By likeness: the key of the claim above.
  std::map<std::string, ended_transfer> ended; ///< By key, the last ones.
  std::deque<std::string> ended_keys;          ///< The same, the earliest first.
  instant forgotten_until;                     ///< Credits asked for by then may have been made, and are forgotten.
  instant forgotten_before;                    ///< The same of what channels asked for, by its deadline.
  bool operator==(const state&) const = default;

  int64_t available(currency) const;
};

state initial(const stream_name&);
verdict_on_input decide(const state&, instant at, const input&);
void evolve(state&, const input&, const event&);

/// What became of a transfer that a channel asked for: `ok`, `unknown_order` (it was never made, and won't be once its
/// deadline has passed), or `in_doubt` (it may have been, and is forgotten).
errc standing_of_transfer(const state&, const std::string& key, instant before);

/// What an order that asked is told, and who looked at what was proposed hands it on. None: nobody is told.
std::optional<next_turn> goes_on_to(const state&, const input&);
/// The same for what was refused.
std::optional<next_turn> told_of_refusal(const input&, errc why);

} // namespace oncepay::account
