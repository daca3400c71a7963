#include "actors/domain/refunds.hpp"

#include "actors/domain/agreement.hpp"
#include "actors/domain/checking.hpp"
#include "actors/domain/ledger.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/refund_rules.hpp"
#include "actors/domain/rulings.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::order {

namespace {

template <class Posted>
verdict_on_input one_event(uint32_t number, tl::expected<std::vector<posting>, errc> postings) {
  if (!postings)
    return refuse(errc::internal, "the refund's postings can't be made");
  return std::vector<event>{Posted{number, std::move(*postings)}};
}

const attempt* succeeded_attempt(const state& s) {
  auto it = std::find_if(s.attempts.begin(), s.attempts.end(),
                         [](const attempt& a) { return a.state == attempt_state::succeeded; });
  return it == s.attempts.end() ? nullptr : &*it;
}

/// The fee's share of all that is refunded then, less what was returned before.
int64_t fee_to_return_minor(const state& s, const attempt& a, int64_t amount_minor) {
  int64_t returned = 0;
  for (const refund& r : s.refunds)
    if (!r.is_surplus() && r.state != refund_state::failed)
      returned += r.fee_returned_minor;
  auto share = proportion_of(a.fee_minor, claimed_minor(s) + amount_minor, s.amount.minor);
  return std::max<int64_t>(0, std::min(share.value_or(0), a.fee_minor) - returned);
}

struct request {
  const attempt* of = nullptr;
  attempt_id operation_id;
  hash128 fingerprint{};
  int64_t fee_returned_minor = 0;
  std::vector<posting> postings;
};

refund_requested requested(const state& s, instant at, request r) {
  const instant submit_before = plus_ms(at, window_ms(*r.of));
  return {static_cast<uint32_t>(s.refunds.size()) + 1,
          r.of->number,
          std::move(r.operation_id),
          r.fingerprint,
          submit_before,
          plus_ms(submit_before, window_ms(*r.of)),
          r.fee_returned_minor,
          std::move(r.postings)};
}

/// Nothing of it reached its channel, which so has said nothing.
bool never_left(const refund& r) {
  return r.state == refund_state::failed && r.last_evidence == evidence::never_left;
}

/// How often a surplus was offered to its channel, which also tells its offers' ids apart.
uint32_t surplus_tries(const state& s) {
  return static_cast<uint32_t>(
      std::count_if(s.refunds.begin(), s.refunds.end(), [](const refund& r) { return r.is_surplus(); }));
}

/// How often its channel itself refused to take it back.
uint32_t surplus_refusals(const state& s) {
  return static_cast<uint32_t>(std::count_if(s.refunds.begin(), s.refunds.end(), [](const refund& r) {
    return r.is_surplus() && r.state == refund_state::failed && !never_left(r) && r.last_evidence != evidence::ruling;
  }));
}

refund_requested surplus_requested(const state& s, instant at, const attempt& a) {
  const uint32_t nth = surplus_tries(s) + 1;
  return requested(s, at, {&a, make_surplus_id(s.environment, s.merchant, s.order_no, a.number, nth), {}, 0, {}});
}

std::vector<event> ask_again(const refund& r, const attempt& a, instant at, const refund_answer_input& in) {
  const enquiry_facts facts = in.enquiry.value_or(enquiry_facts{});
  const uint32_t count = r.enquiries + 1;
  const bool used_up = r.state == refund_state::manual || count >= facts.enquiries_max;
  const int64_t wait_ms = used_up ? limits::manual_again_ms : next_interval_ms(a, count, facts);
  std::vector<event> events{refund_enquired{r.number, count, plus_ms(at, wait_ms)}};
  if (used_up && r.state != refund_state::manual)
    events.push_back(refund_manual{r.number});
  return events;
}

/// Its channel has refused so often that a person has to give the money back. Nothing is offered any more, for it would
/// be given back twice; until two people rule that it was, it stays where whoever looks for what isn't settled finds
/// it.
bool is_last_refusal(const state& s, const refund& r, evidence source) {
  return r.is_surplus() && source != evidence::never_left && source != evidence::ruling &&
         surplus_refusals(s) + 1 >= limits::surplus_tries_max;
}

std::vector<event> left_to_a_person(const refund& r, instant at, evidence source) {
  const uint32_t enquiries = r.enquiries + (source == evidence::enquiry ? 1 : 0);
  std::vector<event> events{refund_enquired{r.number, enquiries, plus_ms(at, limits::manual_again_ms)}};
  if (r.state != refund_state::manual)
    events.push_back(refund_manual{r.number});
  return events;
}

verdict_on_input settled(const state& s, const refund& r, const attempt& a, refund_state to) {
  const money amount = amount_of(s, r);
  if (r.unbinds || moves_no_money(s.kind))
    return to == refund_state::succeeded ? std::vector<event>{refund_succeeded{r.number, {}}}
                                         : std::vector<event>{refund_failed{r.number, {}}};
  if (to == refund_state::succeeded)
    return one_event<refund_succeeded>(r.number, r.is_surplus() ? ledger::surplus_refunded(a.channel, amount)
                                                                : ledger::refund_succeeded(a.channel, amount));
  // What a surplus holds stays in suspense until its channel takes it back.
  if (r.is_surplus())
    return std::vector<event>{refund_failed{r.number, {}}};
  return one_event<refund_failed>(r.number, ledger::refund_failed(s.merchant, amount, r.fee_returned_minor));
}

} // namespace

