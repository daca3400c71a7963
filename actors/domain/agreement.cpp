#include "actors/domain/agreement.hpp"

#include "schema/limits.hpp"
#include "schema/mutation.hpp"
#include "schema/plain_text.hpp"

#include <algorithm>

namespace oncepay::order {

namespace {

verdict_on_input refuse_grant(errc code, const state& s, std::string_view why) {
  return refuse(code, "order " + s.order_no.str() + " " + std::string(why) + "; nothing was written");
}

/// What a channel calls an agreement. Some number them, so one in ten could be a card's number by its check digit
/// alone.
std::string kept_name(const std::string& said) {
  return said.size() > limits::agreement_bytes_max || !is_plain_text(said) ? std::string() : said;
}

/// A mask that masks nothing isn't kept.
std::string kept_mask(const std::string& said) {
  return said.size() > limits::card_mask_bytes_max || !is_plain_text(said) || holds_card_number(said) ? std::string()
                                                                                                      : said;
}

} // namespace

bool asks_for_grant(const state& s, const pay_input& in) {
  return !in.agreement.bound_by.empty() && in.agreement.bound_by == s.order_no;
}

bool lacks_grant(const pay_input& in) {
  return !in.agreement.bound_by.empty() && in.agreement.channel.empty();
}

verdict_on_input decide_grant(const state& s, const pay_input& in) {
  if (s.status == order_state::none)
    return refuse(errc::unknown_agreement);
  if (!s.binds)
    return refuse_grant(errc::unknown_agreement, s, "binds no card");
  const attempt* a = signed_by(s);
  if (a == nullptr || a->agreement.empty())
    return refuse_grant(errc::not_bound, s,
                        s.status == order_state::paid ? "was made, and its channel didn't say by which agreement"
                                                      : "is " + std::string(name(s.status)) + ", its card isn't bound");
  if (unbinding_of(s) != nullptr && !mutated(mutation::withhold_after_unbind))
    return refuse(errc::agreement_ended);
  if (in.agreement.order_no == s.withheld_last)
    return std::vector<event>{}; // the last one, again: it was granted, and its way may have been cut short
  return std::vector<event>{withhold_granted{}};
}

std::optional<next_turn> goes_on_to(const state& s, const input& in) {
  auto* pay = std::get_if<pay_input>(&in);
  const attempt* a = signed_by(s);
  if (pay == nullptr || a == nullptr || !asks_for_grant(s, *pay))
    return std::nullopt;
  pay_input granted = *pay;
  granted.agreement.channel = a->channel;
  granted.agreement.reference = a->agreement;
  // Rules know the card by what it was bound as, whatever the payment calls it.
  if (s.card_token != hash128{})
    granted.card_token = s.card_token;
  return next_turn{stream_name::of_order(s.merchant, pay->agreement.order_no), input{std::move(granted)}};
}

const attempt* signed_by(const state& s) {
  if (!s.binds || s.status != order_state::paid)
    return nullptr;
  auto it = std::find_if(s.attempts.begin(), s.attempts.end(),
                         [](const attempt& a) { return a.state == attempt_state::succeeded; });
  return it == s.attempts.end() ? nullptr : &*it;
}

const refund* unbinding_of(const state& s) {
  auto it = std::find_if(s.refunds.begin(), s.refunds.end(),
                         [](const refund& r) { return r.unbinds && r.state != refund_state::failed; });
  return it == s.refunds.end() ? nullptr : &*it;
}

reply_class believed_of_binding(const state& s, const attempt& a, const attempt_input& in, reply_class believed) {
  // Of a payment that binds as well the money has moved, and that is never doubted for want of a name.
  const bool is_open = a.state == attempt_state::intended || is_doubtful(a.state);
  if (s.kind != order_kind::bind || believed != reply_class::succeeded || !is_open || in.source == evidence::ruling)
    return believed;
  const bool is_named = !a.agreement.empty() || !kept_name(in.agreement).empty();
  return is_named ? believed : reply_class::unknown;
}

void note_agreement(state& s, attempt& a, const attempt_input& in) {
  if (s.binds && a.agreement.empty())
    a.agreement = kept_name(in.agreement);
  if ((s.binds || s.kind == order_kind::authenticate) && a.card_mask.empty())
    a.card_mask = kept_mask(in.card_mask);
}

void open_with_card(state& s, const pay_input& in) {
  s.binds = in.card.deed == card_deed::bind || in.card.deed == card_deed::sign_and_pay;
  s.card = in.card.token;
  s.card_token = in.card_token;
  s.agreement = in.agreement;
  if (in.card.deed == card_deed::bind)
    s.kind = order_kind::bind;
  if (in.card.deed == card_deed::authenticate)
    s.kind = order_kind::authenticate;
}

std::string card_wish_of(const pay_input& in) {
  if (!in.agreement.bound_by.empty())
    return "withhold/1 " + in.agreement.bound_by.str();
  if (in.card.deed == card_deed::none)
    return {};
  return std::string(name(in.card.deed)) + "/1 " + base32(in.card.likeness);
}

card_view view_of_card(const state& s) {
  card_view v;
  v.bound_by = s.agreement.bound_by;
  v.agreement = s.agreement.reference;
  // Of an order that isn't decided the last attempt is the one that may sign.
  const attempt* a = signed_by(s);
  if (a == nullptr && !s.attempts.empty() && (s.binds || s.kind == order_kind::authenticate))
    a = &s.attempts.back();
  if (a == nullptr)
    return v;
  v.mask = a->card_mask;
  if (!s.binds)
    return v;
  v.agreement = a->agreement;
  const refund* ending = unbinding_of(s);
  v.stands = signed_by(s) != nullptr && ending == nullptr;
  v.unbound = ending != nullptr && ending->state == refund_state::succeeded;
  return v;
}

} // namespace oncepay::order
