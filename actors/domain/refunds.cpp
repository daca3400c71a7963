#include "actors/domain/refunds.hpp"

#include "actors/domain/ledger.hpp"
#include "actors/domain/refund_rules.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::order {

namespace {

/// A port answers by `reply_before`; only if it broke does the order say so itself.
constexpr int64_t overdue_margin_ms = 1'000;

template <class Posted>
verdict_on_input one_event(uint32_t number, tl::expected<std::vector<posting>, errc> postings) {
  if (!postings)
    return refuse(errc::internal, "the refund's postings can't be made");
  return std::vector<event>{Posted{number, std::move(*postings)}};
}

const attempt* attempt_of(const state& s, uint32_t number) {
  return number >= 1 && number <= s.attempts.size() ? &s.attempts[number - 1] : nullptr;
}

const attempt* succeeded_attempt(const state& s) {
  auto it = std::find_if(s.attempts.begin(), s.attempts.end(),
                         [](const attempt& a) { return a.state == attempt_state::succeeded; });
  return it == s.attempts.end() ? nullptr : &*it;
}

money amount_of(const state& s, const refund& r) {
  return {r.amount_minor, s.amount.currency};
}

/// How long the attempt's channel was given to answer: so long a refund may wait for its turn, and then for its answer.
int64_t window_ms(const attempt& a) {
  return (a.reply_before.ns - a.submit_before.ns) / ns_per_ms;
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

uint32_t surplus_tries(const state& s) {
  return static_cast<uint32_t>(
      std::count_if(s.refunds.begin(), s.refunds.end(), [](const refund& r) { return r.is_surplus(); }));
}

refund_requested surplus_requested(const state& s, instant at, const attempt& a) {
  const uint32_t nth = surplus_tries(s) + 1;
  return requested(s, at, {&a, make_surplus_id(s.environment, s.merchant, s.order_no, a.number, nth), {}, 0, {}});
}

/// As attempts are asked about: the channel's first delay, doubled each time up to the longest.
int64_t next_interval_ms(const attempt& a, uint32_t count, const enquiry_facts& facts) {
  constexpr uint32_t doublings_max = 30;
  const int64_t doubled_ms = int64_t{a.enquire_after_ms} << std::min(count, doublings_max);
  return std::max<int64_t>(a.enquire_after_ms, std::min<int64_t>(doubled_ms, facts.interval_ms_max));
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

verdict_on_input settled(const state& s, const refund& r, const attempt& a, refund_state to) {
  const money amount = amount_of(s, r);
  if (to == refund_state::succeeded)
    return one_event<refund_succeeded>(r.number, r.is_surplus() ? ledger::surplus_refunded(a.channel, amount)
                                                                : ledger::refund_succeeded(a.channel, amount));
  // What a surplus holds stays in suspense until its channel takes it back.
  if (r.is_surplus())
    return std::vector<event>{refund_failed{r.number, {}}};
  return one_event<refund_failed>(r.number, ledger::refund_failed(s.merchant, amount, r.fee_returned_minor));
}

} // namespace

hash128 fingerprint_of(const refund_input& in) {
  return hash_parts_128(
      {"refund/1", in.order_no.str(), std::to_string(in.amount.minor), std::to_string(in.amount.currency.numeric)});
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

verdict_on_input decide_refund(const state& s, instant at, const refund_input& in) {
  if (s.status == order_state::none)
    return refuse(errc::unknown_order);
  // Idempotency comes before every business rule, so that a retry gets its answer after the world has moved on.
  if (const refund* known = find_refund(s, in.refund_no)) {
    if (known->fingerprint != fingerprint_of(in))
      return refuse(errc::refund_conflict);
    return std::vector<event>{};
  }
  if (s.status == order_state::open || s.status == order_state::closing)
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
  if (s.refunds.size() >= limits::refunds_max)
    return refuse(errc::too_many_refunds);
  const int64_t fee_minor = fee_to_return_minor(s, *a, in.amount.minor);
  auto postings = ledger::refund_requested(s.merchant, in.amount, fee_minor);
  if (!postings)
    return refuse(postings.error());
  return std::vector<event>{requested(s, at,
                                      {a, make_refund_id(s.environment, s.merchant, s.order_no, in.refund_no),
                                       fingerprint_of(in), fee_minor, std::move(*postings)})};
}

verdict_on_input decide_refund_answer(const state& s, instant at, const refund_answer_input& in) {
  const refund* r = find_refund(s, in.refund_number);
  const attempt* a = r == nullptr ? nullptr : attempt_of(s, r->attempt_number);
  if (a == nullptr)
    return refuse(errc::internal, "evidence about a refund that was never requested");
  const refund_rule* rule = find_refund_rule(r->state, in.source, believed_outcome(in, r->submit_before));
  if (rule == nullptr)
    return refuse(errc::internal, "a transition of a refund that the white list doesn't hold");
  switch (rule->then) {
  case consequence::nothing_new:
    return std::vector<event>{};
  case consequence::ask_again:
    return ask_again(*r, *a, at, in);
  case consequence::contradiction:
    return std::vector<event>{refund_contradicted{r->number}};
  case consequence::move:
    break;
  }
  if (rule->to == refund_state::in_doubt)
    return std::vector<event>{refund_in_doubt{r->number, plus_ms(at, a->enquire_after_ms)}};
  return settled(s, *r, *a, rule->to);
}

verdict_on_input decide_surplus(const state& s, instant at, const attempt& a) {
  if (s.surplus_attempt != 0)
    return std::vector<event>{};
  auto verdict = one_event<surplus_booked>(a.number, ledger::surplus_booked(a.channel, s.amount));
  if (verdict && !mutated(mutation::keep_surplus))
    verdict->push_back(surplus_requested(s, at, a));
  return verdict;
}

instant surplus_retry_at(const state& s) {
  const refund* last = nullptr;
  for (const refund& r : s.refunds)
    if (r.is_surplus())
      last = &r;
  const uint32_t tries = surplus_tries(s);
  if (last == nullptr || last->state != refund_state::failed || tries >= limits::surplus_tries_max)
    return {};
  return plus_ms(last->failed_at, limits::surplus_retry_ms << (tries - 1));
}

verdict_on_input retry_surplus(const state& s, instant at) {
  const attempt* a = attempt_of(s, s.surplus_attempt);
  if (a == nullptr)
    return refuse(errc::internal, "a surplus of no attempt is to be given back");
  return std::vector<event>{surplus_requested(s, at, *a)};
}

// --- evolve ---------------------------------------------------------------------------------------------------

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
    }
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
    return true;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

alarm_effect alarm(const state& s, const refund& r, std::string_view what) {
  return {"order " + s.merchant.str() + "/" + s.order_no.str() + ", " +
          (r.is_surplus() ? "surplus given back, try " + std::to_string(r.number) : "refund " + r.refund_no.str()) +
          ": " + std::string(what)};
}

/// What is said and asked about a refund at its channel.
channel_request_effect about(const state& s, const refund& r, const attempt& a) {
  channel_request_effect e;
  e.channel = a.channel;
  e.operation = operation::refund;
  e.id = r.operation_id;
  e.attempt_number = a.number;
  e.refund_number = r.number;
  e.original = a.id;
  e.amount = amount_of(s, r);
  e.channel_ref = r.channel_ref;
  e.attempt_submit_before = r.submit_before;
  e.submit_before = r.submit_before;
  e.reply_before = r.reply_before;
  return e;
}

} // namespace

bool evolve_refund(state& s, instant at, const input& in, const event& e) {
  return std::visit(refund_evolver{s, at, in}, e);
}

void add_refund_effects(const state& after, const event& e, std::vector<effect>& result) {
  if (auto* asked = std::get_if<refund_requested>(&e)) {
    const refund* r = find_refund(after, asked->number);
    if (const attempt* a = r == nullptr ? nullptr : attempt_of(after, r->attempt_number))
      result.push_back(about(after, *r, *a));
  } else if (auto* contradicted = std::get_if<refund_contradicted>(&e)) {
    if (const refund* r = find_refund(after, contradicted->number))
      result.push_back(
          alarm(after, *r,
                "its channel contradicts its final result; nothing was changed, compare with the channel's "
                "statement"));
  } else if (auto* enquired = std::get_if<refund_enquired>(&e)) {
    const refund* r = find_refund(after, enquired->number);
    if (r != nullptr && r->state == refund_state::manual)
      result.push_back(alarm(after, *r,
                             "still in doubt after " + std::to_string(enquired->count) +
                                 " enquiries; find out at the channel whether the payer has the money back"));
  } else if (auto* failed = std::get_if<refund_failed>(&e)) {
    const refund* r = find_refund(after, failed->number);
    if (r != nullptr && r->is_surplus() && surplus_tries(after) >= limits::surplus_tries_max)
      result.push_back(alarm(after, *r, "its channel keeps refusing; the money is in suspense, give it back by hand"));
  } else if (auto* surplus = std::get_if<surplus_booked>(&e)) {
    result.push_back(alarm_effect{"order " + after.merchant.str() + "/" + after.order_no.str() + ", attempt " +
                                  std::to_string(surplus->number) +
                                  ": was paid after the order had ended; the money is in suspense and goes back"});
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
    const attempt* a = attempt_of(s, r.attempt_number);
    if (!doubtful || a == nullptr || !r.enquire_at || now < r.enquire_at)
      continue;
    channel_request_effect e = about(s, r, *a);
    e.enquiry = true;
    e.nth = r.enquiries + 1;
    e.submit_before = plus_ms(now, window_ms(*a));
    e.reply_before = plus_ms(e.submit_before, window_ms(*a));
    result.push_back(std::move(e));
  }
}

instant refunds_due(const state& s) {
  instant first = surplus_retry_at(s);
  auto consider = [&first](instant at) {
    if (at && (!first || at < first))
      first = at;
  };
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
    return errc::refund_failed;
  case refund_state::in_doubt:
  case refund_state::manual:
    return errc::refund_in_doubt;
  case refund_state::none:
  case refund_state::requested:
    break;
  }
  return errc::processing;
}

refund_view view(const refund& r) {
  return {r.number,       r.refund_no, r.state,       r.amount_minor,  r.fee_returned_minor, r.attempt_number,
          r.operation_id, r.code,      r.channel_ref, r.last_evidence, r.enquire_at};
}

} // namespace oncepay::order
