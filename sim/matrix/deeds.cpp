#include "sim/matrix/deeds.hpp"

namespace oncepay::sim::matrix {

bool is_merchants(fault f) {
  return f >= fault::unreachable;
}
bool is_heard_to_contradict(const cell& c) {
  return c.fault == fault::contradicts && c.restart == restart::none;
}
bool is_outage(fault f) {
  return f == fault::out_declining || f == fault::out_silent || f == fault::out_hanging;
}

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
  case fault::unnamed:
    return tl::unexpected(of_bindings);
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
  case fault::unnamed:
    return tl::unexpected(of_bindings);
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

} // namespace oncepay::sim::matrix
