#include "actors/domain/order.hpp"

#include "actors/domain/account_link.hpp"
#include "actors/domain/agreement.hpp"
#include "actors/domain/attempt_rules.hpp"
#include "actors/domain/checking.hpp"
#include "actors/domain/closing.hpp"
#include "actors/domain/ledger.hpp"
#include "actors/domain/order_parts.hpp"
#include "actors/domain/pay_out.hpp"
#include "actors/domain/refunds.hpp"
#include "actors/domain/reversal.hpp"
#include "actors/domain/rulings.hpp"
#include "actors/domain/step_up.hpp"
#include "actors/domain/telling.hpp"
#include "actors/domain/wallet.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>
#include <utility>

namespace oncepay::order {

attempt_intended intend(const state& s, uint32_t number, instant at, const route_answer& route) {
  instant submit_before = plus_ms(at, route.submit_within_ms);
  return {number, make_attempt_id(s.environment, s.merchant, s.order_no, number), submit_before,
          plus_ms(submit_before, route.reply_within_ms)};
}

namespace {

bool is_known(const state& s) {
  return s.status != order_state::none && !mutated(mutation::forget_idempotency);
}

verdict_on_input decide_pay(const state& s, instant at, const pay_input& in) {
  if (asks_for_grant(s, in))
    return decide_grant(s, in);
  // Idempotency comes before every business rule, so that a retry gets its answer after the world has moved on.
  if (is_known(s)) {
    if (fingerprint_of(in) != s.fingerprint && !mutated(mutation::ignore_fingerprint))
      return refuse(errc::order_conflict);
    return std::vector<event>{};
  }
  if (in.payer_code_fault != 0)
    return refuse(static_cast<errc>(in.payer_code_fault));
  // Only looked at, to be granted: what comes back opens the order.
  if (lacks_grant(in))
    return std::vector<event>{withhold_granted{}};
  if (in.route.chosen.empty())
    return refuse(in.route.refusal == 0 ? errc::internal : static_cast<errc>(in.route.refusal));
  if (in.expires_at && in.expires_at <= at)
    return refuse(errc::already_expired);
  if (auto stopped = stopped_by_risk(at, in))
    return std::move(*stopped);
  return std::vector<event>{order_opened{fingerprint_of(in)}, intend(s, next_number(s), at, in.route)};
}

/// Breaks a rule where a test wants it broken: else the time-out of a pay-out proves nothing.
bool is_resubmitted(const state& s, const attempt_input& in) {
  return mutated(mutation::resubmit_pay_out) && s.kind == order_kind::pay_out && in.source == evidence::reply_timeout;
}

/// The rule for what became known, its outcome as it is believed: what proves that a payment failed needn't prove that
/// a pay-out did.
const attempt_rule* rule_for(const state& s, const attempt& a, const attempt_input& in) {
  if (is_resubmitted(s, in))
    return find_attempt_rule(a.state, evidence::channel_reply, reply_class::failed_try_another);
  const reply_class believed = believed_of_binding(s, a, in, believed_outcome(in, a.submit_before));
  return find_attempt_rule(a.state, in.source,
                           s.kind == order_kind::pay_out ? believed_of_pay_out(believed) : believed);
}

/// A definite failure that says another channel may do, of an attempt nobody ever doubted, leaves room for one more.
bool may_try_another(const state& s, const attempt& a, const attempt_input& in) {
  const bool says_so = in.outcome == reply_class::failed_try_another || is_resubmitted(s, in) ||
                       (mutated(mutation::reroute_after_timeout) && in.source == evidence::reply_timeout);
  return s.status == order_state::open && says_so && !a.ever_in_doubt && s.agreement.bound_by.empty() &&
         s.attempts.size() < limits::attempts_max;
}

verdict_on_input decide_failure(const state& s, instant at, const attempt& a, const attempt_input& in) {
  std::vector<event> events{attempt_failed{a.number}};
  if (s.status == order_state::closing)
    events.push_back(order_closed{});
  if (s.status != order_state::open)
    return events;
  const bool may = may_try_another(s, a, in);
  if (may && has_expired(s, at)) {
    // Its timer may be late: the next channel would be paid for what the merchant has given away.
    events.push_back(order_closing{});
    events.push_back(order_closed{});
  } else if (may && in.route && !in.route->chosen.empty())
    events.push_back(intend(s, a.number + 1, at, *in.route));
  else if (may && s.kind == order_kind::pay_out && (was_stopped(in) || (in.route && is_stopped(*in.route))))
    events.push_back(hold(s, at));
  else
    events.push_back(order_failed{static_cast<uint16_t>(errc::payment_failed)});
  return events;
}

tl::expected<std::vector<posting>, errc> success_postings(const state& s, const attempt& a) {
  switch (s.kind) {
  case order_kind::top_up:
    return ledger::top_up_paid(a.channel, s.amount, a.cost_minor);
  case order_kind::pay_out:
    return ledger::pay_out_succeeded(a.channel, s.amount, s.claimed_fee_minor, a.cost_minor);
  case order_kind::bind:
  case order_kind::authenticate:
    return std::vector<posting>{};
  case order_kind::payment:
    break;
  }
  return ledger::payment_succeeded(s.merchant, a.channel, s.amount, a.fee_minor, a.cost_minor);
}

verdict_on_input decide_success(const state& s, const attempt& a) {
  // An order that is to be closed and was paid all the same is paid: only proof of the contrary closes it.
  if (s.status != order_state::open && s.status != order_state::closing)
    return refuse(errc::internal, "an attempt succeeded while its order was not open");
  auto postings = success_postings(s, a);
  if (!postings)
    return refuse(errc::internal, "the payment's postings can't be made");
  return std::vector<event>{attempt_succeeded{a.number}, order_paid{std::move(*postings)}};
}

/// What waits for a person is asked about once a day: the channel may know by then, and its alarm is repeated.
std::vector<event> ask_again(const state& s, const attempt& a, instant at, const attempt_input& in) {
  const enquiry_facts facts = in.enquiry.value_or(enquiry_facts{});
  const uint32_t count = a.enquiries + 1;
  const bool used_up = count >= facts.enquiries_max && !mutated(mutation::enquiries_never_end);
  if (!used_up && a.state != attempt_state::manual) {
    instant next_at = plus_ms(at, enquiry_interval_ms(a, count, facts));
    // "Not found" is asked again as soon as it may be believed.
    if (const instant believed_from = plus_ms(a.submit_before, facts.not_found_after_ms);
        in.outcome == reply_class::not_found && at < believed_from)
      next_at = std::min(next_at, believed_from);
    return {enquiry_recorded{a.number, count, next_at}};
  }
  std::vector<event> events{enquiry_recorded{a.number, count, plus_ms(at, limits::manual_again_ms)}};
  if (is_reversible(a)) {
    for (event& e : begin_reversal(s, at, a))
      events.push_back(std::move(e));
    return events;
  }
  if (a.state != attempt_state::manual)
    events.push_back(attempt_manual{a.number});
  return events;
}

/// A notice is about the attempt that it names itself, and believed of its own channel only: where it was addressed to
/// proves nothing.
bool is_misdirected(const attempt* a, const attempt_input& in) {
  return in.source == evidence::notice &&
         (a == nullptr || !in.notice || in.notice->id != a->id || in.notice->channel != a->channel);
}

bool tells_other_amount(const state& s, const attempt_input& in) {
  return in.source == evidence::notice && in.outcome == reply_class::succeeded && in.notice->amount != s.amount &&
         !mutated(mutation::notice_of_any_amount);
}

/// A channel repeats its notices until it is told that they were taken, and nothing keeps it from repeating them for
/// ever: what they contradict is recorded once.
verdict_on_input contradicted(const attempt& a, const attempt_input& in) {
  if (in.source == evidence::notice && a.contradicted)
    return std::vector<event>{};
  return std::vector<event>{contradiction_recorded{a.number}};
}

bool tells_of_payment(const attempt_input& in) {
  return in.outcome == reply_class::succeeded && in.source != evidence::reverse_reply;
}

/// Money that went out can't be: a person has to see to it. What was only asked for, and signed nothing, has nothing to
/// give back.
bool can_be_given_back(order_kind kind) {
  return kind != order_kind::pay_out && kind != order_kind::authenticate;
}

/// What was called back and is still heard to be paid is no news where its channel said that it gave it back. Where
/// people said so, and nothing had been heard of a payment until then, it is.
bool belies_ruling(const state& s, const attempt& a, const attempt_input& in) {
  return a.state == attempt_state::reversed && a.last_evidence == evidence::ruling && s.surplus_attempt != a.number &&
         tells_of_payment(in);
}

} // namespace

verdict_on_input decide_attempt(const state& s, instant at, const attempt_input& in) {
  const attempt* a = find_attempt(s, in.attempt_number);
  if (is_misdirected(a, in))
    return refuse(errc::unknown_order);
  if (a == nullptr)
    return refuse(errc::internal, "evidence about an attempt that was never made");
  if (is_check(in))
    return decide_check_answer(s, *a, in);
  const attempt_rule* rule = rule_for(s, *a, in);
  if (rule == nullptr)
    return refuse(errc::internal, "a transition that the white list doesn't hold");
  const bool tells_of_reversal =
      in.source == evidence::reverse_reply || (in.source == evidence::ruling && rule->to == attempt_state::reversed);
  if (tells_of_reversal && rule->then != consequence::nothing_new)
    return decide_reversal_answer(s, at, *a, in, *rule);
  if (tells_other_amount(s, in))
    return contradicted(*a, in);
  if (undone_by_our_word(*a) && tells_of_payment(in) && can_be_given_back(s.kind))
    return decide_surplus(s, at, *a);
  switch (rule->then) {
  case consequence::nothing_new:
    return belies_ruling(s, *a, in) ? contradicted(*a, in) : std::vector<event>{};
  case consequence::ask_again:
    return ask_again(s, *a, at, in);
  case consequence::set_aside:
    return set_success_aside(s, *a);
  case consequence::contradiction:
    if (mutated(mutation::swallow_contradiction))
      return std::vector<event>{};
    if (mutated(mutation::later_result_wins) && a->state == attempt_state::succeeded)
      return std::vector<event>{attempt_failed{a->number}, order_failed{static_cast<uint16_t>(errc::payment_failed)}};
    if (mutated(mutation::contradiction_overwrites) && in.source == evidence::notice &&
        a->state == attempt_state::succeeded)
      return std::vector<event>{attempt_failed{a->number}, order_failed{static_cast<uint16_t>(errc::payment_failed)}};
    return contradicted(*a, in);
  case consequence::move:
    break;
  }
  if (rule->to == attempt_state::succeeded)
    return decide_success(s, *a);
  if (rule->to == attempt_state::failed)
    return decide_failure(s, at, *a, in);
  return std::vector<event>{attempt_in_doubt{a->number, plus_ms(at, enquiry_interval_ms(*a, 0, {}))}};
}

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
  const std::string card_wish = card_wish_of(in);
  const std::string_view what = !card_wish.empty() ? std::string_view(card_wish) : in.top_up ? "top-up/1" : "order/1";
  return with_wallets(hash_parts_128({what, number(in.amount.minor), number(in.amount.currency.numeric),
                                      in.method.str(), as_text(std::span(in.payer_token))}),
                      in.wallet, in.to_wallet);
}

