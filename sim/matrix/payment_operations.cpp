#include "sim/matrix/payment_operations.hpp"

#include "actors/virtual_bank.hpp"

#include <utility>

namespace oncepay::sim::matrix {

namespace {

constexpr reason asked_anyway = "who tells nothing is asked: 'silent', and 'mute' of pay";

} // namespace

made moved_as(const cell& c, plan world, operation as) {
  script s{std::move(world)};
  const bool by_code = !s.world.orders.back().pay.payer_code.empty();
  planned_deed payment = deed_of_payment(worked_on(c.timing));
  const bool types = by_code && c.fault == fault::payer_types;
  if (types && c.timing == timing::after)
    return tl::unexpected(reason("what is paid isn't being typed any more"));
  if (types) {
    // Before: the payer never types it, and it is called back.
    payment.deed = {true, {{prompt_us, reply_class::payer_confirming, "USERPAYING"}}};
    payment.deed.confirms_after_us = c.timing == timing::before ? never_us : 4'000'000;
  } else if (binds_card(as) && c.fault == fault::unnamed) {
    if (c.timing != timing::after)
      return tl::unexpected(reason("who says so has signed it; what it never names it is asked for"));
    payment.deed.answers = {{prompt_us, reply_class::succeeded, "OK", false}};
  } else {
    auto deed = deed_with(c.fault, c.timing);
    if (!deed)
      return tl::unexpected(deed.error());
    payment.deed = std::move(*deed);
  }
  if (c.fault == fault::mute)
    payment.answers = {{as, answer_fault::silent, always},
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
  return moved_as(c, staged(false), operation::pay);
}
made pay_by_code(const cell& c) {
  return moved_as(c, staged(true), operation::pay);
}

made enquire(const cell& c) {
  return enquired(c, staged(false), operation::pay, 1);
}

made enquired(const cell& c, plan world, operation about, uint32_t not_found_times) {
  auto answer = c.fault == fault::not_found ? std::optional(answer_fault::not_found) : answer_with(c.fault);
  if (!answer)
    return tl::unexpected(answer.error());
  script s{std::move(world), moment::enquiry};
  planned_deed payment = deed_of_payment(worked_on(c.timing)); // and nothing is answered to it
  if (*answer)
    payment.answers = {{about, **answer,
                        c.fault == fault::mute        ? always
                        : c.fault == fault::not_found ? not_found_times
                                                      : 1}};
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

made given_back(const cell& c, plan world, planned_refund wish, operation as) {
  auto deed = deed_with(c.fault, c.timing);
  if (!deed)
    return tl::unexpected(deed.error());
  script s{std::move(world), moment::refund};
  const uint32_t after_ms = wish.after_ms;
  s.world.orders.front().refunds = {std::move(wish)};
  planned_deed back = deed_of_payment(std::move(*deed));
  back.refund_no = refund_of_cells();
  if (c.fault == fault::denies)
    back.deed.answers.push_back(
        {c.timing == timing::during ? works_us + prompt_us : second_word_us, reply_class::succeeded, "OK"});
  if (c.fault == fault::mute)
    back.answers = {{as, answer_fault::silent, always}};
  if (is_outage(c.fault))
    put_out(s.world, c.fault, order_at_us + after_ms * 1'000 - 500'000);
  else
    s.world.deeds.push_back(std::move(back));
  s.alarms = is_heard_to_contradict(c);
  // Its later word may meet a dead process, and isn't said again: what finds it is that it is asked about once more.
  if (c.fault == fault::denies)
    draw_checks(s.world);
  return s;
}

made refund_all(const cell& c) {
  return given_back(c, staged(false), refund_of(cell_amount_minor), operation::refund);
}
made refund_part(const cell& c) {
  return given_back(c, staged(false), refund_of(4'000), operation::refund);
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
  case fault::unnamed:
    return tl::unexpected(of_bindings);
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

} // namespace oncepay::sim::matrix
