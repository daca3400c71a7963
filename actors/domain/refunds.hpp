// The refunds of an order: full, partial, several. What an order's refunds claim is never more than what was paid,
// because they all are decided here, one after another, by the order itself: of two refunds of 60 on 100 the second is
// refused, however they race.
//
// Our fee goes back in proportion: after each refund what was returned of it is the fee's share of all that was
// refunded, rounded half up; so the last refund returns the rest, and a full refund all of it. The channel's cost is
// taken for kept.
//
// A surplus - a success that conflicts with our own decision only - lies in suspense and is given back from there.
#pragma once

#include "actors/domain/order.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace oncepay::order {

/// Over what makes two requests the same refund: order, amount, currency.
hash128 fingerprint_of(const refund_input&);

const refund* find_refund(const state&, uint32_t number);
/// The merchant's refund of this number; null where there is none.
const refund* find_refund(const state&, const oncepay::order_no& refund_no);

/// What the merchant's refunds claim that haven't definitely failed, and the part of it that the payer has back.
int64_t claimed_minor(const state&);
int64_t refunded_minor(const state&);

money amount_of(const state&, const refund&);
/// What is said and asked of a refund at its channel.
channel_request_effect request_about(const state&, const refund&, const attempt&);

verdict_on_input decide_refund(const state&, instant at, const refund_input&);
verdict_on_input decide_refund_answer(const state&, instant at, const refund_answer_input&);

/// Books the success of an attempt that this order no longer wanted, and gives it back.
verdict_on_input decide_surplus(const state&, instant at, const attempt&);
/// The newest offer of a surplus; none: null.
const refund* newest_offer(const state&);
/// Nothing is offered any more: its channel refused too often, and a person gives the money back.
bool is_refused_for_good(const state&, const refund&);
/// A person has to find out what became of it, to give back by hand, or to let its channel be asked.
bool waits_for_a_person(const state&, const refund&);
/// Offers a surplus to its channel again, where it refused to take it back.
verdict_on_input retry_surplus(const state&, instant at);
/// When; none: 0.
instant surplus_retry_at(const state&);

/// Each true where the event was one of a refund.
bool evolve_refund(state&, instant at, const input&, const event&);
/// `by_check`: what contradicts was heard by asking again.
void add_refund_effects(const state& after, const event&, bool by_check, std::vector<effect>&);

/// As the order's functions of these names.
std::vector<input> resume_refunds(const state&);
std::optional<input> overdue_refund(const state&, instant now);
void add_refund_requests_due(const state&, instant now, std::vector<channel_request_effect>&);
/// The earliest that is later than `after`; none: 0.
instant refunds_due(const state&, instant after = {});

/// True where there is something final, or honest, to answer whoever asked for this refund.
bool answerable(const refund&);
errc standing(const refund&);
refund_view view(const refund&);

} // namespace oncepay::order