money amount_of(const state& s, const refund& r) {
  return {r.amount_minor, s.amount.currency};
}

hash128 fingerprint_of(const refund_input& in) {
  return hash_parts_128({in.unbinds ? "unbind/1" : "refund/1", in.order_no.str(), std::to_string(in.amount.minor),
                         std::to_string(in.amount.currency.numeric)});
}

const refund* find_refund(const state& s, uint32_t number) {
  return number >= 1 && number <= s.refunds.size() ? &s.refunds[number - 1] : nullptr;
}

const refund* find_refund(const state& s, const oncepay::order_no& refund_no) {
  auto it = std::find_if(s.refunds.begin(), s.refunds.end(),
                         [&](const refund& r) { return !r.is_surplus() && r.refund_no == refund_no; });
  return it == s.refunds.end() ? nullptr : &*it;
}

int64_t claimed_minor(const state& s) {
  int64_t sum = 0;
  for (const refund& r : s.refunds)
    if (!r.is_surplus() && r.state != refund_state::failed)
      sum += r.amount_minor;
  return sum;
}

int64_t refunded_minor(const state& s) {
  int64_t sum = 0;
  for (const refund& r : s.refunds)
    if (!r.is_surplus() && r.state == refund_state::succeeded)
      sum += r.amount_minor;
  return sum;
}

