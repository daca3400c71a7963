// Collection codes (H1): a fixed address with an opaque serial, on a sticker at a till. Permanent and harmless: who
// reads one learns where to pay, and can take nothing with it.
//
// The serial is a keyed hash of merchant and label, so that it tells neither whose it is nor how many there are, and so
// that issuing is idempotent: the same label gets the same code, however often and whenever it is asked for, and no
// counter has to be kept. What was issued, and revoked, are decisions of the code's own stream, whose name is the
// serial: it is found without an index, it is still found where the key was lost, and a serial that was never issued
// here is nobody's, whoever made it up.
#pragma once

#include "actors/domain/refusal.hpp"
#include "schema/hash.hpp"
#include "schema/input.hpp"
#include "schema/reply.hpp"
#include "schema/stream.hpp"

#include <string>

namespace oncepay::collection_code {

struct state {
  code_serial serial;
  merchant_id merchant;
  code_label label;
  bool issued = false;
  bool revoked = false; ///< For ever: somebody may have kept the sticker.
  bool operator==(const state&) const = default;
};

/// What the installation's key hashes to the serial. Holds a control character, which no payer's name does.
std::string secret_text(const merchant_id&, const code_label&);
code_serial serial_of(const hash128& keyed_hash);

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
void evolve(state&, const input&, const event&);

/// ok, unknown_collection_code or code_revoked.
errc standing(const state&);
code_view view(const state&);

} // namespace oncepay::collection_code
