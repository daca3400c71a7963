#include "sim/matrix/operations.hpp"

#include "sim/matrix/stage.hpp"

#include <algorithm>

namespace oncepay::sim::matrix {

namespace {

using made = tl::expected<script, reason>;

constexpr reason unmoved = "who says so has moved nothing";
constexpr reason no_lie = "nothing moved: what it says is the truth";
constexpr reason no_claim = "no bank of the simulator claims what it never took";
constexpr reason no_fault = "without a fault there is no time at which it hits";
constexpr reason of_questions = "of questions only; of what moves money it is 'unmapped'";
constexpr reason of_enquiries = "only who is asked what became of something finds it or not";
constexpr reason of_money = "a question moves nothing that could be refused; 'fails' stands for it";
constexpr reason of_codes = "nobody showed a code that a payer would confirm";
constexpr reason of_notices = "of notices only";
constexpr reason of_merchants = "no merchant takes part; all are told in every cell, and 'tell' has their faults";
constexpr reason of_banks = "no bank takes part";
constexpr reason one_answer = "a question has one answer; no second one is listened to";
constexpr reason still_answers =
    "a bank that is out moves no money and answers questions; 'silent' stands for the rest";
constexpr reason asked_anyway = "who tells nothing is asked: 'silent', and 'mute' of pay";

bool is_merchants(fault f) {
  return f >= fault::unreachable;
}
/// A kill may meet one of both words.
bool is_heard_to_contradict(const cell& c) {
  return c.fault == fault::contradicts && c.restart == restart::none;
}
bool is_outage(fault f) {
  return f == fault::out_declining || f == fault::out_silent || f == fault::out_hanging;
}

/// What a bank does with a payment or refund that meets this fault.
tl::expected<bank_deed, reason> deed_with(fault f, timing t) {
  bank_deed deed = worked_on(t);
  const auto says = [&deed](int64_t after_us, reply_class outcome, const char* code) {
    deed.answers.push_back({after_us, outcome, code});
  };
  const bool moves = t != timing::before;
  const int64_t done_us = t == timing::during ? works_us + prompt_us : late_us;
  switch (f) {
  case fault::none:
    if (t != timing::after)
      return tl::unexpected(no_fault);
    says(prompt_us, reply_class::succeeded, "OK");
    return deed;
  case fault::declines:
  case fault::over_capacity:
  case fault::refuses:
    if (moves)
      return tl::unexpected(unmoved);
    says(prompt_us, f == fault::refuses ? reply_class::failed_final : reply_class::failed_try_another,
         f == fault::refuses    ? "STOLEN"
         : f == fault::declines ? "DECLINED"
                                : "SLOW_DOWN");
    deed.looked_at = f != fault::over_capacity;
    return deed;
  case fault::silent:
  case fault::mute:
    return deed;
  case fault::late:
    says(done_us, moves ? reply_class::succeeded : reply_class::failed_final, moves ? "OK" : "STOLEN");
    return deed;
  case fault::unmapped:
    says(prompt_us, reply_class::unknown, "E_4711");
    return deed;
  case fault::twice:
    for (const int64_t after_us : {prompt_us, 3 * prompt_us})
      says(after_us,
           t == timing::before   ? reply_class::failed_final
           : t == timing::during ? reply_class::unknown
                                 : reply_class::succeeded,
           t == timing::before   ? "STOLEN"
           : t == timing::during ? "PROCESSING"
                                 : "OK");
    return deed;
  case fault::contradicts:
    if (!moves)
      return tl::unexpected(no_claim);
    says(prompt_us, reply_class::succeeded, "OK");
    says(second_word_us, reply_class::failed_final, "REVOKED");
    return deed;
  case fault::denies:
    if (!moves)
      return tl::unexpected(no_lie);
    says(prompt_us, reply_class::failed_try_another, "DENIED");
    return deed;
  case fault::fails:
    return tl::unexpected(of_questions);
  case fault::not_found:
    return tl::unexpected(of_enquiries);
  case fault::payer_types:
    return tl::unexpected(of_codes);
  case fault::out_declining:
  case fault::out_silent:
    if (moves)
      return tl::unexpected(unmoved);
    return deed;
  case fault::out_hanging:
    if (t != timing::after)
      return tl::unexpected(reason("it moves the money at once"));
    return deed;
  case fault::other_amount:
  case fault::stray:
    return tl::unexpected(of_notices);
  case fault::unreachable:
  case fault::answers_500:
  case fault::answers_otherwise:
  case fault::hangs:
  case fault::never_answers:
  case fault::answer_lost:
    break;
  }
  return tl::unexpected(of_merchants);
}

void put_out(plan& p, fault f, int64_t at_us) {
  const outage_kind how = f == fault::out_declining ? outage_kind::declining
                          : f == fault::out_silent  ? outage_kind::silent
                                                    : outage_kind::hanging;
  p.disturbances.push_back({at_us, channel_outage{first_channel(), how, 8'000}});
}

made pay_as(const cell& c, bool by_code) {
  script s{staged(by_code)};
  planned_deed payment = deed_of_payment(worked_on(c.timing));
  const bool types = by_code && c.fault == fault::payer_types;
  if (types && c.timing == timing::after)
    return tl::unexpected(reason("what is paid isn't being typed any more"));
  if (types) {
    // Before: the payer never types it, and it is called back.
    payment.deed = {true, {{prompt_us, reply_class::payer_confirming, "USERPAYING"}}};
    payment.deed.confirms_after_us = c.timing == timing::before ? never_us : 4'000'000;
  } else {
    auto deed = deed_with(c.fault, c.timing);
    if (!deed)
      return tl::unexpected(deed.error());
    payment.deed = std::move(*deed);
  }
  if (c.fault == fault::mute)
    payment.answers = {{operation::pay, answer_fault::silent, always},
                       {operation::reverse, answer_fault::silent, always, c.timing != timing::before}};
  // Its later word is a notice: what its connection would say is lost with the process, a notice is told again.
  if (c.fault == fault::denies)
    payment.notices = {
        {c.timing == timing::during ? works_us + prompt_us : second_word_us, reply_class::succeeded, "OK"}};
  s.alarms = is_heard_to_contradict(c);
  if (is_outage(c.fault))
    put_out(s.world, c.fault, order_at_us - 500'000);
  else
    s.world.deeds.push_back(std::move(payment));
  return s;
}

made pay(const cell& c) {
  return pay_as(c, false);
}
made pay_by_code(const cell& c) {
  return pay_as(c, true);
}

/// A question about a payment that is in doubt: what of it goes wrong, where anything can.
tl::expected<std::optional<answer_fault>, reason> answer_with(fault f) {
  switch (f) {
  case fault::none:
    return std::nullopt;
  case fault::silent:
  case fault::mute:
    return answer_fault::silent;
  case fault::late:
    return answer_fault::late;
  case fault::unmapped:
    return answer_fault::unmapped;
  case fault::fails:
    return answer_fault::fails;
  case fault::declines:
  case fault::refuses:
  case fault::over_capacity:
    return tl::unexpected(of_money);
  case fault::twice:
  case fault::contradicts:
    return tl::unexpected(one_answer);
  case fault::denies:
    return tl::unexpected(reason("no bank of the simulator denies it when it is asked this"));
  case fault::not_found:
    return tl::unexpected(of_enquiries);
  case fault::payer_types:
    return tl::unexpected(of_codes);
  case fault::out_declining:
  case fault::out_silent:
  case fault::out_hanging:
    return tl::unexpected(still_answers);
  case fault::other_amount:
  case fault::stray:
    return tl::unexpected(of_notices);
  case fault::unreachable:
  case fault::answers_500:
  case fault::answers_otherwise:
  case fault::hangs:
  case fault::never_answers:
  case fault::answer_lost:
    break;
  }
  return tl::unexpected(of_merchants);
}

made enquire(const cell& c) {
  auto answer = c.fault == fault::not_found ? std::optional(answer_fault::not_found) : answer_with(c.fault);
  if (!answer)
    return tl::unexpected(answer.error());
  script s{staged(false), moment::enquiry};
  planned_deed payment = deed_of_payment(worked_on(c.timing)); // and nothing is answered to it
  if (*answer)
    payment.answers = {{operation::pay, **answer, c.fault == fault::mute ? always : 1}};
  s.world.deeds.push_back(std::move(payment));
  return s;
}

made close(const cell& c) {
  auto answer = c.fault == fault::denies ? std::optional(answer_fault::denied) : answer_with(c.fault);
  if (!answer)
    return tl::unexpected(answer.error());
  if (c.fault == fault::denies && c.timing != timing::after)
    return tl::unexpected(no_lie);
  script s{staged(false), moment::close};
  s.world.orders.front().close_after_ms = 4'000;
  planned_deed payment = deed_of_payment(worked_on(c.timing));
  if (*answer) {
    // Before: nor did it close it.
    const bool acts = c.timing != timing::before || c.fault == fault::late;
    payment.answers = {{operation::close, **answer, c.fault == fault::mute ? always : 1, acts}};
  }
  if (c.fault == fault::mute)
    payment.answers.push_back({operation::pay, answer_fault::silent, always});
  if (c.fault == fault::denies)
    payment.notices = {{60'000'000, reply_class::succeeded, "OK"}};
  s.world.deeds.push_back(std::move(payment));
  return s;
}

/// A payment by code whose bank can't be asked what became of it.
made reverse(const cell& c) {
  const bool refused = c.fault == fault::refuses;
  auto answer = refused ? std::optional(answer_fault::refused) : answer_with(c.fault);
  if (!answer)
    return tl::unexpected(answer.error());
  script s{staged(true), moment::reversal};
  // Before: the money moved to us and not yet back; during: it is still on its way to us; after: it is back.
  bank_deed deed = worked_on(c.timing);
  deed.money_moves = true;
  deed.confirms_after_us = c.timing == timing::during ? 25'000'000 : 0;
  planned_deed payment = deed_of_payment(deed);
  payment.answers = {{operation::pay, answer_fault::fails, always}};
  if (*answer) {
    const bool acts = !refused && (c.timing != timing::before || c.fault == fault::late);
    // Before: what is being called back is answered meanwhile, "paid".
    if (c.timing == timing::before && !acts)
      payment.deed.answers = {{12'000'000, reply_class::succeeded, "OK"}};
    payment.answers.push_back({operation::reverse, **answer, refused || c.fault == fault::mute ? always : 1, acts});
  }
  s.world.deeds.push_back(std::move(payment));
  return s;
}

made refund(const cell& c, int64_t amount_minor) {
  auto deed = deed_with(c.fault, c.timing);
  if (!deed)
    return tl::unexpected(deed.error());
  script s{staged(false), moment::refund};
  constexpr uint32_t after_ms = 5'000;
  s.world.orders.front().refunds = {{refund_of_cells(), amount_minor, after_ms, 4, false}};
  planned_deed back = deed_of_payment(std::move(*deed));
  back.refund_no = refund_of_cells();
  if (c.fault == fault::denies)
    back.deed.answers.push_back(
        {c.timing == timing::during ? works_us + prompt_us : second_word_us, reply_class::succeeded, "OK"});
  if (c.fault == fault::mute)
    back.answers = {{operation::refund, answer_fault::silent, always}};
  if (is_outage(c.fault))
    put_out(s.world, c.fault, order_at_us + after_ms * 1'000 - 500'000);
  else
    s.world.deeds.push_back(std::move(back));
  s.alarms = is_heard_to_contradict(c);
  s.truth_is_lost = c.fault == fault::denies && c.restart == restart::committed;
  return s;
}

made refund_all(const cell& c) {
  return refund(c, cell_amount_minor);
}
made refund_part(const cell& c) {
  return refund(c, 4'000);
}

/// The payment isn't answered; its bank tells of it of its own accord.
made notice(const cell& c) {
  script s{staged(false), moment::notice};
  planned_deed payment = deed_of_payment(worked_on(c.timing));
  const bool moves = c.timing != timing::before;
  const int64_t at_us = c.timing == timing::during ? works_us + prompt_us : 3'000'000;
  const planned_notice truth{at_us, reply_class::succeeded, "OK"};
  planned_notice wrong = truth;
  switch (c.fault) {
  case fault::none:
    payment.notices = {truth};
    break;
  case fault::silent:
    if (c.restart == restart::answered || c.restart == restart::committed)
      return tl::unexpected(reason("nothing is told that a kill could meet"));
    s.strikes = moment::submission;
    break;
  case fault::late:
    if (c.restart == restart::answered || c.restart == restart::committed)
      return tl::unexpected(reason("what is told of an order that is settled decides nothing: nothing is committed"));
    payment.notices = {truth};
    payment.notices.front().after_us = 60'000'000;
    break;
  case fault::unmapped:
    wrong.outcome = s.told = reply_class::unknown;
    wrong.code = "E_4714";
    payment.notices = {wrong, truth};
    break;
  case fault::twice:
    payment.notices = {truth, truth};
    payment.notices.front().copies = 3;
    break;
  case fault::contradicts:
    wrong.outcome = s.told = reply_class::failed_final;
    wrong.code = "REVOKED";
    wrong.copies = 2;
    payment.notices = {truth, wrong};
    break;
  case fault::other_amount:
    wrong.amount_minor = 1;
    payment.notices = {wrong};
    break;
  case fault::stray:
    wrong.stray = true;
    payment.notices = {wrong};
    break;
  case fault::mute:
    return tl::unexpected(asked_anyway);
  case fault::denies:
    return tl::unexpected(reason("no bank of the simulator tells of its own accord that a payment failed, first"));
  case fault::declines:
  case fault::refuses:
  case fault::over_capacity:
  case fault::fails:
  case fault::payer_types:
    return tl::unexpected(reason("a notice is told, not asked for"));
  case fault::not_found:
    return tl::unexpected(of_enquiries);
  case fault::out_declining:
  case fault::out_silent:
  case fault::out_hanging:
    return tl::unexpected(asked_anyway);
  case fault::unreachable:
  case fault::answers_500:
  case fault::answers_otherwise:
  case fault::hangs:
  case fault::never_answers:
  case fault::answer_lost:
    return tl::unexpected(of_merchants);
  }
  const bool tells_a_lie = c.fault == fault::other_amount || c.fault == fault::stray || c.fault == fault::silent;
  if (!moves && !tells_a_lie)
    return tl::unexpected(reason("a bank that took nothing has nothing to tell"));
  if (moves && (c.fault == fault::other_amount || c.fault == fault::stray))
    payment.notices.push_back(truth);
  s.alarms = c.fault == fault::contradicts || c.fault == fault::other_amount || c.fault == fault::stray;
  if (c.restart == restart::asked)
    s.strikes = moment::submission; // between the payment's intent and what its bank tells
  s.world.deeds.push_back(std::move(payment));
  return s;
}

/// Its merchant is told that the order failed (before), was paid after a doubt (during), or was paid (after).
made tell(const cell& c) {
  if (!is_merchants(c.fault) && c.fault != fault::none)
    return tl::unexpected(of_banks);
  script s{staged(false), moment::telling};
  bank_deed deed = worked_on(c.timing);
  if (c.timing == timing::before)
    deed.answers = {{prompt_us, reply_class::failed_final, "STOLEN"}};
  else if (c.timing == timing::after)
    deed.answers = {{prompt_us, reply_class::succeeded, "OK"}};
  s.world.deeds.push_back(deed_of_payment(deed));
  s.world.services = services_with(c.fault);
  if (c.fault == fault::never_answers && c.timing != timing::after)
    return tl::unexpected(reason("as after: whoever never answers is told each result alike, for a day"));
  // The run goes on until it is given up.
  if (c.fault == fault::never_answers)
    s.world.disturbances.push_back({int64_t{26} * 3'600'000'000, slow_commits{1'000, 1}});
  return s;
}

constexpr std::array rows{
    operation_row{"pay", "a payment", pay},
    operation_row{"code", "a payment by a code that the payer shows, called back where it isn't decided in time",
                  pay_by_code},
    operation_row{"enquiry", "\"what became of it?\", about a payment that wasn't answered", enquire},
    operation_row{"close", "its merchant closes an order whose payment wasn't answered", close},
    operation_row{"reversal", "a payment by code that is called back; times are the reversal's", reverse},
    operation_row{"refund", "all of it back", refund_all},
    operation_row{"refund-part", "four tenths of it back", refund_part},
    operation_row{"notice", "the bank tells of a payment that it didn't answer", notice},
    operation_row{"tell", "the merchant is told: failed (before), paid after a doubt (during), paid (after)", tell},
};

} // namespace

std::span<const operation_row> operations() {
  return rows;
}

} // namespace oncepay::sim::matrix