namespace {

/// An order has a bound to what can be asked of its channel. What never left it asked for nothing: the order isn't used
/// up by a channel that is switched off, only slowed down, so that a merchant who keeps trying doesn't fill the log.
std::optional<refusal> no_room(const state& s, instant at) {
  constexpr int64_t unsent_again_ms = 3'600'000;
  size_t asked = 0;
  size_t unsent = 0;
  instant last;
  bool is_one_under_way = false;
  for (const refund& r : s.refunds) {
    if (r.is_surplus())
      continue;
    ++(never_left(r) ? unsent : asked);
    if (never_left(r))
      last = std::max(last, r.failed_at);
    is_one_under_way = is_one_under_way || r.state == refund_state::requested;
  }
  if (asked >= limits::refunds_max)
    return refusal{errc::too_many_refunds, std::string(sentence(errc::too_many_refunds))};
  if (unsent >= limits::refunds_max && (is_one_under_way || at < plus_ms(last, unsent_again_ms)))
    return refusal{errc::no_channel, "its channel couldn't be asked " + std::to_string(unsent) +
                                         " times; nothing was written, and one an hour is tried"};
  return std::nullopt;
}

/// Ends the agreement that this order signed, or the one of a surplus that a person found standing at its channel.
verdict_on_input decide_unbinding(const state& s, instant at, const refund_input& in) {
  if (!s.binds)
    return refuse(errc::not_bound, "order " + s.order_no.str() + " binds no card; nothing was changed");
  // Where its channel refused to end the surplus's agreement, the merchant may have it tried once more.
  const bool is_ending = std::any_of(s.refunds.begin(), s.refunds.end(), [&](const refund& r) {
    return r.unbinds && r.state != refund_state::failed && !is_refused_for_good(s, r);
  });
  if (is_ending)
    return refuse(errc::agreement_ended);
  const attempt* a = s.surplus_attempt != 0 ? find_attempt(s, s.surplus_attempt) : signed_by(s);
  if (a == nullptr)
    return refuse(errc::not_bound, "order " + s.order_no.str() + " is " + std::string(name(s.status)) +
                                       ", its card isn't bound; nothing was changed");
  if (auto full = no_room(s, at))
    return tl::unexpected(std::move(*full));
  return std::vector<event>{requested(
      s, at, {a, make_refund_id(s.environment, s.merchant, s.order_no, in.refund_no), fingerprint_of(in), 0, {}})};
}

} // namespace

verdict_on_input decide_refund(const state& s, instant at, const refund_input& in) {
  if (s.status == order_state::none)
    return refuse(errc::unknown_order);
  // Idempotency comes before every business rule, so that a retry gets its answer after the world has moved on.
  if (const refund* known = find_refund(s, in.refund_no)) {
    if (known->fingerprint != fingerprint_of(in))
      return refuse(errc::refund_conflict);
    return std::vector<event>{};
  }
  if (in.unbinds)
    return decide_unbinding(s, at, in);
  if (s.kind != order_kind::payment)
    return refuse(errc::not_refundable, "it is a " + std::string(name(s.kind)) + "; only payments are refunded");
  if (s.status == order_state::open || s.status == order_state::closing || s.status == order_state::confirming)
    return refuse(standing(s),
                  "the order isn't paid yet, so nothing was refunded: " + std::string(sentence(standing(s))));
  const attempt* a = succeeded_attempt(s);
  if (s.status != order_state::paid || a == nullptr)
    return refuse(errc::not_refundable);
  if (in.amount.currency != s.amount.currency)
    return refuse(errc::invalid_field, "currency: the order was paid in " + std::string(alpha_code(s.amount.currency)));
  if (in.amount.minor <= 0)
    return refuse(errc::invalid_amount);
  if (in.amount.minor > s.amount.minor - claimed_minor(s) && !mutated(mutation::refund_above_paid))
    return refuse(errc::refund_too_large, "at most " +
                                              to_string(money{s.amount.minor - claimed_minor(s), s.amount.currency}) +
                                              " is left to refund; nothing was refunded under this number");
  if (auto full = no_room(s, at))
    return tl::unexpected(std::move(*full));
  const int64_t fee_minor = fee_to_return_minor(s, *a, in.amount.minor);
  auto postings = ledger::refund_requested(s.merchant, in.amount, fee_minor);
  if (!postings)
    return refuse(postings.error());
  return std::vector<event>{requested(s, at,
                                      {a, make_refund_id(s.environment, s.merchant, s.order_no, in.refund_no),
                                       fingerprint_of(in), fee_minor, std::move(*postings)})};
}

namespace {

/// Breaks a rule where a test wants it broken: else a time-out proves nothing of an unbinding.
const refund_rule* rule_for(const refund& r, const refund_answer_input& in) {
  if (r.unbinds && in.source == evidence::reply_timeout && mutated(mutation::unbound_without_proof))
    return find_refund_rule(r.state, evidence::channel_reply, reply_class::succeeded);
  return find_refund_rule(r.state, in.source, believed_outcome(in, r.submit_before));
}

} // namespace

