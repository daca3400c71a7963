#include "schema/log_codec_parts.hpp"
#include "schema/terms_codec.hpp"

#include <algorithm>

namespace oncepay::flat {

namespace {

template <class Table>
money amount_of(const Table& t) {
  return {t.amount_minor(), {t.currency()}};
}

constexpr auto too_much = "unfolds to more than any decision holds";
std::string string_of(const flatbuffers::String* s) {
  return std::string(text(s));
}

sealed_payer read_sealed(uint32_t key_id, const flatbuffers::Vector<uint8_t>* sealed) {
  sealed_payer s{key_id, {}};
  if (sealed != nullptr) {
    auto* bytes = reinterpret_cast<const std::byte*>(sealed->data());
    s.ciphertext.assign(bytes, bytes + sealed->size());
  }
  return s;
}

part<input> read_pay(const fb::PayInput& t) {
  pay_input in;
  in.amount = amount_of(t);
  in.method = method_id::trusted(text(t.method()));
  in.payer_token = from_bytes16(t.payer_token());
  in.payer = read_sealed(t.payer_key_id(), t.payer_sealed());
  in.payer_code = read_sealed(t.payer_code_key_id(), t.payer_code_sealed());
  in.placed_at = {t.placed_at_ns()};
  in.expires_at = {t.expires_at_ns()};
  in.top_up = t.top_up();
  if (t.route() == nullptr)
    return wrong("lacks the route of a payment");
  auto route = read(*t.route());
  if (!route)
    return tl::unexpected(route.error());
  in.route = std::move(*route);
  in.card_token = from_bytes16(t.card_token());
  if (const fb::RiskAnswer* r = t.risk()) {
    auto outcome = known<risk_outcome>(r->outcome());
    if (!outcome)
      return wrong("names a risk outcome that this build doesn't know");
    in.risk = {*outcome, string_of(r->rule()), string_of(r->version()), r->confirm_within_ms(), r->wrong_max()};
  }
  return in;
}

part<input> read_confirm(const fb::ConfirmInput& t) {
  confirm_input in{amount_of(t), from_bytes16(t.proof_token()), t.proven(), {}};
  if (t.route() == nullptr)
    return wrong("lacks the route of a confirmed payment");
  auto route = read(*t.route());
  if (!route)
    return tl::unexpected(route.error());
  in.route = std::move(*route);
  return in;
}

/// An id that is all zero was never made: it stands for none.
attempt_id id_from(const fb::Bytes16* bytes) {
  hash128 id = from_bytes16(bytes);
  return id == hash128{} ? attempt_id{} : attempt_id::trusted(base32(id));
}

ruling_id ruling_from(const fb::Bytes16* bytes) {
  return ruling_id::trusted(id_from(bytes).str());
}

std::optional<enquiry_facts> read_facts(const fb::EnquiryFacts* t) {
  if (t == nullptr)
    return std::nullopt;
  return enquiry_facts{
      {t->asked_at_ns()}, t->not_found_after_ms(), t->interval_ms_max(), t->enquiries_max(), t->check()};
}

part<input> read_attempt(const fb::AttemptInput& t) {
  auto source = known<evidence>(t.evidence());
  auto outcome = known<reply_class>(static_cast<uint8_t>(t.outcome()));
  if (!source || !outcome)
    return wrong("names a kind of evidence or outcome that this build doesn't know");
  attempt_input in{t.attempt_number(), *source, *outcome, string_of(t.code()), string_of(t.channel_ref()), {}};
  if (t.route() != nullptr) {
    auto route = read(*t.route());
    if (!route)
      return tl::unexpected(route.error());
    in.route = std::move(*route);
  }
  in.enquiry = read_facts(t.enquiry());
  if (const fb::NoticeFacts* n = t.notice())
    in.notice = notice_facts{channel_id::trusted(string_of(n->channel())),
                             id_from(n->attempt_id()),
                             {n->amount_minor(), {n->currency()}},
                             {n->received_at_ns()}};
  return in;
}

part<input> read_refund_answer(const fb::RefundAnswerInput& t) {
  auto source = known<evidence>(t.evidence());
  auto outcome = known<reply_class>(static_cast<uint8_t>(t.outcome()));
  if (!source || !outcome)
    return wrong("names a kind of evidence or outcome that this build doesn't know");
  return refund_answer_input{t.refund_number(),      *source, *outcome, string_of(t.code()), string_of(t.channel_ref()),
                             read_facts(t.enquiry())};
}

part<input> read_ruling_proposal(const fb::RulingProposalInput& t) {
  auto subject = known<ruling_subject>(t.subject());
  auto outcome = known<ruling_outcome>(t.outcome());
  if (!subject || !outcome)
    return wrong("names a ruling's subject or outcome that this build doesn't know");
  return ruling_proposal_input{
      *subject, t.number(), *outcome, string_of(t.evidence()), string_of(t.reason()), string_of(t.operator_name())};
}

part<input> read_telling(const fb::TellingInput& t) {
  auto fate = known<telling_fate>(t.fate());
  if (!fate)
    return wrong("names a fate of a telling that this build doesn't know");
  return telling_input{t.number(), t.nth(), *fate, string_of(t.code())};
}

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
  return attempt_checked{t.number(), *result};
}

part<input> read_pay_out(const fb::PayOutInput& t) {
  pay_out_input in;
  in.order_no = order_no::trusted(text(t.order_no()));
  in.amount = amount_of(t);
  in.method = method_id::trusted(text(t.method()));
  in.payee_token = from_bytes16(t.payee_token());
  in.payee = read_sealed(t.payee_key_id(), t.payee_sealed());
  in.reason = string_of(t.reason());
  if (t.route() != nullptr) {
    auto route = read(*t.route());
    if (!route)
      return tl::unexpected(route.error());
    in.route = std::move(*route);
  }
  return in;
}

part<input> read_account_answer(const fb::AccountAnswerInput& t) {
  auto deed = known<account_deed>(t.deed());
  if (!deed)
    return wrong("names a deed of an account that this build doesn't know");
  account_answer_input in{*deed, t.refusal(), {}};
  if (t.route() != nullptr) {
    auto route = read(*t.route());
    if (!route)
      return tl::unexpected(route.error());
    in.route = std::move(*route);
  }
  return in;
}

part<input> read_merchant(const fb::MerchantInput& t) {
  if (t.terms() == nullptr)
    return wrong("lacks the merchant's terms");
  return merchant_input{read(*t.terms()), t.by_configuration()};
}

part<input> read_channel(const fb::ChannelInput& t, unfolding_budget& budget) {
  if (t.terms() == nullptr)
    return wrong("lacks the channel's terms");
  channel_input in{read(*t.terms(), budget), t.by_configuration()};
  if (budget.exceeded())
    return wrong(too_much);
  if (!enumerations_known(in.terms))
    return wrong("names an outcome that this build doesn't know");
  return in;
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

hash128 from_bytes16(const fb::Bytes16* bytes) {
  hash128 hash{};
  if (bytes != nullptr)
    std::memcpy(hash.data(), bytes->bytes()->Data(), hash.size());
  return hash;
}

part<input> read_input(const fb::Decision& d, unfolding_budget& budget) {
  switch (d.input_type()) {
  case fb::Input::NONE:
    return wrong("has no input");
  case fb::Input::PayInput:
    return read_pay(*d.input_as_PayInput());
  case fb::Input::AttemptInput:
    return read_attempt(*d.input_as_AttemptInput());
  case fb::Input::MerchantInput:
    return read_merchant(*d.input_as_MerchantInput());
  case fb::Input::ChannelInput:
    return read_channel(*d.input_as_ChannelInput(), budget);
  case fb::Input::SwitchInput: {
    auto& t = *d.input_as_SwitchInput();
    return switch_input{t.on(), string_of(t.operator_name()), string_of(t.reason())};
  }
  case fb::Input::CreditInput: {
    auto& t = *d.input_as_CreditInput();
    return credit_input{string_of(t.key()), amount_of(t), {t.asked_at_ns()}};
  }
  case fb::Input::ClaimInput: {
    auto& t = *d.input_as_ClaimInput();
    return claim_input{string_of(t.key()), amount_of(t), from_bytes16(t.likeness())};
  }
  case fb::Input::ReleaseInput:
    return release_input{string_of(d.input_as_ReleaseInput()->key())};
  case fb::Input::LogReleaseInput: {
    auto& t = *d.input_as_LogReleaseInput();
    return log_release_input{string_of(t.operator_name()), string_of(t.reason())};
  }
  case fb::Input::RefundInput: {
    auto& t = *d.input_as_RefundInput();
    return refund_input{order_no::trusted(text(t.order_no())), order_no::trusted(text(t.refund_no())), amount_of(t),
                        string_of(t.reason())};
  }
  case fb::Input::RefundAnswerInput:
    return read_refund_answer(*d.input_as_RefundAnswerInput());
  case fb::Input::CloseInput:
    return close_input{string_of(d.input_as_CloseInput()->reason())};
  case fb::Input::TimerInput:
    return timer_input{};
  case fb::Input::RulingProposalInput:
    return read_ruling_proposal(*d.input_as_RulingProposalInput());
  case fb::Input::RulingAnswerInput: {
    auto& t = *d.input_as_RulingAnswerInput();
    return ruling_answer_input{ruling_from(t.ruling()), t.approve(), string_of(t.operator_name()),
                               string_of(t.reason())};
  }
  case fb::Input::TellingInput:
    return read_telling(*d.input_as_TellingInput());
  case fb::Input::CheckInput: {
    auto& t = *d.input_as_CheckInput();
    return check_input{channel_id::trusted(text(t.channel())), string_of(t.operator_name()), string_of(t.reason())};
  }
  case fb::Input::CodeInput: {
    auto& t = *d.input_as_CodeInput();
    return code_input{code_serial::trusted(id_from(t.serial()).str()), merchant_id::trusted(text(t.merchant())),
                      code_label::trusted(text(t.label()))};
  }
  case fb::Input::CodeRevocationInput: {
    auto& t = *d.input_as_CodeRevocationInput();
    return code_revocation_input{string_of(t.operator_name()), string_of(t.reason())};
  }
  case fb::Input::PayOutInput:
    return read_pay_out(*d.input_as_PayOutInput());
  case fb::Input::SettleInput:
    return settle_input{string_of(d.input_as_SettleInput()->key())};
  case fb::Input::AccountAnswerInput:
    return read_account_answer(*d.input_as_AccountAnswerInput());
  case fb::Input::PayOutSwitchInput: {
    auto& t = *d.input_as_PayOutSwitchInput();
    return pay_out_switch_input{t.on(), merchant_id::trusted(text(t.merchant())),
                                channel_id::trusted(text(t.channel())), string_of(t.operator_name()),
                                string_of(t.reason())};
  }
  case fb::Input::ConfirmInput:
    return read_confirm(*d.input_as_ConfirmInput());
  }
  return wrong("holds an input that this build doesn't know");
}

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
    return check_begun{t.number(), {t.submit_before_ns()}, {t.reply_before_ns()}};
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
  }
  return wrong("holds an event that this build doesn't know");
}

} // namespace oncepay::flat
