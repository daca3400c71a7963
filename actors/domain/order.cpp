#include "actors/domain/order.hpp"

#include "actors/domain/attempt_rules.hpp"
#include "actors/domain/ledger.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::order {

namespace {

/// A port answers by `reply_before`; only if it broke is the order woken to say so itself. The margin keeps the two
/// from racing.
constexpr int64_t overdue_margin_ms = 1'000;

const attempt* find(const state& s, uint32_t number) {
  return number >= 1 && number <= s.attempts.size() ? &s.attempts[number - 1] : nullptr;
}

uint32_t next_number(const state& s) {
  return static_cast<uint32_t>(s.attempts.size()) + 1;
}

bool is_known(const state& s) {
  return s.status != order_state::none && !mutated(mutation::forget_idempotency);
}

attempt_intended intend(const state& s, uint32_t number, instant at, const route_answer& route) {
  instant submit_before = plus_ms(at, route.submit_within_ms);
  return {number, make_attempt_id(s.environment, s.merchant, s.order_no, number), submit_before,
          plus_ms(submit_before, route.reply_within_ms)};
}

verdict_on_input decide_pay(const state& s, instant at, const pay_input& in) {
  // Idempotency comes before every business rule, so that a retry gets its answer after the world has moved on.
  if (is_known(s)) {
    if (fingerprint_of(in) != s.fingerprint && !mutated(mutation::ignore_fingerprint))
      return refuse(errc::order_conflict);
    return std::vector<event>{};
  }
  if (in.route.chosen.empty())
    return refuse(in.route.refusal == 0 ? errc::internal : static_cast<errc>(in.route.refusal));
  return std::vector<event>{order_opened{fingerprint_of(in)}, intend(s, next_number(s), at, in.route)};
}

/// A definite failure that says another channel may do, of an attempt nobody ever doubted, leaves room for one more.
bool may_try_another(const state& s, const attempt& a, const attempt_input& in) {
  const bool says_so = in.outcome == reply_class::failed_try_another ||
                       (mutated(mutation::reroute_after_timeout) && in.source == evidence::reply_timeout);
  return s.status == order_state::open && says_so && !a.ever_in_doubt && s.attempts.size() < limits::attempts_max;
}

verdict_on_input decide_failure(const state& s, instant at, const attempt& a, const attempt_input& in) {
  std::vector<event> events{attempt_failed{a.number}};
  if (s.status != order_state::open)
    return events;
  if (may_try_another(s, a, in) && in.route && !in.route->chosen.empty())
    events.push_back(intend(s, a.number + 1, at, *in.route));
  else
    events.push_back(order_failed{static_cast<uint16_t>(errc::payment_failed)});
  return events;
}

verdict_on_input decide_success(const state& s, const attempt& a) {
  if (s.status != order_state::open)
    return refuse(errc::internal, "an attempt succeeded while its order was not open");
  auto postings = ledger::payment_succeeded(s.merchant, a.channel, s.amount, a.fee_minor, a.cost_minor);
  if (!postings)
    return refuse(errc::internal, "the payment's postings can't be made");
  return std::vector<event>{attempt_succeeded{a.number}, order_paid{std::move(*postings)}};
}

/// After how long an attempt is asked about again: its channel's first delay, doubled each time up to the longest.
int64_t next_interval_ms(const attempt& a, uint32_t count, const enquiry_facts& facts) {
  constexpr uint32_t doublings_max = 30;
  const int64_t doubled_ms = int64_t{a.enquire_after_ms} << std::min(count, doublings_max);
  return std::max<int64_t>(a.enquire_after_ms, std::min<int64_t>(doubled_ms, facts.interval_ms_max));
}

/// What waits for a person is asked about once a day: the channel may know by then, and its alarm is repeated.
std::vector<event> ask_again(const attempt& a, instant at, const attempt_input& in) {
  const enquiry_facts facts = in.enquiry.value_or(enquiry_facts{});
  const uint32_t count = a.enquiries + 1;
  const bool used_up = count >= facts.enquiries_max && !mutated(mutation::enquiries_never_end);
  if (!used_up && a.state != attempt_state::manual) {
    instant next_at = plus_ms(at, next_interval_ms(a, count, facts));
    // "Not found" is asked again as soon as it may be believed.
    if (const instant believed_from = plus_ms(a.submit_before, facts.not_found_after_ms);
        in.outcome == reply_class::not_found && at < believed_from)
      next_at = std::min(next_at, believed_from);
    return {enquiry_recorded{a.number, count, next_at}};
  }
  std::vector<event> events{enquiry_recorded{a.number, count, plus_ms(at, limits::manual_again_ms)}};
  if (a.state != attempt_state::manual)
    events.push_back(attempt_manual{a.number});
  return events;
}

verdict_on_input decide_attempt(const state& s, instant at, const attempt_input& in) {
  const attempt* a = find(s, in.attempt_number);
  if (a == nullptr)
    return refuse(errc::internal, "evidence about an attempt that was never made");
  const attempt_rule* rule = find_attempt_rule(a->state, in.source, believed_outcome(in, a->submit_before));
  if (rule == nullptr)
    return refuse(errc::internal, "a transition that the white list doesn't hold");
  switch (rule->then) {
  case consequence::nothing_new:
    return std::vector<event>{};
  case consequence::ask_again:
    return ask_again(*a, at, in);
  case consequence::contradiction:
    if (mutated(mutation::swallow_contradiction))
      return std::vector<event>{};
    if (mutated(mutation::later_result_wins) && a->state == attempt_state::succeeded)
      return std::vector<event>{attempt_failed{a->number}, order_failed{static_cast<uint16_t>(errc::payment_failed)}};
    return std::vector<event>{contradiction_recorded{a->number}};
  case consequence::move:
    break;
  }
  if (rule->to == attempt_state::succeeded)
    return decide_success(s, *a);
  if (rule->to == attempt_state::failed)
    return decide_failure(s, at, *a, in);
  return std::vector<event>{attempt_in_doubt{a->number, plus_ms(at, a->enquire_after_ms)}};
}

// --- evolve ---------------------------------------------------------------------------------------------------

const route_answer* route_of(const input& in) {
  if (auto* pay = std::get_if<pay_input>(&in))
    return &pay->route;
  if (auto* answered = std::get_if<attempt_input>(&in); answered != nullptr && answered->route)
    return &*answered->route;
  return nullptr;
}

attempt* find(state& s, uint32_t number) {
  return const_cast<attempt*>(find(std::as_const(s), number));
}

void note_evidence(attempt& a, const input& in) {
  if (auto* answered = std::get_if<attempt_input>(&in)) {
    a.code = answered->code;
    a.last_evidence = answered->source;
    a.last_outcome = answered->outcome;
    if (!answered->channel_ref.empty())
      a.channel_ref = answered->channel_ref;
  }
}

void settle(state& s, uint32_t number, const input& in, attempt_state to) {
  if (attempt* a = find(s, number)) {
    a->state = to;
    a->enquire_at = {};
    note_evidence(*a, in);
  }
}

struct evolver {
  state& s;
  instant at;
  const input& in;

