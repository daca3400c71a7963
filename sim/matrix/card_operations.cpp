#include "sim/matrix/card_operations.hpp"

#include "sim/matrix/payment_operations.hpp"

#include <utility>

namespace oncepay::sim::matrix {

namespace {

constexpr reason out_of_service = "who is out is so whatever is asked of him: 'pay' and 'refund' have it";

planned_refund unbinding(order_no number, uint32_t after_ms) {
  planned_refund wish;
  wish.refund_no = std::move(number);
  wish.after_ms = after_ms;
  wish.tries_max = 4;
  wish.unbinds = true;
  return wish;
}

/// What its bank does with a card, but for outages.
made done_with_card(const cell& c, plan world, operation as) {
  if (is_outage(c.fault))
    return tl::unexpected(out_of_service);
  made s = moved_as(c, std::move(world), as);
  // The run goes on until its bank has done what it said at once.
  if (s && c.fault == fault::contradicts && c.timing == timing::during)
    s->world.disturbances.push_back({order_at_us + 2 * works_us, slow_commits{1'000, 1}});
  return s;
}

/// Questions are one and the same, whatever they are about: what differs is what follows from the answer.
std::optional<reason> is_as_any_enquiry(fault f) {
  if (f == fault::silent || f == fault::late || f == fault::unmapped)
    return reason("'fails' stands for whatever proves nothing; 'enquiry' has each");
  if (f == fault::mute)
    return reason("who never answers isn't heard when he is asked either: 'mute' of what is asked about");
  return std::nullopt;
}

made asked_about(const cell& c, plan world, operation about) {
  if (auto why = is_as_any_enquiry(c.fault))
    return tl::unexpected(*why);
  return enquired(c, std::move(world), about, 1);
}

} // namespace

made bind(const cell& c) {
  return done_with_card(c, staged_card(card_deed::bind), operation::bind_card);
}
made enquire_of_binding(const cell& c) {
  return asked_about(c, staged_card(card_deed::bind), operation::bind_card);
}

made authenticate(const cell& c) {
  return done_with_card(c, staged_card(card_deed::authenticate), operation::authenticate_card);
}
made enquire_of_authentication(const cell& c) {
  return asked_about(c, staged_card(card_deed::authenticate), operation::authenticate_card);
}

made sign_and_pay(const cell& c) {
  return done_with_card(c, staged_card(card_deed::sign_and_pay), operation::sign_and_pay);
}
made enquire_of_signing(const cell& c) {
  return asked_about(c, staged_card(card_deed::sign_and_pay), operation::sign_and_pay);
}

made withhold(const cell& c) {
  return done_with_card(c, staged_withheld(), operation::withhold);
}
made enquire_of_withheld(const cell& c) {
  return asked_about(c, staged_withheld(), operation::withhold);
}

/// Before: its card is unbound; during: it is being unbound, and nobody knows yet whether that was done.
made grant(const cell& c) {
  if (is_merchants(c.fault))
    return tl::unexpected(of_merchants);
  script s{staged_withheld(), moment::grant};
  if (c.fault == fault::refuses) {
    if (c.timing == timing::after)
      return tl::unexpected(reason("what was granted before its card is unbound is withheld, as in 'none'"));
    if (c.restart != restart::none)
      return tl::unexpected(reason("what is refused writes nothing that a kill could meet"));
    s.strikes = moment::refusal;
    s.opens_nothing = true;
    constexpr uint32_t after_ms = 300;
    s.world.orders.front().refunds = {unbinding(refund_of_cells(), after_ms)};
    planned_deed ends =
        deed_of_payment(c.timing == timing::before ? plainly(timing::after) : worked_on(timing::during));
    ends.order_no = binder_of_cells();
    ends.refund_no = refund_of_cells();
    s.world.deeds.push_back(std::move(ends));
    return s;
  }
  if (c.fault != fault::none && c.fault != fault::twice)
    return tl::unexpected(
        reason("between a payment and the order that bound its card there is no bank: what can go wrong is a kill"));
  if (c.timing != timing::after)
    return tl::unexpected(c.fault == fault::none ? no_fault : reason("what is sent twice is withheld once"));
  s.world.deeds.push_back(deed_of_payment(plainly(timing::after)));
  s.world.orders.back().twice_at_once = c.fault == fault::twice;
  return s;
}

made unbind(const cell& c) {
  if (is_outage(c.fault))
    return tl::unexpected(out_of_service);
  return given_back(c, staged_card(card_deed::bind), unbinding(refund_of_cells(), 5'000), operation::unbind_card);
}

made enquire_of_unbinding(const cell& c) {
  if (auto why = is_as_any_enquiry(c.fault))
    return tl::unexpected(*why);
  auto answer = c.fault == fault::not_found ? std::optional(answer_fault::not_found) : answer_with(c.fault);
  if (!answer)
    return tl::unexpected(answer.error());
  script s{staged_card(card_deed::bind), moment::refund_enquiry};
  s.world.orders.front().refunds = {unbinding(refund_of_cells(), 5'000)};
  planned_deed ends = deed_of_payment(worked_on(c.timing)); // and nothing is answered to it
  ends.refund_no = refund_of_cells();
  if (*answer)
    ends.answers = {{operation::unbind_card, **answer, 1}};
  s.world.deeds.push_back(std::move(ends));
  return s;
}

} // namespace oncepay::sim::matrix
