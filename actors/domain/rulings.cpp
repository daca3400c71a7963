#include "actors/domain/rulings.hpp"

#include "actors/domain/attempt_rules.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/refund_rules.hpp"
#include "actors/domain/refunds.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <utf8proc.h>

namespace oncepay::order {

namespace {

constexpr const char* ruled_code = "RULED";

reply_class proves(ruling_outcome outcome) {
  // Of what is being reversed the outcome is the reversal's, as with its channel's own answers.
  return outcome == ruling_outcome::failed ? reply_class::failed_final : reply_class::succeeded;
}

bool is_rulable(const attempt& a, ruling_outcome outcome) {
  if ((outcome == ruling_outcome::reversed) != is_being_reversed(a.state))
    return false;
  return find_attempt_rule(a.state, evidence::ruling, proves(outcome)) != nullptr;
}

bool is_rulable(const state& s, const refund& r, ruling_outcome outcome) {
  // What has failed stays so, but for a surplus that people gave back by hand.
  if (r.state == refund_state::failed && &r != newest_offer(s))
    return false;
  return outcome != ruling_outcome::reversed && find_refund_rule(r.state, evidence::ruling, proves(outcome)) != nullptr;
}

bool is_rulable(const state& s, const ruling_proposal_input& said) {
  if (said.subject == ruling_subject::refund) {
    const refund* r = find_refund(s, said.number);
    return r != nullptr && is_rulable(s, *r, said.outcome);
  }
  const attempt* a = find_attempt(s, said.number);
  return a != nullptr && is_rulable(*a, said.outcome);
}

/// Until then its channel may be at work on it, and its answer is listened for. Nobody rules on that: the channel's
/// word is near, and its permit is out until then.
instant under_way_until(const state& s, const ruling_proposal_input& said) {
  if (said.subject == ruling_subject::refund) {
    const refund* r = find_refund(s, said.number);
    return r == nullptr ? instant{} : r->reply_before;
  }
  const attempt* a = find_attempt(s, said.number);
  return a == nullptr ? instant{} : a->reply_before;
}

std::string subject_of(const ruling_proposal_input& said) {
  return std::string(name(said.subject)) + " " + std::to_string(said.number);
}

/// "attempt 1 is succeeded".
std::string how_it_stands(const state& s, const ruling_proposal_input& said) {
  std::string_view stands = "none of this order's";
  if (said.subject == ruling_subject::refund) {
    if (const refund* r = find_refund(s, said.number))
      stands = name(r->state);
  } else if (const attempt* a = find_attempt(s, said.number)) {
    stands = name(a->state);
  }
  return subject_of(said) + " is " + std::string(stands);
}

ruling_id make_id(const state& s, instant at, const ruling_proposal_input& in) {
  auto number = [](auto value) {
    return std::to_string(value);
  };
  return ruling_id::trusted(base32(hash_parts_128(
      {"ruling/1", s.environment, s.merchant.str(), s.order_no.str(), number(s.rulings.size()), number(at.ns),
       name(in.subject), number(in.number), name(in.outcome), in.evidence, in.reason, in.operator_name})));
}

verdict_on_input follow(const state& s, instant at, const input& told) {
  if (auto* about_attempt = std::get_if<attempt_input>(&told))
    return decide_attempt(s, at, *about_attempt);
  return decide_refund_answer(s, at, std::get<refund_answer_input>(told));
}

/// Letters and digits of any script, as Unicode folds their case, without the accents of Latin, Greek and Cyrillic ones
/// and without what eyes don't see. Empty where nothing is left: two such names are taken for one.
std::u32string folded(std::string_view name) {
  constexpr auto how = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  constexpr char32_t first_with_vowel_marks = 0x590; // Hebrew; what stands before it has accents
  const auto* text = reinterpret_cast<const utf8proc_uint8_t*>(name.data());
  const auto length = static_cast<utf8proc_ssize_t>(name.size());
  const utf8proc_ssize_t needed = utf8proc_decompose(text, length, nullptr, 0, how);
  if (needed <= 0)
    return {};
  std::vector<utf8proc_int32_t> points(static_cast<size_t>(needed));
  utf8proc_decompose(text, length, points.data(), needed, how);
  std::u32string out;
  for (const utf8proc_int32_t point : points) {
    const utf8proc_category_t kind = utf8proc_category(point);
    const bool is_letter = kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
    const bool is_mark = kind >= UTF8PROC_CATEGORY_MN && kind <= UTF8PROC_CATEGORY_ME;
    const bool is_number = kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
    if (is_letter || is_number || (is_mark && !out.empty() && out.back() >= first_with_vowel_marks))
      out += static_cast<char32_t>(point);
  }
  return out;
}

struct ruling_evolver {
  state& s;
  instant at;
  const input& in;

