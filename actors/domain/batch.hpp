// A batch: many pay-outs of a merchant under one number, which repeats are known by. A line *is* a pay-out order, with
// all its rules; the batch only sees to it that every line is handed to its order, whatever dies in between, and keeps
// what became of those that were refused, since those have no order that could tell.
//
//   none ─ opened ─ handed out     every line has its order, or was refused
//
// What is handed out again after a restart is known by its order number, so a line has one effect however often the
// batch begins anew. What a line's order came to is the order's to say.
#pragma once

#include "actors/domain/effect.hpp"
#include "actors/domain/refusal.hpp"
#include "schema/input.hpp"
#include "schema/reply.hpp"
#include "schema/stream.hpp"

#include <optional>
#include <vector>

namespace oncepay::batch {

struct state {
  merchant_id merchant;
  order_no batch_no;
  bool opened = false;
  hash128 fingerprint{};
  instant opened_at;
  batch_input what; ///< As it was opened.
  bool handed_out = false;
  std::vector<uint16_t> refusals; ///< One a line, once they are handed out: an `errc`; 0: it has its order.
  bool operator==(const state&) const = default;
};

/// Over what makes two requests the same batch: method, currency, and each line's order number, amount and payee.
hash128 fingerprint_of(const batch_input&);

/// What is wrong with a batch whoever's it is: `batch_total_differs`, `repeated_line` (C10: two that look alike are one
/// that was entered twice, until a person says otherwise), `invalid_amount`,
/// `amount_overflow`; ok: nothing.
errc fault_in(const batch_input&);

state initial(const stream_name&);
verdict_on_input decide(const state&, const input&);
void evolve(state&, instant at, const input&, const event&);

/// The lines that are to be handed to their orders; none: nothing is left to do.
std::optional<hand_out_effect> to_hand_out(const state&);

/// ok or unknown_batch.
errc standing(const state&);
/// Lines that have an order are shown as `processing`: how it stands, it says itself.
batch_view view(const state&);

} // namespace oncepay::batch
