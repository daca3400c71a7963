#include "actors/domain/telling.hpp"

#include "actors/domain/refunds.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace oncepay::order {

namespace {

constexpr uint32_t tries_max = limits::telling_intervals_ms.size() + 1;

const telling* find_telling(const state& s, uint32_t number) {
  return number >= 1 && number <= s.tellings.size() ? &s.tellings[number - 1] : nullptr;
}

/// A surplus is given back of our own accord: its merchant knows nothing of it.
std::optional<merchant_to_tell> of_refund(const state& s, uint32_t refund_number, told_result result) {
  const refund* r = find_refund(s, refund_number);
  if (r == nullptr || r->is_surplus())
    return std::nullopt;
  if (r->unbinds)
    result = result == told_result::refund_succeeded ? told_result::unbound : told_result::unbind_failed;
  return merchant_to_tell{0, result, refund_number};
}

told_result result_of_success(const state& s) {
  return s.kind == order_kind::bind           ? told_result::bound
         : s.kind == order_kind::authenticate ? told_result::authenticated
                                              : told_result::paid;
}

std::optional<merchant_to_tell> result_of(const state& s, const event& e) {
  if (std::holds_alternative<order_paid>(e))
    return merchant_to_tell{0, result_of_success(s), 0};
  if (std::holds_alternative<order_failed>(e))
    return merchant_to_tell{0, told_result::failed, 0};
  if (std::holds_alternative<order_closed>(e))
    return merchant_to_tell{0, told_result::closed, 0};
  if (auto* succeeded = std::get_if<refund_succeeded>(&e))
    return of_refund(s, succeeded->number, told_result::refund_succeeded);
  if (auto* failed = std::get_if<refund_failed>(&e))
    return of_refund(s, failed->number, told_result::refund_failed);
  return std::nullopt;
}

struct telling_evolver {
  state& s;
  instant at;

  telling* find(uint32_t number) const { return const_cast<telling*>(find_telling(std::as_const(s), number)); }

  bool operator()(const merchant_to_tell& e) const {
    s.tellings.push_back({e.number, e.result, e.refund_number, at, at});
    return true;
  }
  bool operator()(const merchant_told& e) const {
    if (telling* t = find(e.number)) {
      t->acknowledged = true;
      t->next_at = {};
    }
    return true;
  }
  bool operator()(const merchant_not_told& e) const {
    if (telling* t = find(e.number)) {
      t->tries = e.count;
      t->next_at = e.next_at;
    }
    return true;
  }
  bool operator()(const telling_given_up& e) const {
    if (telling* t = find(e.number))
      t->next_at = {};
    return true;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

} // namespace

void add_results_to_tell(const state& s, std::vector<event>& events) {
  auto number = static_cast<uint32_t>(s.tellings.size());
  for (size_t i = 0, decided = events.size(); i < decided; ++i)
    if (auto to_tell = result_of(s, events[i])) {
      to_tell->number = ++number;
      events.emplace_back(*to_tell);
    }
}

verdict_on_input decide_telling(const state& s, instant at, const telling_input& in) {
  const telling* t = find_telling(s, in.number);
  if (t == nullptr)
    return refuse(errc::internal, "a merchant was told what isn't to be told");
  if (t->acknowledged)
    return std::vector<event>{};
  // However late it comes: whoever acknowledged has heard it.
  if (in.fate == telling_fate::acknowledged || mutated(mutation::failed_telling_is_told))
    return std::vector<event>{merchant_told{t->number}};
  if (in.nth <= t->tries || !t->next_at)
    return std::vector<event>{}; // of a try that was counted, or when nobody is to be told any more
  const uint32_t count = t->tries + 1;
  if (count >= tries_max)
    return std::vector<event>{merchant_not_told{t->number, count, {}}, telling_given_up{t->number}};
  return std::vector<event>{merchant_not_told{t->number, count, plus_ms(at, limits::telling_intervals_ms[count - 1])}};
}

bool evolve_telling(state& s, instant at, const event& e) {
  return std::visit(telling_evolver{s, at}, e);
}

void add_telling_effects(const state& after, const event& e, std::vector<effect>& result) {
  auto* given_up = std::get_if<telling_given_up>(&e);
  const telling* t = given_up == nullptr ? nullptr : find_telling(after, given_up->number);
  if (t != nullptr)
    result.push_back(alarm_effect{"order " + after.merchant.str() + "/" + after.order_no.str() +
                                  ": its merchant was told \"" + std::string(name(t->result)) + "\" " +
                                  std::to_string(t->tries) +
                                  " times and never acknowledged it; it isn't told any more, see that it knows"});
}

std::vector<telling_effect> tellings_due(const state& s, instant now) {
  std::vector<telling_effect> result;
  for (const telling& t : s.tellings) {
    if (!t.next_at || now < t.next_at)
      continue;
    telling_effect e;
    e.merchant = s.merchant;
    e.order_no = s.order_no;
    e.number = t.number;
    e.nth = t.tries + 1;
    e.result = t.result;
    if (mutated(mutation::tell_failed_as_paid) && t.result == told_result::failed)
      e.result = told_result::paid;
    e.amount = s.amount;
    e.kind = s.kind;
    if (const refund* r = find_refund(s, t.refund_number)) {
      e.refund_no = r->refund_no;
      e.refund_amount_minor = r->amount_minor;
    }
    e.id = make_telling_id(s.environment, s.merchant, s.order_no, t.number, name(e.result));
    e.decided_at = t.decided_at;
    e.answer_before = plus_ms(now, limits::telling_wait_ms_max + limits::telling_reply_ms_max);
    result.push_back(std::move(e));
  }
  return result;
}

instant telling_due(const state& s, instant after) {
  instant first;
  for (const telling& t : s.tellings)
    if (t.next_at > after && (!first || t.next_at < first))
      first = t.next_at;
  return first;
}

} // namespace oncepay::order
