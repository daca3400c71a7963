#include "tests/support/generators.hpp"

namespace oncepay::generate {

namespace {

template <class T>
rc::Gen<T> within(T min, T max) {
  return rc::gen::inRange<T>(min, max + 1);
}

} // namespace

rc::Gen<event> any_event() {
  return rc::gen::exec([]() -> event {
    auto number = rc::gen::arbitrary<uint32_t>();
    switch (*within<int>(0, 47)) {
    case 0:
      return order_opened{*hash()};
    case 1:
      return attempt_intended{*number, *attempt(), *time(), *time()};
    case 2:
      return attempt_succeeded{*number};
    case 3:
      return attempt_failed{*number};
    case 4:
      return attempt_in_doubt{*number, *time()};
    case 5:
      return contradiction_recorded{*number};
    case 6:
      return order_paid{*postings()};
    case 7:
      return order_failed{*rc::gen::arbitrary<uint16_t>()};
    case 8:
      return merchant_configured{};
    case 9:
      return channel_configured{};
    case 10:
      return channel_switched{*rc::gen::arbitrary<bool>()};
    case 11:
      return account_credited{*postings()};
    case 12:
      return account_claimed{*postings()};
    case 13:
      return claim_released{*postings()};
    case 14:
      return enquiry_recorded{*number, *number, *time()};
    case 15:
      return attempt_manual{*number};
    case 16:
      return refund_claimed{};
    case 17:
      return refund_requested{
          *number, *number, *attempt(), *hash(), *time(), *time(), *rc::gen::arbitrary<int64_t>(), *postings()};
    case 18:
      return refund_succeeded{*number, *postings()};
    case 19:
      return refund_failed{*number, *postings()};
    case 20:
      return refund_in_doubt{*number, *time()};
    case 21:
      return refund_enquired{*number, *number, *time()};
    case 22:
      return refund_manual{*number};
    case 23:
      return refund_contradicted{*number};
    case 24:
      return order_closing{};
    case 25:
      return order_closed{};
    case 26:
      return surplus_booked{*number, *postings()};
    case 27:
      return attempt_reversing{*number, *time()};
    case 28:
      return reversal_recorded{*number, *number, *time()};
    case 29:
      return attempt_reversed{*number, *postings()};
    case 30:
      return reversal_manual{*number};
    case 31:
      return notice_kept{};
    case 32:
      return ruling_proposed{*ruling(), *time()};
    case 33:
      return ruling_approved{};
    case 34:
      return ruling_withdrawn{};
    case 35:
      return merchant_to_tell{*number, static_cast<told_result>(*within<int>(1, 9)), *number};
    case 36:
      return merchant_told{*number};
    case 37:
      return merchant_not_told{*number, *number, *time()};
    case 38:
      return telling_given_up{*number};
    case 39:
      return check_begun{*number, *time(), *time(), *number};
    case 40:
      return attempt_checked{*number, static_cast<check_result>(*within<int>(1, 3)), *number};
    case 41:
      return *rc::gen::element<event>(code_issued{}, code_revoked{});
    case 42:
      return *rc::gen::element<event>(claim_settled{}, account_answered{}, pay_outs_switched{});
    case 44:
      return step_up_asked{*time()};
    case 45:
      return *rc::gen::element<event>(order_confirmed{}, withhold_granted{}, merchant_switched{true},
                                      method_switched{false});
    case 47:
      return *rc::gen::element<event>(batch_opened{*hash()}, batch_handed_out{});
    case 46:
      return confirmation_refused{*number};
    case 43:
      return pay_out_held{*number, *time()};
    default:
      return log_released{};
    }
  });
}

rc::Gen<decision> any_decision() {
  return rc::gen::exec([] {
    decision d{*time(), *stream(), *within<uint32_t>(1, 1'000'000), *time(), *time(), *any_input(), {}};
    for (size_t n = *within<size_t>(0, 4); n > 0; --n)
      d.events.push_back(*any_event());
    return d;
  });
}

} // namespace oncepay::generate