namespace {

/// A channel that a pay-out was stopped on the way to hasn't been tried.
std::vector<channel_id> tried_channels(const state& s) {
  std::vector<channel_id> tried;
  for (const attempt& a : s.attempts)
    if (s.kind != order_kind::pay_out || a.last_evidence != evidence::never_left || a.code != pay_outs_stopped_code)
      tried.push_back(a.channel);
  return tried;
}

/// True where what was said lets another channel try.
bool moves_on(const state& s, const attempt_input& said) {
  const attempt* a = find_attempt(s, said.attempt_number);
  const attempt_rule* rule = a == nullptr ? nullptr : rule_for(s, *a, said);
  return rule != nullptr && rule->then == consequence::move && may_try_another(s, *a, said) &&
         !is_misdirected(a, said) && !(s.kind == order_kind::pay_out && was_stopped(said));
}

} // namespace

std::optional<route_question> inquire(const state& s, const input& in) {
  // Most payments end with what their channel says first: nothing is made up for them.
  auto* answered = std::get_if<attempt_input>(&in);
  if (answered != nullptr && !moves_on(s, *answered))
    return std::nullopt;
  route_question q{s.merchant,
                   s.order_no,
                   0,
                   {},
                   s.amount,
                   s.method,
                   {},
                   !s.payer_code.ciphertext.empty(),
                   s.kind == order_kind::pay_out};
  q.from_wallet = !paying_wallet(s).empty();
  q.no_money = moves_no_money(s.kind);
  q.by_card = s.binds || q.no_money || !s.agreement.bound_by.empty();
  q.agreed_with = s.agreement.channel;
  if (auto* pay = std::get_if<pay_input>(&in); pay != nullptr && !is_known(s)) {
    if (pay->payer_code_fault != 0 || lacks_grant(*pay))
      return std::nullopt;
    q.no_money = pay->card.deed == card_deed::bind || pay->card.deed == card_deed::authenticate;
    q.by_card = pay->card.deed != card_deed::none || !pay->agreement.bound_by.empty();
    q.agreed_with = pay->agreement.channel;
    q.amount = pay->amount;
    q.method = pay->method;
    q.by_payer_code = !pay->payer_code.ciphertext.empty();
    q.from_wallet = !pay->wallet.empty();
  } else if (auto* out = std::get_if<pay_out_input>(&in); out != nullptr && !out->route && !is_known(s)) {
    q.amount = out->amount;
    q.method = out->method;
    q.pays_out = true;
    q.looks_only = true;
  } else if (auto* told = std::get_if<account_answer_input>(&in); told != nullptr && grants_claim(s, *told)) {
    q.tried = tried_channels(s);
  } else if (answered != nullptr) {
    q.tried = tried_channels(s);
  } else if (auto* said = std::get_if<confirm_input>(&in); said == nullptr || !is_confirmation(s, *said)) {
    return std::nullopt;
  }
  q.attempt_number = next_number(s);
  q.attempt = make_attempt_id(s.environment, s.merchant, s.order_no, q.attempt_number);
  return q;
}

