// The events of a stored decision.
#include "schema/log_codec_parts.hpp"

#include <utility>

namespace oncepay::flat {

namespace {

part<event> read_to_tell(const fb::MerchantToTell& t) {
  auto result = known<told_result>(t.result());
  if (!result)
    return wrong("names a result that this build doesn't know");
  return merchant_to_tell{t.number(), *result, t.refund_number()};
}

part<event> read_checked(const fb::AttemptChecked& t) {
  auto result = known<check_result>(t.result());
  if (!result)
    return wrong("names a check's result that this build doesn't know");
  return attempt_checked{t.number(), *result, t.refund_number()};
}

template <class Table>
const Table& as(const void* table) {
  return *static_cast<const Table*>(table);
}

attempt_intended read_intended(const fb::AttemptIntended& t) {
  return {t.number(), id_from(t.attempt_id()), {t.submit_before_ns()}, {t.reply_before_ns()}};
}

part<event> read_refund_requested(const fb::RefundRequested& t, unfolding_budget& budget) {
  if (t.postings() == nullptr)
    return wrong("lacks its postings");
  return read(*t.postings(), budget).map([&](std::vector<posting>&& postings) {
    return event(refund_requested{t.number(),
                                  t.attempt_number(),
                                  id_from(t.operation_id()),
                                  from_bytes16(t.fingerprint()),
                                  {t.submit_before_ns()},
                                  {t.reply_before_ns()},
                                  t.fee_returned_minor(),
                                  std::move(postings)});
  });
}

/// For those that carry postings and the number of what they are about.
template <class Event, class Table>
part<event> read_numbered(const Table& t, unfolding_budget& budget) {
  if (t.postings() == nullptr)
    return wrong("lacks its postings");
  return read(*t.postings(), budget).map([&](std::vector<posting>&& postings) {
    return event(Event{t.number(), std::move(postings)});
  });
}

/// For the events that carry postings and nothing else.
template <class Event, class Table>
part<event> read_posted(const Table& t, unfolding_budget& budget) {
  if (t.postings() == nullptr)
    return wrong("lacks its postings");
  return read(*t.postings(), budget).map([](std::vector<posting>&& postings) {
    return event(Event{std::move(postings)});
  });
}

} // namespace

part<event> read_event(const fb::Decision& d, size_t index, unfolding_budget& budget) {
  auto at = static_cast<flatbuffers::uoffset_t>(index);
  const void* table = d.events()->Get(at);
  // The verifier checked the table as what its type says, so the cast may follow the type and nothing else.
  switch (d.events_type()->Get(at)) {
  case fb::Event::NONE:
    return wrong("holds an event of no kind");
  case fb::Event::OrderOpened:
    return order_opened{from_bytes16(as<fb::OrderOpened>(table).fingerprint())};
  case fb::Event::AttemptIntended:
    return read_intended(as<fb::AttemptIntended>(table));
  case fb::Event::AttemptSucceeded:
    return attempt_succeeded{as<fb::AttemptSucceeded>(table).number()};
  case fb::Event::AttemptFailed:
    return attempt_failed{as<fb::AttemptFailed>(table).number()};
  case fb::Event::AttemptInDoubt: {
    auto& t = as<fb::AttemptInDoubt>(table);
    return attempt_in_doubt{t.number(), {t.enquire_at_ns()}};
  }
  case fb::Event::ContradictionRecorded:
    return contradiction_recorded{as<fb::ContradictionRecorded>(table).number()};
  case fb::Event::OrderPaid:
    return read_posted<order_paid>(as<fb::OrderPaid>(table), budget);
  case fb::Event::OrderFailed:
    return order_failed{as<fb::OrderFailed>(table).code()};
  case fb::Event::MerchantConfigured:
    return merchant_configured{};
  case fb::Event::ChannelConfigured:
    return channel_configured{};
  case fb::Event::ChannelSwitched:
    return channel_switched{as<fb::ChannelSwitched>(table).on()};
  case fb::Event::AccountCredited:
    return read_posted<account_credited>(as<fb::AccountCredited>(table), budget);
  case fb::Event::AccountClaimed:
    return read_posted<account_claimed>(as<fb::AccountClaimed>(table), budget);
  case fb::Event::ClaimReleased:
    return read_posted<claim_released>(as<fb::ClaimReleased>(table), budget);
  case fb::Event::LogReleased:
    return log_released{};
  case fb::Event::EnquiryRecorded: {
    auto& t = as<fb::EnquiryRecorded>(table);
    return enquiry_recorded{t.number(), t.count(), {t.next_at_ns()}};
  }
  case fb::Event::AttemptManual:
    return attempt_manual{as<fb::AttemptManual>(table).number()};
  case fb::Event::RefundClaimed:
    return refund_claimed{};
  case fb::Event::RefundRequested:
    return read_refund_requested(as<fb::RefundRequested>(table), budget);
  case fb::Event::RefundSucceeded:
    return read_numbered<refund_succeeded>(as<fb::RefundSucceeded>(table), budget);
  case fb::Event::RefundFailed:
    return read_numbered<refund_failed>(as<fb::RefundFailed>(table), budget);
  case fb::Event::RefundInDoubt: {
    auto& t = as<fb::RefundInDoubt>(table);
    return refund_in_doubt{t.number(), {t.enquire_at_ns()}};
  }
  case fb::Event::RefundEnquired: {
    auto& t = as<fb::RefundEnquired>(table);
    return refund_enquired{t.number(), t.count(), {t.next_at_ns()}};
  }
  case fb::Event::RefundManual:
    return refund_manual{as<fb::RefundManual>(table).number()};
  case fb::Event::RefundContradicted:
    return refund_contradicted{as<fb::RefundContradicted>(table).number()};
  case fb::Event::OrderClosing:
    return order_closing{};
  case fb::Event::OrderClosed:
    return order_closed{};
  case fb::Event::SurplusBooked:
    return read_numbered<surplus_booked>(as<fb::SurplusBooked>(table), budget);
  case fb::Event::AttemptReversing: {
    auto& t = as<fb::AttemptReversing>(table);
    return attempt_reversing{t.number(), {t.ask_at_ns()}};
  }
  case fb::Event::ReversalRecorded: {
    auto& t = as<fb::ReversalRecorded>(table);
    return reversal_recorded{t.number(), t.count(), {t.next_at_ns()}};
  }
  case fb::Event::AttemptReversed:
    return read_numbered<attempt_reversed>(as<fb::AttemptReversed>(table), budget);
  case fb::Event::ReversalManual:
    return reversal_manual{as<fb::ReversalManual>(table).number()};
  case fb::Event::NoticeKept:
    return notice_kept{};
  case fb::Event::RulingProposed: {
    auto& t = as<fb::RulingProposed>(table);
    return ruling_proposed{ruling_from(t.ruling()), {t.expires_at_ns()}};
  }
  case fb::Event::RulingApproved:
    return ruling_approved{};
  case fb::Event::RulingWithdrawn:
    return ruling_withdrawn{};
  case fb::Event::MerchantToTell:
    return read_to_tell(as<fb::MerchantToTell>(table));
  case fb::Event::MerchantTold:
    return merchant_told{as<fb::MerchantTold>(table).number()};
  case fb::Event::MerchantNotTold: {
    auto& t = as<fb::MerchantNotTold>(table);
    return merchant_not_told{t.number(), t.count(), {t.next_at_ns()}};
  }
  case fb::Event::TellingGivenUp:
    return telling_given_up{as<fb::TellingGivenUp>(table).number()};
  case fb::Event::CheckBegun: {
    auto& t = as<fb::CheckBegun>(table);
    return check_begun{t.number(), {t.submit_before_ns()}, {t.reply_before_ns()}, t.refund_number()};
  }
  case fb::Event::AttemptChecked:
    return read_checked(as<fb::AttemptChecked>(table));
  case fb::Event::CodeIssued:
    return code_issued{};
  case fb::Event::CodeRevoked:
    return code_revoked{};
  case fb::Event::ClaimSettled:
    return claim_settled{};
  case fb::Event::AccountAnswered:
    return account_answered{};
  case fb::Event::PayOutHeld: {
    auto& t = as<fb::PayOutHeld>(table);
    return pay_out_held{t.count(), {t.next_at_ns()}};
  }
  case fb::Event::PayOutsSwitched:
    return pay_outs_switched{};
  case fb::Event::MerchantSwitched:
    return merchant_switched{as<fb::MerchantSwitched>(table).on()};
  case fb::Event::MethodSwitched:
    return method_switched{as<fb::MethodSwitched>(table).on()};
  case fb::Event::StepUpAsked:
    return step_up_asked{{as<fb::StepUpAsked>(table).deadline_ns()}};
  case fb::Event::ConfirmationRefused:
    return confirmation_refused{as<fb::ConfirmationRefused>(table).count()};
  case fb::Event::OrderConfirmed:
    return order_confirmed{};
  case fb::Event::BatchOpened:
    return batch_opened{from_bytes16(as<fb::BatchOpened>(table).fingerprint())};
  case fb::Event::BatchHandedOut:
    return batch_handed_out{};
  case fb::Event::WithholdGranted:
    return withhold_granted{};
  }
  return wrong("holds an event that this build doesn't know");
}

} // namespace oncepay::flat