  void operator()(const order_opened& e) {
    s.status = order_state::open;
    s.fingerprint = e.fingerprint;
    s.opened_at = at;
    if (auto* pay = std::get_if<pay_input>(&in)) {
      s.amount = pay->amount;
      s.method = pay->method;
      s.payer_code = pay->payer_code;
    }
  }
  void operator()(const attempt_intended& e) {
    attempt a;
    a.number = e.number;
    a.id = e.id;
    a.state = attempt_state::intended;
    a.submit_before = e.submit_before;
    a.reply_before = e.reply_before;
    if (const route_answer* route = route_of(in)) {
      a.channel = route->chosen;
      a.enquire_after_ms = route->enquire_after_ms;
      a.fee_minor = route->fee_minor;
      a.cost_minor = route->cost_minor;
    }
    s.attempts.push_back(std::move(a));
  }
  void operator()(const attempt_succeeded& e) { settle(s, e.number, in, attempt_state::succeeded); }
  void operator()(const attempt_failed& e) { settle(s, e.number, in, attempt_state::failed); }
  void operator()(const attempt_in_doubt& e) {
    settle(s, e.number, in, attempt_state::in_doubt);
    if (attempt* a = find(s, e.number)) {
      a->ever_in_doubt = true;
      a->enquire_at = e.enquire_at;
    }
  }
  void operator()(const enquiry_recorded& e) {
    if (attempt* a = find(s, e.number)) {
      a->enquiries = e.count;
      a->enquire_at = e.next_at;
      note_evidence(*a, in);
    }
  }
  void operator()(const attempt_manual& e) {
    if (attempt* a = find(s, e.number))
      a->state = attempt_state::manual;
  }
  void operator()(const contradiction_recorded&) { ++s.contradictions; }
  void operator()(const order_paid&) { s.status = order_state::paid; }
  void operator()(const order_failed&) { s.status = order_state::failed; }
  template <class Other>
  void operator()(const Other&) {} // events of other kinds of entity
};

} // namespace

