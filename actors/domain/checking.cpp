#include "actors/domain/checking.hpp"

#include "actors/domain/attempt_rules.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/domain/refund_rules.hpp"
#include "actors/domain/refunds.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::order {

namespace {

constexpr std::string_view restarted = "RESTARTED";

/// All that channels can be asked about again: what was paid, and what was given back of it.
template <class Function>
void for_each(const state& s, Function what) {
  for (const attempt& a : s.attempts)
    what(a);
  for (const refund& r : s.refunds)
    what(r);
}

bool is_settled(const attempt& a) {
  return a.state == attempt_state::succeeded || a.state == attempt_state::failed;
}
bool is_settled(const refund& r) {
  return r.state == refund_state::succeeded || r.state == refund_state::failed;
}

/// Money that goes back, or went, makes channels say other things of the payment than that it was made; so does ending
/// the agreement of a binding, and not ending the one that a payment signed.
bool goes_back(const state& s, const attempt& a) {
  return s.surplus_attempt == a.number || std::any_of(s.refunds.begin(), s.refunds.end(), [&](const refund& r) {
           return r.attempt_number == a.number && r.state != refund_state::failed &&
                  (!r.unbinds || s.kind == order_kind::bind);
         });
}
/// What went back stays there.
bool goes_back(const state&, const refund&) {
  return false;
}

template <class Operation>
bool can_be_checked(const state& s, const Operation& x) {
  return is_settled(x) && x.last_evidence != evidence::never_left && !goes_back(s, x) && x.checks < limits::checks_max;
}

const attempt* attempt_of(const state&, const attempt& a) {
  return &a;
}
const attempt* attempt_of(const state& s, const refund& r) {
  return find_attempt(s, r.attempt_number);
}

uint32_t refund_number(const attempt&) {
  return 0;
}
uint32_t refund_number(const refund& r) {
  return r.number;
}

check_begun begin(const attempt& at_channel, uint32_t refund_number, instant at) {
  const instant submit_before = plus_ms(at, limits::check_wait_ms_max);
  return {at_channel.number, submit_before, plus_ms(submit_before, window_ms(at_channel)), refund_number};
}

check_result worth(const consequence* then, reply_class believed) {
  if (then != nullptr && *then == consequence::contradiction)
    return check_result::disagrees;
  return is_definite(believed) || believed == reply_class::not_found ? check_result::agrees
                                                                     : check_result::nothing_proven;
}

/// What the channel says now, beside what is recorded.
check_result compare(const state& s, const attempt& a, const attempt_input& in) {
  if (!is_settled(a) || goes_back(s, a) || in.source != evidence::enquiry)
    return check_result::nothing_proven;
  const reply_class believed = believed_outcome(in, a.submit_before);
  // "Not found" fails no pay-out; but that its channel has never heard of one that counts as paid is for a person to
  // see.
  const bool proves_no_failure = s.kind == order_kind::pay_out && a.state != attempt_state::succeeded;
  const reply_class outcome = proves_no_failure ? believed_of_pay_out(believed) : believed;
  const attempt_rule* rule = find_attempt_rule(a.state, evidence::enquiry, outcome);
  return worth(rule == nullptr ? nullptr : &rule->then, outcome);
}
check_result compare(const state&, const refund& r, const refund_answer_input& in) {
  if (!is_settled(r) || in.source != evidence::enquiry)
    return check_result::nothing_proven;
  const reply_class outcome = believed_outcome(in, r.submit_before);
  const refund_rule* rule = find_refund_rule(r.state, evidence::enquiry, outcome);
  return worth(rule == nullptr ? nullptr : &rule->then, outcome);
}

event contradicted(const attempt& a) {
  return contradiction_recorded{a.number};
}
event contradicted(const refund& r) {
  return refund_contradicted{r.number};
}

/// Breaks a rule where a test wants it broken.
std::vector<event> settled_anew(const attempt& a) {
  if (a.state == attempt_state::succeeded)
    return {attempt_failed{a.number}, order_failed{static_cast<uint16_t>(errc::payment_failed)}};
  return {attempt_succeeded{a.number}};
}
std::vector<event> settled_anew(const refund& r) {
  if (r.state == refund_state::succeeded)
    return {refund_failed{r.number, {}}};
  return {refund_succeeded{r.number, {}}};
}

template <class Operation>
verdict_on_input decide_answer(const Operation& x, uint32_t attempt_number, check_result result) {
  if (result == check_result::disagrees) {
    if (mutated(mutation::check_settles))
      return settled_anew(x);
    // However late it comes: who contradicts is to be looked at.
    return std::vector<event>{attempt_checked{attempt_number, result, refund_number(x)}, contradicted(x)};
  }
  if (!x.check_until)
    return std::vector<event>{}; // it was over before, and this says no more
  return std::vector<event>{attempt_checked{attempt_number, result, refund_number(x)}};
}

enquiry_facts facts_of_check() {
  enquiry_facts facts;
  facts.check = true;
  return facts;
}
input unanswered(const attempt& a, std::string_view code) {
  return attempt_input{a.number, evidence::enquiry_failed, reply_class::unknown, std::string(code), {},
                       {},       facts_of_check()};
}
input unanswered(const refund& r, std::string_view code) {
  return refund_answer_input{r.number, evidence::enquiry_failed, reply_class::unknown, std::string(code),
                             {},       facts_of_check()};
}

struct check_evolver {
  state& s;