std::optional<risk::question> ask_risk(const state& s, const input& in) {
  auto* pay = std::get_if<pay_input>(&in);
  // Rules are about money: who only binds or authenticates a card takes none.
  if (pay == nullptr || is_known(s) || pay->card.deed == card_deed::bind || pay->card.deed == card_deed::authenticate)
    return std::nullopt;
  risk::question q{s.merchant, pay->method, pay->amount, std::nullopt, std::nullopt};
  if (!pay->payer.ciphertext.empty())
    q.payer = pay->payer_token;
  if (pay->card_token != hash128{})
    q.card = pay->card_token;
  return q;
}

namespace {

verdict_on_input decide_by_kind(const state& s, instant at, const input& in) {
  constexpr const char* unproposed = "a ruling that no two persons agreed on";
  if (auto* pay = std::get_if<pay_input>(&in))
    return decide_pay(s, at, *pay);
  if (auto* answered = std::get_if<attempt_input>(&in))
    return answered->source == evidence::ruling ? refuse(errc::internal, unproposed) : decide_attempt(s, at, *answered);
  if (auto* out = std::get_if<pay_out_input>(&in))
    return decide_pay_out(s, *out);
  if (auto* told = std::get_if<account_answer_input>(&in))
    return decide_account_answer(s, at, *told);
  if (auto* refund = std::get_if<refund_input>(&in))
    return decide_refund(s, at, *refund);
  if (auto* refund = std::get_if<refund_answer_input>(&in))
    return refund->source == evidence::ruling ? refuse(errc::internal, unproposed)
                                              : decide_refund_answer(s, at, *refund);
  if (auto* close = std::get_if<close_input>(&in))
    return decide_close(s, *close);
  if (std::holds_alternative<timer_input>(in))
    return decide_timer(s, at);
  if (auto* said = std::get_if<ruling_proposal_input>(&in))
    return decide_ruling_proposal(s, at, *said);
  if (auto* answer = std::get_if<ruling_answer_input>(&in))
    return decide_ruling_answer(s, at, *answer);
  if (auto* telling = std::get_if<telling_input>(&in))
    return decide_telling(s, at, *telling);
  if (auto* check = std::get_if<check_input>(&in))
    return decide_check(s, at, *check);
  if (auto* said = std::get_if<confirm_input>(&in))
    return decide_confirmation(s, at, *said, intend(s, next_number(s), at, said->route));
  return refuse(errc::internal, "an input that isn't an order's");
}

} // namespace

namespace {

/// Its merchant is told of its results; of one that fails in the decision that opens it, too.
bool tells_merchant(const state& s, const input& in) {
  auto* opening = s.status == order_state::none ? std::get_if<pay_input>(&in) : nullptr;
  return s.tells_merchant || (opening != nullptr && opening->route.tells_merchant);
}

} // namespace

verdict_on_input decide(const state& s, instant at, const input& in) {
  verdict_on_input verdict = decide_by_kind(s, at, in);
  if (verdict && tells_merchant(s, in))
    add_results_to_tell(s, *verdict);
  return verdict;
}

stream_name claims(const state& s, const input& in) {
  if (auto* out = std::get_if<pay_out_input>(&in))
    return stream_name::of_account(path(account_of(s.merchant, out->from_wallet)));
  if (auto* pay = std::get_if<pay_input>(&in))
    return stream_name::of_order(s.merchant, pay->agreement.bound_by);
  auto* refund = std::get_if<refund_input>(&in);
  return refund == nullptr ? stream_name{} : stream_name::of_refund(s.merchant, refund->refund_no);
}

} // namespace oncepay::order