const attempt* state::live_attempt() const {
  if (attempts.empty())
    return nullptr;
  const attempt& last = attempts.back();
  return last.state == attempt_state::intended || is_doubtful(last.state) ? &last : nullptr;
}

state initial(const stream_name& name, std::string_view environment) {
  state s;
  s.merchant = merchant_id::trusted(name.part(0));
  s.order_no = oncepay::order_no::trusted(name.part(1));
  s.environment = environment;
  return s;
}

hash128 fingerprint_of(const pay_input& in) {
  auto number = [](auto value) {
    return std::to_string(value);
  };
  return hash_parts_128({"order/1", number(in.amount.minor), number(in.amount.currency.numeric), in.method.str(),
                         as_text(std::span(in.payer_token))});
}

std::optional<route_question> inquire(const state& s, const input& in) {
  route_question q{s.merchant, s.order_no, 0, {}, s.amount, s.method, {}};
  if (auto* pay = std::get_if<pay_input>(&in); pay != nullptr && !is_known(s)) {
    q.amount = pay->amount;
    q.method = pay->method;
  } else if (auto* answered = std::get_if<attempt_input>(&in)) {
    const attempt* a = find(s, answered->attempt_number);
    const attempt_rule* rule =
        a == nullptr ? nullptr : find_attempt_rule(a->state, answered->source, answered->outcome);
    if (rule == nullptr || rule->then != consequence::move || !may_try_another(s, *a, *answered))
      return std::nullopt;
    for (const attempt& before : s.attempts)
      q.tried.push_back(before.channel);
  } else {
    return std::nullopt;
  }
  q.attempt_number = next_number(s);
  q.attempt = make_attempt_id(s.environment, s.merchant, s.order_no, q.attempt_number);
  return q;
}

verdict_on_input decide(const state& s, instant at, const input& in) {
  if (auto* pay = std::get_if<pay_input>(&in))
    return decide_pay(s, at, *pay);
  if (auto* answered = std::get_if<attempt_input>(&in))
    return decide_attempt(s, at, *answered);
  return refuse(errc::internal, "an input that isn't an order's");
}

void evolve(state& s, instant at, const input& in, const event& e) {
  std::visit(evolver{s, at, in}, e);
}

namespace {

alarm_effect alarm(const state& s, uint32_t attempt_number, std::string_view what) {
  return {"order " + s.merchant.str() + "/" + s.order_no.str() + ", attempt " + std::to_string(attempt_number) + ": " +
          std::string(what)};
}

} // namespace