  bool answered(ruling_standing how) const {
    auto* answer = std::get_if<ruling_answer_input>(&in);
    auto* r = answer == nullptr ? nullptr : const_cast<ruling*>(find_ruling(std::as_const(s), answer->ruling));
    if (r != nullptr) {
      r->standing = how;
      r->answered_by = answer->operator_name;
    }
    return true;
  }

  bool operator()(const ruling_proposed& e) const {
    if (auto* said = std::get_if<ruling_proposal_input>(&in))
      s.rulings.push_back({e.ruling, *said, at, e.expires_at});
    return true;
  }
  bool operator()(const ruling_approved&) const { return answered(ruling_standing::approved); }
  bool operator()(const ruling_withdrawn&) const { return answered(ruling_standing::withdrawn); }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

} // namespace

const ruling* find_ruling(const state& s, const ruling_id& id) {
  auto it = std::find_if(s.rulings.begin(), s.rulings.end(), [&](const ruling& r) { return r.id == id; });
  return it == s.rulings.end() ? nullptr : &*it;
}

const ruling* waiting_ruling(const state& s) {
  if (s.rulings.empty())
    return nullptr;
  const ruling& last = s.rulings.back();
  return last.standing == ruling_standing::proposed && is_rulable(s, last.said) ? &last : nullptr;
}

bool is_same_person(std::string_view a, std::string_view b) {
  return a == b || folded(a) == folded(b);
}

input evidence_of(const ruling_proposal_input& said) {
  if (said.subject == ruling_subject::refund)
    return refund_answer_input{said.number, evidence::ruling, proves(said.outcome), ruled_code, {}};
  return attempt_input{said.number, evidence::ruling, proves(said.outcome), ruled_code, {}, {}};
}

verdict_on_input decide_ruling_proposal(const state& s, instant at, const ruling_proposal_input& in) {
  if (s.status == order_state::none)
    return refuse(errc::unknown_order);
  const ruling* waiting = waiting_ruling(s);
  if (waiting != nullptr && at >= waiting->expires_at)
    waiting = nullptr;
  // Idempotency comes before every other rule: a retry gets its answer after the ruling was approved, too.
  const bool is_repeat = std::any_of(s.rulings.begin(), s.rulings.end(), [&](const ruling& r) {
    return r.said == in && (&r == waiting || r.standing == ruling_standing::approved);
  });
  if (is_repeat)
    return std::vector<event>{};
  if (!is_rulable(s, in))
    return refuse(errc::nothing_to_rule, how_it_stands(s, in) + ", and \"" + std::string(name(in.outcome)) +
                                             "\" can't be said of that; what is final stays final");
  if (const instant until = under_way_until(s, in); at < until)
    return refuse(errc::nothing_to_rule,
                  "its channel may be at work on " + subject_of(in) + " until " + to_string(until) + ": wait for that");
  if (waiting != nullptr)
    return refuse(errc::ruling_waits, "ruling " + waiting->id.str() + " on this order, proposed by " +
                                          waiting->said.operator_name +
                                          ", waits for approval: approve or withdraw that one first");
  if (s.rulings.size() >= limits::rulings_max)
    return refuse(errc::too_many_rulings);
  return std::vector<event>{ruling_proposed{make_id(s, at, in), plus_ms(at, limits::ruling_valid_ms)}};
}

verdict_on_input decide_ruling_answer(const state& s, instant at, const ruling_answer_input& in) {
  if (s.status == order_state::none)
    return refuse(errc::unknown_order);
  const ruling* r = find_ruling(s, in.ruling);
  if (r == nullptr)
    return refuse(errc::unknown_ruling);
  if (r->standing != ruling_standing::proposed) {
    const bool is_repeat =
        in.approve == (r->standing == ruling_standing::approved) && is_same_person(in.operator_name, r->answered_by);
    if (is_repeat)
      return std::vector<event>{};
    return refuse(errc::ruling_over, "the ruling was " + std::string(name(r->standing)) + " by " + r->answered_by);
  }
  if (at >= r->expires_at)
    return refuse(errc::ruling_over,
                  "the ruling wasn't approved by " + to_string(r->expires_at) + " and has expired: propose it anew");
  // The first evidence wins (C3).
  if (!is_rulable(s, r->said) && !mutated(mutation::rule_after_evidence))
    return refuse(errc::ruling_over,
                  "evidence came before the approval: " + how_it_stands(s, r->said) + "; nothing was changed");
  if (!in.approve)
    return std::vector<event>{ruling_withdrawn{}};
  if (is_same_person(r->said.operator_name, in.operator_name) && !mutated(mutation::rule_alone))
    return refuse(errc::second_person, r->said.operator_name +
                                           " proposed this ruling and can't approve it: another person has to look at "
                                           "the evidence");
  auto follows = follow(s, at, evidence_of(r->said));
  if (follows)
    follows->insert(follows->begin(), ruling_approved{});
  return follows;
}

bool evolve_ruling(state& s, instant at, const input& in, const event& e) {
  return std::visit(ruling_evolver{s, at, in}, e);
}

} // namespace oncepay::order
