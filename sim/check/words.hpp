// What the checkers' sentences are made of. Called only once a rule is broken: nothing of it costs a run that holds.
#pragma once

#include "actors/domain/order.hpp"
#include "schema/money.hpp"
#include "sim/bank/bank_ledger.hpp"

#include <string>

namespace oncepay::sim {

/// "attempt 2 (4jz…, on beta)"
std::string words(const order::attempt&);
std::string words(uint32_t attempt_number, const attempt_id&, const channel_id&);

/// "open, in doubt": as it stands.
std::string standing_words(const order::state&);

/// "received it at 2026-…Z, moved 147.80 CNY and denied it"
std::string words(const bank_entry&);

/// Wider than any balance: sums of checkers never overflow.
__extension__ typedef __int128 wide_minor;

/// "147.80 CNY", of any width.
std::string words(wide_minor, currency);

} // namespace oncepay::sim
