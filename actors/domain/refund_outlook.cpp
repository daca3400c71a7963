// How a refund's state follows from events, and what follows from it: what must happen now, when it must be looked at
// again, and how it stands.
#include "actors/domain/agreement.hpp"
#include "actors/domain/checking.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/refunds.hpp"
#include "schema/limits.hpp"

#include <utility>

namespace oncepay::order {

namespace {

struct refund_evolver {
  state& s;
  instant at;
  const input& in;

  refund* find(uint32_t number) const { return const_cast<refund*>(find_refund(std::as_const(s), number)); }

  void note_evidence(refund& r) const {
    if (auto* answered = std::get_if<refund_answer_input>(&in)) {
      r.code = answered->code;
      r.last_evidence = answered->source;
      if (!answered->channel_ref.empty())
        r.channel_ref = answered->channel_ref;
    }
  }

  bool settle(uint32_t number, refund_state to) const {
    if (refund* r = find(number)) {
      r->state = to;
      r->enquire_at = {};
      note_evidence(*r);
      note_settled(s, *r, at);
    }
    return true;
  }

  bool operator()(const refund_requested& e) const {
    refund r;
    r.number = e.number;
    r.state = refund_state::requested;
    r.amount_minor = s.amount.minor;
    r.fee_returned_minor = e.fee_returned_minor;
    r.attempt_number = e.attempt_number;
    r.operation_id = e.operation_id;
    r.fingerprint = e.fingerprint;
    r.submit_before = e.submit_before;
    r.reply_before = e.reply_before;
    if (auto* asked = std::get_if<refund_input>(&in)) {
      r.refund_no = asked->refund_no;
      r.amount_minor = asked->amount.minor;
      r.unbinds = asked->unbinds;
    }
    r.unbinds = r.unbinds || s.kind == order_kind::bind; // a surplus of it
    s.refunds.push_back(std::move(r));
    return true;
  }
  bool operator()(const refund_succeeded& e) const { return settle(e.number, refund_state::succeeded); }
  bool operator()(const refund_failed& e) const {
    settle(e.number, refund_state::failed);
    if (refund* r = find(e.number))
      r->failed_at = at;
    return true;
  }
  bool operator()(const refund_in_doubt& e) const {
    settle(e.number, refund_state::in_doubt);
    if (refund* r = find(e.number))
      r->enquire_at = e.enquire_at;
    return true;
  }
  bool operator()(const refund_enquired& e) const {
    if (refund* r = find(e.number)) {
      r->enquiries = e.count;
      r->enquire_at = e.next_at;
      note_evidence(*r);
    }
    return true;
  }
  bool operator()(const refund_manual& e) const {
    if (refund* r = find(e.number))
      r->state = refund_state::manual;
    return true;
  }
  bool operator()(const refund_contradicted&) const {
    ++s.contradictions;
    return true;
  }
  bool operator()(const surplus_booked& e) const {
    s.surplus_attempt = e.number;
    if (auto* said = std::get_if<attempt_input>(&in); said != nullptr && e.number >= 1 && e.number <= s.attempts.size())
      note_agreement(s, s.attempts[e.number - 1], *said);
    return true;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

alarm_effect alarm(const state& s, const refund& r, std::string_view what) {
  return {"order " + s.merchant.str() + "/" + s.order_no.str() + ", " +
          (r.is_surplus() ? "surplus given back, try " + std::to_string(r.number)
                          : (r.unbinds ? "unbinding " : "refund ") + r.refund_no.str()) +
          ": " + std::string(what)};
}

} // namespace

channel_request_effect request_about(const state& s, const refund& r, const attempt& a) {
  channel_request_effect e;
  e.channel = a.channel;
  e.operation = r.unbinds ? operation::unbind_card : operation::refund;
  e.agreement = r.unbinds ? a.agreement : std::string();
  e.id = r.operation_id;
  e.attempt_number = a.number;
  e.refund_number = r.number;
  e.original = a.id;
  e.amount = amount_of(s, r);
  e.paid = s.amount;
  e.channel_ref = r.channel_ref;
  e.wallet = s.from_wallet;
  e.attempt_submit_before = r.submit_before;
  e.submit_before = r.submit_before;
  e.reply_before = r.reply_before;
  return e;
}

bool evolve_refund(state& s, instant at, const input& in, const event& e) {
  return std::visit(refund_evolver{s, at, in}, e);
}

namespace {

// Whoever gives something back by hand has it ruled: proposed first, so that nothing is offered meanwhile.
constexpr std::string_view refused_surplus =
    "its channel keeps refusing, and nothing is offered any more; the money is in suspense: give it back by hand, "
    "and have it ruled that the payer has it";
constexpr std::string_view refused_unbinding =
    "its channel keeps refusing, and isn't asked any more; the card is bound there: unbind it by hand, and have that "
    "ruled";
constexpr std::string_view unsent_surplus =
    "its channel can't be asked to take the money back, which is in suspense: switch it on, or mend its "
    "configuration; else propose a ruling that the payer has it, after which nothing is offered, and give it back by "
    "hand";
constexpr std::string_view unsent_unbinding =
    "its channel can't be asked to end the agreement: switch it on, or mend its configuration; else unbind the card "
    "by hand, and have that ruled";

std::string_view what_is_contradicted(const refund& r, bool by_check) {
  if (by_check)
    return "asked again, its channel contradicts its final result; nothing was changed, compare with the channel's "
           "statement";
  if (r.last_evidence == evidence::ruling)
    return "its channel contradicts what two persons ruled; nothing was changed, compare with the channel's statement";
  return "its channel contradicts its final result; nothing was changed, compare with the channel's statement";
}

} // namespace

void add_refund_effects(const state& after, const event& e, bool by_check, std::vector<effect>& result) {
  if (auto* asked = std::get_if<refund_requested>(&e)) {
    const refund* r = find_refund(after, asked->number);
    if (const attempt* a = r == nullptr ? nullptr : find_attempt(after, r->attempt_number))
      result.push_back(request_about(after, *r, *a));
  } else if (auto* contradicted = std::get_if<refund_contradicted>(&e)) {
    if (const refund* r = find_refund(after, contradicted->number))
      result.push_back(alarm(after, *r, what_is_contradicted(*r, by_check)));
  } else if (auto* enquired = std::get_if<refund_enquired>(&e)) {
    const refund* r = find_refund(after, enquired->number);
    if (r != nullptr && is_refused_for_good(after, *r))
      result.push_back(alarm(after, *r, r->unbinds ? refused_unbinding : refused_surplus));
    else if (r != nullptr && r->state == refund_state::manual)
      result.push_back(alarm(
          after, *r,
          "still in doubt after " + std::to_string(enquired->count) + " enquiries; find out at the channel whether " +
              (r->unbinds ? "the card is unbound" : "the payer has the money back") +
              (r->is_surplus() ? "; it is offered again once the channel says that it failed, so give "
                                 "nothing back by hand before a ruling is proposed"
                               : "")));
  } else if (auto* failed = std::get_if<refund_failed>(&e)) {
    const refund* r = find_refund(after, failed->number);
    if (r != nullptr && waits_for_a_person(after, *r))
      result.push_back(alarm(after, *r, r->unbinds ? unsent_unbinding : unsent_surplus));
  } else if (auto* surplus = std::get_if<surplus_booked>(&e)) {
    const attempt* a = find_attempt(after, surplus->number);
    if (a != nullptr && is_being_reversed(a->state))
      return; // is on its way back
    result.push_back(alarm_effect{
        "order " + after.merchant.str() + "/" + after.order_no.str() + ", attempt " + std::to_string(surplus->number) +
        (a != nullptr && a->last_evidence == evidence::ruling
             ? ": was paid, although two persons ruled that it had failed"
         : after.kind == order_kind::bind ? ": its card was bound after the order had ended"
                                          : ": was paid after the order had ended") +
        (after.kind == order_kind::bind ? "; it is being unbound" : "; the money is in suspense and goes back") +
        (after.kind == order_kind::payment && after.binds ? ". Its card may be bound at the channel: unbind it" : "")});
  }
}

std::vector<input> resume_refunds(const state& s) {
  std::vector<input> result;
  for (const refund& r : s.refunds)
    if (r.state == refund_state::requested)
      result.push_back(refund_answer_input{r.number, evidence::restart, reply_class::unknown, "RESTARTED", {}});
  return result;
}

std::optional<input> overdue_refund(const state& s, instant now) {
  for (const refund& r : s.refunds)
    if (r.state == refund_state::requested && now >= plus_ms(r.reply_before, overdue_margin_ms))
      return refund_answer_input{r.number, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT", {}};
  return std::nullopt;
}

void add_refund_requests_due(const state& s, instant now, std::vector<channel_request_effect>& result) {
  for (const refund& r : s.refunds) {
    const bool doubtful = r.state == refund_state::in_doubt || r.state == refund_state::manual;
    const attempt* a = find_attempt(s, r.attempt_number);
    if (!doubtful || a == nullptr || !r.enquire_at || now < r.enquire_at)
      continue;
    channel_request_effect e = request_about(s, r, *a);
    e.enquiry = true;
    e.nth = r.enquiries + 1;
    e.submit_before = plus_ms(now, window_ms(*a));
    e.reply_before = plus_ms(e.submit_before, window_ms(*a));
    result.push_back(std::move(e));
  }
}

instant refunds_due(const state& s, instant after) {
  instant first;
  auto consider = [&](instant at) {
    if (at > after && (!first || at < first))
      first = at;
  };
  consider(surplus_retry_at(s));
  for (const refund& r : s.refunds) {
    if (r.state == refund_state::requested)
      consider(plus_ms(r.reply_before, overdue_margin_ms));
    else
      consider(r.enquire_at);
  }
  return first;
}

bool answerable(const refund& r) {
  return r.state != refund_state::requested;
}

errc standing(const refund& r) {
  switch (r.state) {
  case refund_state::succeeded:
    return errc::ok;
  case refund_state::failed:
    return r.unbinds ? errc::unbind_failed : errc::refund_failed;
  case refund_state::in_doubt:
  case refund_state::manual:
    return r.unbinds ? errc::unbind_in_doubt : errc::refund_in_doubt;
  case refund_state::none:
  case refund_state::requested:
    break;
  }
  return errc::processing;
}

refund_view view(const refund& r) {
  return {r.number,       r.refund_no, r.state,       r.amount_minor,  r.fee_returned_minor, r.attempt_number,
          r.operation_id, r.code,      r.channel_ref, r.last_evidence, r.enquire_at,         r.unbinds};
}

} // namespace oncepay::order