std::vector<effect> effects(const state& after, const std::vector<event>& events) {
  std::vector<effect> result;
  for (const event& e : events) {
    if (auto* intended = std::get_if<attempt_intended>(&e)) {
      if (const attempt* a = find(after, intended->number))
        result.push_back(submit_effect{a->channel, a->id, a->number, after.amount, after.method, a->submit_before,
                                       a->reply_before, after.payer_code});
    } else if (auto* contradicted = std::get_if<contradiction_recorded>(&e)) {
      result.push_back(
          alarm(after, contradicted->number,
                "its channel contradicts its final result; nothing was changed, compare with the channel's "
                "statement"));
    } else if (auto* asked = std::get_if<enquiry_recorded>(&e)) {
      const attempt* a = find(after, asked->number);
      if (a != nullptr && a->state == attempt_state::manual)
        result.push_back(alarm(after, asked->number,
                               "still in doubt after " + std::to_string(asked->count) +
                                   " enquiries; find out at the channel what became of it"));
    } else if (auto* failed = std::get_if<attempt_failed>(&e)) {
      const attempt* a = find(after, failed->number);
      if (a != nullptr && a->last_outcome == reply_class::not_found)
        result.push_back(alarm(after, failed->number,
                               "its channel never received it, and it counts as failed; find out where it was lost"));
    }
  }
  return result;
}

std::optional<input> resume(const state& s) {
  const attempt* a = s.live_attempt();
  if (a == nullptr || a->state != attempt_state::intended)
    return std::nullopt;
  if (mutated(mutation::restart_proves_failure))
    return attempt_input{a->number, evidence::never_left, reply_class::failed_try_another, "RESTARTED", {}, {}};
  return attempt_input{a->number, evidence::restart, reply_class::unknown, "RESTARTED", {}, {}};
}

std::optional<input> overdue(const state& s, instant now) {
  const attempt* a = s.live_attempt();
  if (a == nullptr || a->state != attempt_state::intended || now < due(s))
    return std::nullopt;
  return attempt_input{a->number, evidence::reply_timeout, reply_class::unknown, "REPLY_TIMEOUT", {}, {}};
}

std::vector<channel_request_effect> requests_due(const state& s, instant now) {
  const attempt* a = s.live_attempt();
  if (a == nullptr || !is_doubtful(a->state) || !a->enquire_at || now < a->enquire_at)
    return {};
  channel_request_effect e;
  e.channel = a->channel;
  e.enquiry = true;
  e.id = a->id;
  e.attempt_number = a->number;
  e.nth = a->enquiries + 1;
  e.amount = s.amount;
  e.channel_ref = a->channel_ref;
  e.attempt_submit_before = a->submit_before;
  // As long as its payment might take: once for its turn at the limiter, once for the answer.
  const int64_t window_ms = (a->reply_before.ns - a->submit_before.ns) / ns_per_ms;
  e.submit_before = plus_ms(now, window_ms);
  e.reply_before = plus_ms(e.submit_before, window_ms);
  return {std::move(e)};
}

instant due(const state& s) {
  const attempt* a = s.live_attempt();
  if (a == nullptr)
    return {};
  return is_doubtful(a->state) ? a->enquire_at : plus_ms(a->reply_before, overdue_margin_ms);
}

bool answerable(const state& s) {
  const attempt* a = s.live_attempt();
  return s.status == order_state::paid || s.status == order_state::failed || (a != nullptr && is_doubtful(a->state));
}

errc standing(const state& s) {
  switch (s.status) {
  case order_state::none:
    return errc::unknown_order;
  case order_state::paid:
    return errc::ok;
  case order_state::failed:
    return errc::payment_failed;
  case order_state::open:
    break;
  }
  return answerable(s) ? errc::in_doubt : errc::processing;
}

order_view view(const state& s) {
  order_view v;
  v.merchant = s.merchant;
  v.order_no = s.order_no;
  v.state = s.status;
  v.amount = s.amount;
  v.method = s.method;
  v.opened_at = s.opened_at;
  for (const attempt& a : s.attempts) {
    v.in_doubt = is_doubtful(a.state);
    v.attempts.push_back(
        {a.number, a.channel, a.id, a.state, a.code, a.channel_ref, a.last_evidence, a.enquire_at, a.enquiries});
  }
  return v;
}

} // namespace oncepay::order
