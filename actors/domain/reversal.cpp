#include "actors/domain/reversal.hpp"

#include "actors/domain/ledger.hpp"
#include "actors/domain/order_parts.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::order {

namespace {

/// The channel puts it off, doesn't answer, or refuses: asked again later, and a person is told where that won't help.
std::vector<event> reverse_again(const attempt& a, instant at, bool refused) {
  constexpr uint32_t doublings_max = 20;
  const uint32_t count = a.reversals + 1;
  const bool to_person = refused || count >= limits::reversals_max || a.state == attempt_state::reversal_manual;
  const int64_t wait_ms = to_person ? limits::manual_again_ms
                                    : std::min(limits::reversal_again_ms << std::min(a.reversals, doublings_max),
                                               limits::reversal_again_ms_max);
  std::vector<event> events{reversal_recorded{a.number, count, plus_ms(at, wait_ms)}};
  if (to_person && a.state != attempt_state::reversal_manual)
    events.push_back(reversal_manual{a.number});
  return events;
}

verdict_on_input reversed(const state& s, const attempt& a) {
  attempt_reversed e{a.number, {}};
  if (s.surplus_attempt == a.number) {
    auto postings = ledger::surplus_refunded(a.channel, s.amount);
    if (!postings)
      return refuse(errc::internal, "the reversal's postings can't be made");
    e.postings = std::move(*postings);
  }
  std::vector<event> events{std::move(e)};
  // No other channel is tried: the attempt was in doubt (C6), and the code that the payer showed is out of date.
  if (s.status == order_state::closing)
    events.push_back(order_closed{});
  else if (s.status == order_state::open)
    events.push_back(order_failed{static_cast<uint16_t>(errc::payment_failed)});
  return events;
}

alarm_effect alarm(const state& s, const attempt& a, std::string_view what) {
  return {"order " + s.merchant.str() + "/" + s.order_no.str() + ", attempt " + std::to_string(a.number) + ": " +
          std::string(what)};
}

struct reversal_evolver {
  state& s;
  const input& in;

  attempt* find(uint32_t number) const { return const_cast<attempt*>(find_attempt(std::as_const(s), number)); }

  void note_evidence(attempt& a) const {
    if (auto* answered = std::get_if<attempt_input>(&in)) {
      a.code = answered->code;
      a.last_evidence = answered->source;
      a.last_outcome = answered->outcome;
    }
  }

  bool operator()(const attempt_reversing& e) const {
    if (attempt* a = find(e.number)) {
      a->state = attempt_state::reversing;
      a->enquire_at = e.ask_at;
    }
    return true;
  }
  bool operator()(const reversal_recorded& e) const {
    if (attempt* a = find(e.number)) {
      a->reversals = e.count;
      a->enquire_at = e.next_at;
      note_evidence(*a);
    }
    return true;
  }
  bool operator()(const attempt_reversed& e) const {
    if (attempt* a = find(e.number)) {
      a->state = attempt_state::reversed;
      a->enquire_at = {};
      note_evidence(*a);
    }
    return true;
  }
  bool operator()(const reversal_manual& e) const {
    if (attempt* a = find(e.number))
      a->state = attempt_state::reversal_manual;
    return true;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

} // namespace

bool is_reversible(const attempt& a) {
  return a.reverse_after_ms != 0;
}

int64_t enquiry_interval_ms(const attempt& a, uint32_t count, const enquiry_facts& facts) {
  const int64_t patient_ms = count == 0 ? int64_t{a.enquire_after_ms} : next_interval_ms(a, count, facts);
  if (!is_reversible(a))
    return patient_ms;
  const int64_t poll_ms = std::max<int64_t>(1, a.reverse_after_ms / limits::polls_until_reversal);
  return std::min(patient_ms, count == 0 ? poll_ms : 2 * poll_ms);
}

instant reversal_due(const state& s) {
  const attempt* a = s.live_attempt();
  if (a == nullptr || !is_reversible(*a) || (a->state != attempt_state::in_doubt && a->state != attempt_state::manual))
    return {};
  // Who wants the order closed doesn't wait for the payer's password.
  const bool has_all_the_time = a->payer_confirms && s.status == order_state::open;
  return plus_ms(a->intended_at, has_all_the_time ? a->reverse_after_ms : a->reverse_after_ms / 2);
}

std::vector<event> begin_reversal(const state& s, instant at, const attempt& a) {
  std::vector<event> events{attempt_reversing{a.number, at}};
  if (mutated(mutation::fail_before_reversed) && s.status == order_state::open)
    events.push_back(order_failed{static_cast<uint16_t>(errc::payment_failed)});
  return events;
}

verdict_on_input decide_reversal_answer(const state& s, instant at, const attempt& a, const attempt_input& in,
                                        const attempt_rule& rule) {
  // It told of the payment before, and gave nothing back: a person finds out where the money is.
  if (in.source == evidence::reverse_reply && in.outcome == reply_class::not_found && s.surplus_attempt == a.number)
    return reverse_again(a, at, true);
  if (rule.then == consequence::move && rule.to == attempt_state::reversed)
    return reversed(s, a);
  return reverse_again(a, at, rule.to == attempt_state::reversal_manual);
}

verdict_on_input set_success_aside(const state& s, const attempt& a) {
  if (s.surplus_attempt != 0)
    return std::vector<event>{};
  auto postings = ledger::surplus_booked(a.channel, s.amount);
  if (!postings)
    return refuse(errc::internal, "the surplus' postings can't be made");
  return std::vector<event>{surplus_booked{a.number, std::move(*postings)}};
}

bool evolve_reversal(state& s, const input& in, const event& e) {
  return std::visit(reversal_evolver{s, in}, e);
}

void add_reversal_effects(const state& after, const event& e, std::vector<effect>& result) {
  if (auto* recorded = std::get_if<reversal_recorded>(&e)) {
    const attempt* a = find_attempt(after, recorded->number);
    if (a != nullptr && a->state == attempt_state::reversal_manual)
      result.push_back(alarm(after, *a,
                             "its reversal isn't confirmed after " + std::to_string(recorded->count) + " times, " +
                                 a->code +
                                 "; find out at the channel whether the payer has the money, and give it back there"));
  } else if (auto* done = std::get_if<attempt_reversed>(&e)) {
    const attempt* a = find_attempt(after, done->number);
    if (a != nullptr && a->last_outcome == reply_class::not_found)
      result.push_back(alarm(after, *a,
                             "its channel never received it, and it counts as reversed; find out where it "
                             "was lost"));
  }
}

std::optional<channel_request_effect> reversal_request_due(const state& s, instant now) {
  const attempt* a = s.live_attempt();
  if (a == nullptr || !is_being_reversed(a->state) || !a->enquire_at || now < a->enquire_at)
    return std::nullopt;
  channel_request_effect e;
  e.channel = a->channel;
  e.operation = operation::reverse;
  e.id = a->id;
  e.original = a->id;
  e.attempt_number = a->number;
  e.nth = a->reversals + 1;
  e.amount = s.amount;
  e.paid = s.amount;
  e.channel_ref = a->channel_ref;
  e.attempt_submit_before = a->submit_before;
  e.submit_before = plus_ms(now, window_ms(*a));
  e.reply_before = plus_ms(e.submit_before, window_ms(*a));
  return e;
}

} // namespace oncepay::order
