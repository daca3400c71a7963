// Cards that are bound, and what is withheld by them (the agreement pays, its payer isn't there).
//
//   bind            an order that takes no money; its success signs an agreement with its channel
//   sign and pay    a payment whose success signs one as well
//   withhold        a payment by such an agreement: at its channel alone, and tried once
//   unbind          to a binding what a refund of everything is to a payment: see refunds.hpp
//   authenticate    an order that takes no money and signs nothing: the channel's yes or no
//
// Whether an agreement stands is known to the order that signed it, and to nobody else. A payment that is to be
// withheld is proposed to that order first, which grants it by a decision of its own: so each grant stands before or
// behind the acceptance of an unbinding, never beside it, and what comes behind is refused, however they race. An
// agreement is proven by what the channel calls it. A channel that says "bound" and not by which agreement has proven
// nothing: it is asked until it says so.
#pragma once

#include "actors/domain/order.hpp"

namespace oncepay::order {

/// True where this payment is to be withheld by this order's own agreement: it is asked for its grant.
bool asks_for_grant(const state&, const pay_input&);
/// True of a payment that is to be withheld, where nobody has said yet that it may.
bool lacks_grant(const pay_input&);

/// What the order that bound a card says of a payment that is to be withheld by it.
verdict_on_input decide_grant(const state&, const pay_input&);

/// The attempt that signed the agreement; null: none did.
const attempt* signed_by(const state&);
/// The unbinding that was accepted and hasn't definitely failed; null: there is none.
const refund* unbinding_of(const state&);

/// What an answer about an attempt is worth, where the order binds a card.
reply_class believed_of_binding(const state&, const attempt&, const attempt_input&, reply_class believed);

/// Notes what a channel said of the agreement that it signed.
void note_agreement(state&, attempt&, const attempt_input&);
/// As the order's own `evolve`, when it is opened.
void open_with_card(state&, const pay_input&);

/// What is asked for with a card in a payment's fingerprint; empty: nothing.
std::string card_wish_of(const pay_input&);

card_view view_of_card(const state&);

} // namespace oncepay::order
