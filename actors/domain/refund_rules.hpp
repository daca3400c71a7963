// The white list of a refund (C4): one table of every allowed transition with its evidence, as attempts have theirs.
// What isn't listed is refused and alarmed.
//
//   requested ─┬─ succeeded          the channel said so
//              ├─ failed (definite)  it said so, or the port proves that nothing was sent
//              └─ in doubt ─┬─ succeeded · failed
//                           └─ manual ─ succeeded · failed
//
// A surplus that was refused too often doesn't fail but is manual; and people who gave one back by hand rule that it
// succeeded, also where its last offer has failed.
//
// A refund in doubt is enquired about and never submitted again; only after a definite failure may the merchant ask for
// the money under another number.
#pragma once

#include "actors/domain/attempt_rules.hpp"
#include "schema/input.hpp"
#include "schema/order_view.hpp"

#include <span>

namespace oncepay {

struct refund_rule {
  refund_state from;
  evidence source;
  reply_class outcome;
  consequence then;
  refund_state to; ///< Equal to `from` unless `then` is `move`.
};

/// The whole table, for tests and documentation.
std::span<const refund_rule> refund_rules();

/// What an answer is worth, as of an attempt: "not found" is proof only once the request must have arrived (C2).
reply_class believed_outcome(const refund_answer_input&, instant submit_before);

/// The one rule for this case, its outcome as it is believed; null where none is listed.
const refund_rule* find_refund_rule(refund_state, evidence, reply_class);

} // namespace oncepay
