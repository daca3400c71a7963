// How it is proven that a payer confirmed a payment: whoever had him do so - by a code sent to him, by his bank - signs
// what he confirmed with a key that it shares with the server. The proof is compared where it enters, and kept nowhere.
#pragma once

#include "actors/domain/dialect/signing.hpp"
#include "schema/command.hpp"

#include <string>

namespace oncepay {

/// "MERCHANT\nORDER_NO\nAMOUNT_MINOR\nCURRENCY".
std::string confirmed_text(const merchant_id&, const order_no&, money amount);

/// The proof, HMAC-SHA256 in upper-case hexadecimal; empty without a key.
std::string proof_of_confirmation(const signing_keys&, const merchant_id&, const order_no&, money amount);

/// Compares in constant time. Without a key nothing proves anything.
bool proves_confirmation(const signing_keys&, const confirm_command&);

} // namespace oncepay