  template <class Function>
  bool change(uint32_t number, uint32_t refund_number, Function what) const {
    if (refund_number != 0) {
      if (auto* r = const_cast<refund*>(find_refund(std::as_const(s), refund_number)))
        what(*r);
    } else if (auto* a = const_cast<attempt*>(find_attempt(std::as_const(s), number))) {
      what(*a);
    }
    return true;
  }

  bool operator()(const check_begun& e) const {
    return change(e.number, e.refund_number, [&](auto& x) {
      ++x.checks;
      x.check_at = {};
      x.check_until = e.reply_before;
      x.checked = check_result::none;
    });
  }
  bool operator()(const attempt_checked& e) const {
    return change(e.number, e.refund_number, [&](auto& x) {
      x.check_until = {};
      x.checked = e.result;
    });
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

channel_request_effect question_about(const state& s, const attempt& a) {
  channel_request_effect ask;
  ask.channel = a.channel;
  ask.operation = operation_of(s);
  ask.id = a.id;
  ask.original = a.id;
  ask.attempt_number = a.number;
  ask.nth = a.checks;
  ask.amount = s.amount;
  ask.paid = s.amount;
  ask.channel_ref = a.channel_ref;
  ask.wallet = paying_wallet(s);
  ask.attempt_submit_before = a.submit_before;
  return ask;
}

channel_request_effect as_check(channel_request_effect ask, const check_begun& e) {
  ask.enquiry = true;
  ask.check = true;
  ask.submit_before = e.submit_before;
  ask.reply_before = e.reply_before;
  return ask;
}

} // namespace

bool is_check(const attempt_input& in) {
  return in.enquiry && in.enquiry->check;
}
bool is_check(const refund_answer_input& in) {
  return in.enquiry && in.enquiry->check;
}

verdict_on_input decide_check(const state& s, instant at, const check_input& in) {
  if (s.status == order_state::none)
    return refuse(errc::unknown_order);
  std::vector<event> events;
  bool any_under_way = false;
  for_each(s, [&](const auto& x) {
    const attempt* a = attempt_of(s, x);
    if (a == nullptr || (!in.channel.empty() && a->channel != in.channel))
      return;
    if (x.check_until)
      any_under_way = true; // not twice at once: whoever asks now hears what comes of that one
    else if (can_be_checked(s, x))
      events.emplace_back(begin(*a, refund_number(x), at));
  });
  if (events.empty() && !any_under_way)
    return refuse(errc::nothing_to_check);
  return events;
}

verdict_on_input decide_check_answer(const state& s, const attempt& a, const attempt_input& in) {
  return decide_answer(a, a.number, compare(s, a, in));
}
verdict_on_input decide_check_answer(const state& s, const refund& r, const refund_answer_input& in) {
  return decide_answer(r, r.attempt_number, compare(s, r, in));
}

std::vector<event> begin_checks_due(const state& s, instant at) {
  std::vector<event> events;
  for_each(s, [&](const auto& x) {
    const attempt* a = attempt_of(s, x);
    if (a != nullptr && x.check_at && at >= x.check_at && !x.check_until && can_be_checked(s, x))
      events.emplace_back(begin(*a, refund_number(x), at));
  });
  return events;
}

instant check_due(const state& s) {
  instant first;
  for_each(s, [&](const auto& x) {
    if (x.check_at && !x.check_until && can_be_checked(s, x) && (!first || x.check_at < first))
      first = x.check_at;
  });
  return first;
}

instant check_overdue(const state& s) {
  instant first;
  for_each(s, [&](const auto& x) {
    if (const instant over = plus_ms(x.check_until, overdue_margin_ms); x.check_until && (!first || over < first))
      first = over;
  });
  return first;
}

std::optional<input> overdue_check(const state& s, instant now) {
  std::optional<input> told;
  for_each(s, [&](const auto& x) {
    if (!told && x.check_until && now >= plus_ms(x.check_until, overdue_margin_ms))
      told = unanswered(x, "REPLY_TIMEOUT");
  });
  return told;
}

std::vector<input> resume_checks(const state& s) {
  std::vector<input> result;
  for_each(s, [&](const auto& x) {
    if (x.check_until)
      result.push_back(unanswered(x, restarted));
  });
  return result;
}

void note_settled(attempt& a, instant at) {
  if (a.check_after_ms != 0 && is_settled(a) && a.last_evidence != evidence::never_left)
    a.check_at = plus_ms(at, a.check_after_ms);
}

void note_settled(const state& s, refund& r, instant at) {
  const attempt* a = find_attempt(s, r.attempt_number);
  if (a != nullptr && a->check_after_ms != 0 && is_settled(r) && r.last_evidence != evidence::never_left)
    r.check_at = plus_ms(at, a->check_after_ms);
}

bool evolve_check(state& s, const event& e) {
  return std::visit(check_evolver{s}, e);
}

void add_check_effects(const state& after, const event& e, std::vector<effect>& result) {
  auto* begun = std::get_if<check_begun>(&e);
  const attempt* a = begun == nullptr ? nullptr : find_attempt(after, begun->number);
  if (a == nullptr)
    return;
  const refund* r = find_refund(after, begun->refund_number);
  if (begun->refund_number == 0) {
    result.emplace_back(as_check(question_about(after, *a), *begun));
  } else if (r != nullptr) {
    channel_request_effect ask = request_about(after, *r, *a);
    ask.nth = r->checks;
    result.emplace_back(as_check(std::move(ask), *begun));
  }
}

bool checks_are_over(const state& s) {
  bool over = true;
  for_each(s, [&](const auto& x) { over = over && !x.check_until; });
  return over;
}

errc standing_of_checks(const state& s) {
  if (s.status == order_state::none)
    return errc::unknown_order;
  if (!checks_are_over(s))
    return errc::processing;
  const auto any = [&](check_result what) {
    bool found = false;
    for_each(s, [&](const auto& x) { found = found || x.checked == what; });
    return found;
  };
  return any(check_result::disagrees)        ? errc::check_disagrees
         : any(check_result::nothing_proven) ? errc::check_unanswered
                                             : errc::ok;
}

} // namespace oncepay::order
