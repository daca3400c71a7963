// Who trades in a profile's runs: merchants and channels with their terms.
#pragma once

#include "sim/plan/rates.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace oncepay::sim {

/// The merchant with this number, from 1 on: "m01", "m02", …
merchant_id merchant_named(uint32_t number);

/// Each kind of rule; most payments pass.
risk::rules risk_rules_of();
/// The last of them is suspended; the others trade.
std::vector<merchant_terms> merchants_of(const profile_rates&, uint64_t seed);
/// All profiles trade over the same channels; how those behave is the profile's.
std::vector<channel_terms> channels_of(const profile_rates&, uint64_t seed);

/// What customers pay with, the most frequent first. Two channels or more serve each.
inline constexpr std::array<std::string_view, 3> methods{"card", "wallet", "qr"};
inline constexpr std::array<currency, 4> currencies{currency{156}, currency{978}, currency{392}, currency{414}};

/// What wallets are paid from with; one channel serves it.
inline constexpr std::string_view wallet_method = "purse";

} // namespace oncepay::sim