verdict_on_input decide_refund_answer(const state& s, instant at, const refund_answer_input& in) {
  const refund* r = find_refund(s, in.refund_number);
  const attempt* a = r == nullptr ? nullptr : find_attempt(s, r->attempt_number);
  if (a == nullptr)
    return refuse(errc::internal, "evidence about a refund that was never requested");
  if (is_check(in))
    return decide_check_answer(s, *r, in);
  const refund_rule* rule = rule_for(*r, in);
  if (rule == nullptr)
    return refuse(errc::internal, "a transition of a refund that the white list doesn't hold");
  switch (rule->then) {
  case consequence::nothing_new:
    return std::vector<event>{};
  case consequence::ask_again:
    return ask_again(*r, *a, at, in);
  case consequence::contradiction:
    return std::vector<event>{refund_contradicted{r->number}};
  case consequence::set_aside:
    return refuse(errc::internal, "a refund isn't set aside");
  case consequence::move:
    break;
  }
  if (rule->to == refund_state::in_doubt)
    return std::vector<event>{refund_in_doubt{r->number, plus_ms(at, a->enquire_after_ms)}};
  if (rule->to == refund_state::failed && is_last_refusal(s, *r, in.source))
    return left_to_a_person(*r, at, in.source);
  return settled(s, *r, *a, rule->to);
}

verdict_on_input decide_surplus(const state& s, instant at, const attempt& a) {
  if (s.surplus_attempt != 0)
    return std::vector<event>{};
  auto verdict = moves_no_money(s.kind)
                     ? verdict_on_input(std::vector<event>{surplus_booked{a.number, {}}})
                     : one_event<surplus_booked>(a.number, ledger::surplus_booked(a.channel, s.amount));
  if (verdict && !mutated(mutation::keep_surplus))
    verdict->push_back(surplus_requested(s, at, a));
  return verdict;
}

const refund* newest_offer(const state& s) {
  auto it = std::find_if(s.refunds.rbegin(), s.refunds.rend(), [](const refund& r) { return r.is_surplus(); });
  return it == s.refunds.rend() ? nullptr : &*it;
}

bool is_refused_for_good(const state& s, const refund& r) {
  return r.is_surplus() && r.state == refund_state::manual && surplus_refusals(s) + 1 >= limits::surplus_tries_max;
}

bool waits_for_a_person(const state& s, const refund& r) {
  if (r.state == refund_state::manual)
    return true;
  return never_left(r) && &r == newest_offer(s) && surplus_tries(s) >= limits::surplus_tries_max;
}

instant surplus_retry_at(const state& s) {
  const refund* last = newest_offer(s);
  if (last == nullptr || last->state != refund_state::failed || surplus_refusals(s) >= limits::surplus_tries_max)
    return {};
  // Its channel may be off for days: then it is tried once a day.
  const uint32_t doublings = std::min(surplus_tries(s) - 1, limits::surplus_tries_max);
  const instant at = plus_ms(last->failed_at, std::min(limits::surplus_retry_ms << doublings, limits::manual_again_ms));
  // Not while people are about to say that they gave it back by hand.
  const ruling* waits = waiting_ruling(s);
  const bool is_about_it =
      waits != nullptr && waits->said.subject == ruling_subject::refund && waits->said.number == last->number;
  return is_about_it ? std::max(at, waits->expires_at) : at;
}

verdict_on_input retry_surplus(const state& s, instant at) {
  const attempt* a = find_attempt(s, s.surplus_attempt);
  if (a == nullptr)
    return refuse(errc::internal, "a surplus of no attempt is to be given back");
  return std::vector<event>{surplus_requested(s, at, *a)};
}

} // namespace oncepay::order
