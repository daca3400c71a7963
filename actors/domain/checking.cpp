#include "actors/domain/checking.hpp"

#include "actors/domain/attempt_rules.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/pay_out.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::order {

namespace {

constexpr std::string_view restarted = "RESTARTED";

bool is_settled(const attempt& a) {
  return a.state == attempt_state::succeeded || a.state == attempt_state::failed;
}

/// Money that goes back, or went, makes channels say other things of the payment than that it was made.
bool goes_back(const state& s, const attempt& a) {
  return s.surplus_attempt == a.number || std::any_of(s.refunds.begin(), s.refunds.end(), [&](const refund& r) {
           return r.attempt_number == a.number && r.state != refund_state::failed;
         });
}

bool can_be_checked(const state& s, const attempt& a) {
  return is_settled(a) && a.last_evidence != evidence::never_left && !goes_back(s, a) && a.checks < limits::checks_max;
}

check_begun begin(const attempt& a, instant at) {
  const instant submit_before = plus_ms(at, limits::check_wait_ms_max);
  return {a.number, submit_before, plus_ms(submit_before, window_ms(a))};
}

/// What the channel says now, beside what is recorded.
check_result compare(const state& s, const attempt& a, const attempt_input& in) {
  if (!is_settled(a) || goes_back(s, a) || in.source != evidence::enquiry)
    return check_result::nothing_proven;
  const reply_class believed = believed_outcome(in, a.submit_before);
  const reply_class outcome = s.kind == order_kind::pay_out ? believed_of_pay_out(believed) : believed;
  const attempt_rule* rule = find_attempt_rule(a.state, evidence::enquiry, outcome);
  if (rule != nullptr && rule->then == consequence::contradiction)
    return check_result::disagrees;
  return is_definite(outcome) || outcome == reply_class::not_found ? check_result::agrees
                                                                   : check_result::nothing_proven;
}

attempt_input unanswered(const attempt& a, std::string_view code) {
  enquiry_facts facts;
  facts.check = true;
  return {a.number, evidence::enquiry_failed, reply_class::unknown, std::string(code), {}, {}, facts};
}

struct check_evolver {
  state& s;

  attempt* find(uint32_t number) const { return const_cast<attempt*>(find_attempt(std::as_const(s), number)); }

  bool operator()(const check_begun& e) const {
    if (attempt* a = find(e.number)) {
      ++a->checks;
      a->check_at = {};
      a->check_until = e.reply_before;
      a->checked = check_result::none;
    }
    return true;
  }
  bool operator()(const attempt_checked& e) const {
    if (attempt* a = find(e.number)) {
      a->check_until = {};
      a->checked = e.result;
    }
    return true;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

channel_request_effect ask_about(const state& s, const attempt& a, const check_begun& e) {
  channel_request_effect ask;
  ask.channel = a.channel;
  ask.operation = operation_of(s);
  ask.enquiry = true;
  ask.check = true;
  ask.id = a.id;
  ask.original = a.id;
  ask.attempt_number = a.number;
  ask.nth = a.checks;
  ask.amount = s.amount;
  ask.paid = s.amount;
  ask.channel_ref = a.channel_ref;
  ask.wallet = paying_wallet(s);
  ask.attempt_submit_before = a.submit_before;
  ask.submit_before = e.submit_before;
  ask.reply_before = e.reply_before;
  return ask;
}

} // namespace

bool is_check(const attempt_input& in) {
  return in.enquiry && in.enquiry->check;
}

verdict_on_input decide_check(const state& s, instant at, const check_input& in) {
  if (s.status == order_state::none)
    return refuse(errc::unknown_order);
  std::vector<event> events;
  bool any_under_way = false;
  for (const attempt& a : s.attempts) {
    if (!in.channel.empty() && a.channel != in.channel)
      continue;
    if (a.check_until)
      any_under_way = true; // not twice at once: whoever asks now hears what comes of that one
    else if (can_be_checked(s, a))
      events.emplace_back(begin(a, at));
  }
  if (events.empty() && !any_under_way)
    return refuse(errc::nothing_to_check);
  return events;
}

verdict_on_input decide_check_answer(const state& s, const attempt& a, const attempt_input& in) {
  const check_result result = compare(s, a, in);
  if (result == check_result::disagrees) {
    if (mutated(mutation::check_settles)) {
      if (a.state == attempt_state::succeeded)
        return std::vector<event>{attempt_failed{a.number}, order_failed{static_cast<uint16_t>(errc::payment_failed)}};
      return std::vector<event>{attempt_succeeded{a.number}};
    }
    // However late it comes: who contradicts is to be looked at.
    return std::vector<event>{attempt_checked{a.number, result}, contradiction_recorded{a.number}};
  }
  if (!a.check_until)
    return std::vector<event>{}; // it was over before, and this says no more
  return std::vector<event>{attempt_checked{a.number, result}};
}

std::vector<event> begin_checks_due(const state& s, instant at) {
  std::vector<event> events;
  for (const attempt& a : s.attempts)
    if (a.check_at && at >= a.check_at && !a.check_until && can_be_checked(s, a))
      events.emplace_back(begin(a, at));
  return events;
}

instant check_due(const state& s) {
  instant first;
  for (const attempt& a : s.attempts)
    if (a.check_at && !a.check_until && can_be_checked(s, a) && (!first || a.check_at < first))
      first = a.check_at;
  return first;
}

instant check_overdue(const state& s) {
  instant first;
  for (const attempt& a : s.attempts)
    if (const instant over = plus_ms(a.check_until, overdue_margin_ms); a.check_until && (!first || over < first))
      first = over;
  return first;
}

std::optional<input> overdue_check(const state& s, instant now) {
  for (const attempt& a : s.attempts)
    if (a.check_until && now >= plus_ms(a.check_until, overdue_margin_ms))
      return unanswered(a, "REPLY_TIMEOUT");
  return std::nullopt;
}

std::vector<input> resume_checks(const state& s) {
  std::vector<input> result;
  for (const attempt& a : s.attempts)
    if (a.check_until)
      result.emplace_back(unanswered(a, restarted));
  return result;
}

void note_settled(attempt& a, instant at) {
  if (a.check_after_ms != 0 && is_settled(a) && a.last_evidence != evidence::never_left)
    a.check_at = plus_ms(at, a.check_after_ms);
}

bool evolve_check(state& s, const event& e) {
  return std::visit(check_evolver{s}, e);
}

void add_check_effects(const state& after, const event& e, std::vector<effect>& result) {
  auto* begun = std::get_if<check_begun>(&e);
  const attempt* a = begun == nullptr ? nullptr : find_attempt(after, begun->number);
  if (a != nullptr)
    result.emplace_back(ask_about(after, *a, *begun));
}

bool checks_are_over(const state& s) {
  return std::none_of(s.attempts.begin(), s.attempts.end(), [](const attempt& a) { return bool(a.check_until); });
}

errc standing_of_checks(const state& s) {
  if (s.status == order_state::none)
    return errc::unknown_order;
  if (!checks_are_over(s))
    return errc::processing;
  const auto any = [&](check_result r) {
    return std::any_of(s.attempts.begin(), s.attempts.end(), [r](const attempt& a) { return a.checked == r; });
  };
  return any(check_result::disagrees)        ? errc::check_disagrees
         : any(check_result::nothing_proven) ? errc::check_unanswered
                                             : errc::ok;
}

} // namespace oncepay::order
