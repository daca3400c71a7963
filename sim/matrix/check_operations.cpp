#include "sim/matrix/check_operations.hpp"

#include <utility>

namespace oncepay::sim::matrix {

namespace {

/// The deed that is asked about again, and what is answered to that.
made checked(const cell& c, script s, planned_deed deed, operation about) {
  auto answer = c.fault == fault::not_found ? std::optional(answer_fault::not_found)
                : c.fault == fault::denies  ? tl::expected<std::optional<answer_fault>, reason>(std::nullopt)
                                            : answer_with(c.fault);
  if (!answer)
    return tl::unexpected(answer.error());
  const bool denies = c.fault == fault::denies;
  if (denies && c.timing == timing::before)
    return tl::unexpected(no_lie);
  if (denies && (c.restart == restart::asked || c.restart == restart::answered))
    return tl::unexpected(reason("what is killed with a check is asked again by nobody: it stays as unknown as what "
                                 "wasn't drawn"));
  if (!denies && c.timing == timing::during)
    return tl::unexpected(reason("what is settled is at no bank any more; what it did meanwhile is 'denies'"));
  deed.deed = worked_on(c.timing);
  const bool says_moved = !denies && c.timing == timing::after;
  deed.deed.answers = {{prompt_us, says_moved ? reply_class::succeeded : reply_class::failed_final,
                        says_moved ? "OK"
                        : denies   ? "DENIED"
                                   : "STOLEN"}};
  if (*answer)
    deed.answers = {{about, **answer, c.fault == fault::mute ? always : 1}};
  draw_checks(s.world);
  // Who is killed while he asks hears nothing, and asks no more.
  s.alarms = denies || (c.fault == fault::not_found && c.timing == timing::after && c.restart != restart::asked);
  s.world.deeds.push_back(std::move(deed));
  return s;
}

} // namespace

made check_payment(const cell& c) {
  return checked(c, {staged(false), moment::check}, deed_of_payment({}), operation::pay);
}

made check_pay_out(const cell& c) {
  return checked(c, {staged_pay_out(), moment::check}, deed_of_payment({}), operation::pay_out);
}

made check_refund(const cell& c) {
  script s{staged(false), moment::refund_check};
  s.world.orders.front().refunds = {{refund_of_cells(), cell_amount_minor, 5'000, 4, false}};
  planned_deed back = deed_of_payment({});
  back.refund_no = refund_of_cells();
  return checked(c, std::move(s), std::move(back), operation::refund);
}

} // namespace oncepay::sim::matrix
