// Money: signed 64-bit minor units and an ISO 4217 currency.
//
// No floating point comes near money. Every sum is overflow-checked: an overflow is an error the caller must handle,
// never a wrapped number. Fee rates are integer parts per million with one rounding rule, in one function.
#pragma once

#include "schema/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay {

/// An ISO 4217 currency by its numeric code (156 is CNY); 0 is "no currency" and never valid in a command.
struct currency {
  uint16_t numeric = 0;
  auto operator<=>(const currency&) const = default;
};

/// The currency with this three-letter code, or `unknown_currency`.
tl::expected<currency, errc> parse_currency(std::string_view alpha);

/// True where the numeric code is one this build knows.
bool is_known(currency);

/// "CNY"; "???" for a code this build doesn't know (a log written by a newer build stays readable).
std::string_view alpha_code(currency);

/// How many decimal digits the minor unit has: 2 for CNY, 0 for JPY, 3 for KWD.
int minor_digits(currency);

struct money {
  int64_t minor = 0;
  oncepay::currency currency;
  auto operator<=>(const money&) const = default;
};

/// Overflow-checked arithmetic on minor units; `amount_overflow` where the result doesn't fit.
tl::expected<int64_t, errc> checked_add(int64_t a_minor, int64_t b_minor);
tl::expected<int64_t, errc> checked_sub(int64_t a_minor, int64_t b_minor);

/// The share `rate_ppm` (parts per million) of an amount, rounded half up on the absolute value.
/// This is the channels' own rule: 0.88 at 0.60 % is 0.00528 and shows as 0.01 on a WeChat bill.
tl::expected<int64_t, errc> share_of(int64_t amount_minor, uint32_t rate_ppm);

/// The part of `total_minor` that belongs to `part_minor` of `whole_minor`, rounded by the same rule. Neither part nor
/// whole is negative, and the whole isn't zero.
tl::expected<int64_t, errc> proportion_of(int64_t total_minor, int64_t part_minor, int64_t whole_minor);

/// Reads "147.8" as 14780 of a two-digit currency. Refuses signs, exponents, blanks, more digits than the currency
/// has, and what doesn't fit 64 bits: an amount is never guessed at.
tl::expected<money, errc> parse_money(std::string_view decimal, currency);

/// "147.80 CNY".
std::string to_string(const money&);

/// "147.80", without the currency.
std::string decimal(const money&);

} // namespace oncepay
