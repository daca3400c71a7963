#include "schema/log_codec_parts.hpp"

namespace oncepay::flat {

namespace {

using any_table = flatbuffers::Offset<void>;

struct event_writer {
  builder& b;

  using result = std::pair<fb::Event, any_table>;

  result operator()(const order_opened& e) const {
    bytes16_if_any fingerprint(e.fingerprint);
    return {fb::Event::OrderOpened, fb::CreateOrderOpened(b, fingerprint.get()).Union()};
  }
  result operator()(const attempt_intended& e) const {
    bytes16_if_any id(from_base32(e.id.str()));
    return {fb::Event::AttemptIntended,
            fb::CreateAttemptIntended(b, e.number, id.get(), e.submit_before.ns, e.reply_before.ns).Union()};
  }
  result operator()(const attempt_succeeded& e) const {
    return {fb::Event::AttemptSucceeded, fb::CreateAttemptSucceeded(b, e.number).Union()};
  }
  result operator()(const attempt_failed& e) const {
    return {fb::Event::AttemptFailed, fb::CreateAttemptFailed(b, e.number).Union()};
  }
  result operator()(const attempt_in_doubt& e) const {
    return {fb::Event::AttemptInDoubt, fb::CreateAttemptInDoubt(b, e.number, e.enquire_at.ns).Union()};
  }
  result operator()(const contradiction_recorded& e) const {
    return {fb::Event::ContradictionRecorded, fb::CreateContradictionRecorded(b, e.number).Union()};
  }
  result operator()(const order_paid& e) const {
    auto postings = write(b, e.postings);
    return {fb::Event::OrderPaid, fb::CreateOrderPaid(b, postings).Union()};
  }
  result operator()(const order_failed& e) const {
    return {fb::Event::OrderFailed, fb::CreateOrderFailed(b, e.code).Union()};
  }
  result operator()(const merchant_configured&) const {
    return {fb::Event::MerchantConfigured, fb::CreateMerchantConfigured(b).Union()};
  }
  result operator()(const channel_configured&) const {
    return {fb::Event::ChannelConfigured, fb::CreateChannelConfigured(b).Union()};
  }
  result operator()(const channel_switched& e) const {
    return {fb::Event::ChannelSwitched, fb::CreateChannelSwitched(b, e.on).Union()};
  }
  result operator()(const account_credited& e) const {
    auto postings = write(b, e.postings);
    return {fb::Event::AccountCredited, fb::CreateAccountCredited(b, postings).Union()};
  }
  result operator()(const account_claimed& e) const {
    auto postings = write(b, e.postings);
    return {fb::Event::AccountClaimed, fb::CreateAccountClaimed(b, postings).Union()};
  }
  result operator()(const claim_released& e) const {
    auto postings = write(b, e.postings);
    return {fb::Event::ClaimReleased, fb::CreateClaimReleased(b, postings).Union()};
  }
  result operator()(const log_released&) const { return {fb::Event::LogReleased, fb::CreateLogReleased(b).Union()}; }
  result operator()(const enquiry_recorded& e) const {
    return {fb::Event::EnquiryRecorded, fb::CreateEnquiryRecorded(b, e.number, e.count, e.next_at.ns).Union()};
  }
  result operator()(const attempt_manual& e) const {
    return {fb::Event::AttemptManual, fb::CreateAttemptManual(b, e.number).Union()};
  }
  result operator()(const attempt_reversing& e) const {
    return {fb::Event::AttemptReversing, fb::CreateAttemptReversing(b, e.number, e.ask_at.ns).Union()};
  }
  result operator()(const reversal_recorded& e) const {
    return {fb::Event::ReversalRecorded, fb::CreateReversalRecorded(b, e.number, e.count, e.next_at.ns).Union()};
  }
  result operator()(const attempt_reversed& e) const {
    auto postings = write(b, e.postings);
    return {fb::Event::AttemptReversed, fb::CreateAttemptReversed(b, e.number, postings).Union()};
  }
  result operator()(const reversal_manual& e) const {
    return {fb::Event::ReversalManual, fb::CreateReversalManual(b, e.number).Union()};
  }
  result operator()(const refund_claimed&) const {
    return {fb::Event::RefundClaimed, fb::CreateRefundClaimed(b).Union()};
  }
  result operator()(const refund_requested& e) const {
    auto postings = write(b, e.postings);
    bytes16_if_any id(from_base32(e.operation_id.str()));
    bytes16_if_any fingerprint(e.fingerprint);
    return {fb::Event::RefundRequested,
            fb::CreateRefundRequested(b, e.number, e.attempt_number, id.get(), fingerprint.get(), e.submit_before.ns,
                                      e.reply_before.ns, e.fee_returned_minor, postings)
                .Union()};
  }
  result operator()(const refund_succeeded& e) const {
    auto postings = write(b, e.postings);
    return {fb::Event::RefundSucceeded, fb::CreateRefundSucceeded(b, e.number, postings).Union()};
  }
  result operator()(const refund_failed& e) const {
    auto postings = write(b, e.postings);
    return {fb::Event::RefundFailed, fb::CreateRefundFailed(b, e.number, postings).Union()};
  }
  result operator()(const refund_in_doubt& e) const {
    return {fb::Event::RefundInDoubt, fb::CreateRefundInDoubt(b, e.number, e.enquire_at.ns).Union()};
  }
  result operator()(const refund_enquired& e) const {
    return {fb::Event::RefundEnquired, fb::CreateRefundEnquired(b, e.number, e.count, e.next_at.ns).Union()};
  }
  result operator()(const refund_manual& e) const {
    return {fb::Event::RefundManual, fb::CreateRefundManual(b, e.number).Union()};
  }
  result operator()(const refund_contradicted& e) const {
    return {fb::Event::RefundContradicted, fb::CreateRefundContradicted(b, e.number).Union()};
  }
  result operator()(const order_closing&) const { return {fb::Event::OrderClosing, fb::CreateOrderClosing(b).Union()}; }
  result operator()(const order_closed&) const { return {fb::Event::OrderClosed, fb::CreateOrderClosed(b).Union()}; }
  result operator()(const surplus_booked& e) const {
    auto postings = write(b, e.postings);
    return {fb::Event::SurplusBooked, fb::CreateSurplusBooked(b, e.number, postings).Union()};
  }
  result operator()(const notice_kept&) const { return {fb::Event::NoticeKept, fb::CreateNoticeKept(b).Union()}; }
  result operator()(const ruling_proposed& e) const {
    bytes16_if_any ruling(from_base32(e.ruling.str()));
    return {fb::Event::RulingProposed, fb::CreateRulingProposed(b, ruling.get(), e.expires_at.ns).Union()};
  }
  result operator()(const ruling_approved&) const {
    return {fb::Event::RulingApproved, fb::CreateRulingApproved(b).Union()};
  }
  result operator()(const ruling_withdrawn&) const {
    return {fb::Event::RulingWithdrawn, fb::CreateRulingWithdrawn(b).Union()};
  }
  result operator()(const merchant_to_tell& e) const {
    return {fb::Event::MerchantToTell,
            fb::CreateMerchantToTell(b, e.number, static_cast<uint8_t>(e.result), e.refund_number).Union()};
  }
  result operator()(const merchant_told& e) const {
    return {fb::Event::MerchantTold, fb::CreateMerchantTold(b, e.number).Union()};
  }
  result operator()(const merchant_not_told& e) const {
    return {fb::Event::MerchantNotTold, fb::CreateMerchantNotTold(b, e.number, e.count, e.next_at.ns).Union()};
  }
  result operator()(const telling_given_up& e) const {
    return {fb::Event::TellingGivenUp, fb::CreateTellingGivenUp(b, e.number).Union()};
  }
  result operator()(const check_begun& e) const {
    return {fb::Event::CheckBegun,
            fb::CreateCheckBegun(b, e.number, e.submit_before.ns, e.reply_before.ns, e.refund_number).Union()};
  }
  result operator()(const attempt_checked& e) const {
    return {fb::Event::AttemptChecked,
            fb::CreateAttemptChecked(b, e.number, static_cast<uint8_t>(e.result), e.refund_number).Union()};
  }
  result operator()(const code_issued&) const { return {fb::Event::CodeIssued, fb::CreateCodeIssued(b).Union()}; }
  result operator()(const code_revoked&) const { return {fb::Event::CodeRevoked, fb::CreateCodeRevoked(b).Union()}; }
  result operator()(const claim_settled&) const { return {fb::Event::ClaimSettled, fb::CreateClaimSettled(b).Union()}; }
  result operator()(const account_answered&) const {
    return {fb::Event::AccountAnswered, fb::CreateAccountAnswered(b).Union()};
  }
  result operator()(const pay_out_held& e) const {
    return {fb::Event::PayOutHeld, fb::CreatePayOutHeld(b, e.count, e.next_at.ns).Union()};
  }
  result operator()(const pay_outs_switched&) const {
    return {fb::Event::PayOutsSwitched, fb::CreatePayOutsSwitched(b).Union()};
  }
  result operator()(const merchant_switched& e) const {
    return {fb::Event::MerchantSwitched, fb::CreateMerchantSwitched(b, e.on).Union()};
  }
  result operator()(const step_up_asked& e) const {
    return {fb::Event::StepUpAsked, fb::CreateStepUpAsked(b, e.deadline.ns).Union()};
  }
  result operator()(const confirmation_refused& e) const {
    return {fb::Event::ConfirmationRefused, fb::CreateConfirmationRefused(b, e.count).Union()};
  }
  result operator()(const batch_opened& e) const {
    bytes16_if_any fingerprint(e.fingerprint);
    return {fb::Event::BatchOpened, fb::CreateBatchOpened(b, fingerprint.get()).Union()};
  }
  result operator()(const batch_handed_out&) const {
    return {fb::Event::BatchHandedOut, fb::CreateBatchHandedOut(b).Union()};
  }
  result operator()(const order_confirmed&) const {
    return {fb::Event::OrderConfirmed, fb::CreateOrderConfirmed(b).Union()};
  }
  result operator()(const withhold_granted&) const {
    return {fb::Event::WithholdGranted, fb::CreateWithholdGranted(b).Union()};
  }
  result operator()(const method_switched& e) const {
    return {fb::Event::MethodSwitched, fb::CreateMethodSwitched(b, e.on).Union()};
  }
};

} // namespace

std::pair<fb::Event, any_table> write(builder& b, const event& e) {
  return std::visit(event_writer{b}, e);
}

} // namespace oncepay::flat
