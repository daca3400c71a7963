#include "schema/limits.hpp"
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

template <class Id>
Id read_id(const fb::Bytes16* bytes) {
  const hash128 id = from_bytes16(bytes);
  return id == hash128{} ? Id{} : Id::trusted(base32(id));
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
  in.wallet = wallet_id::trusted(text(t.wallet()));
  in.to_wallet = wallet_id::trusted(text(t.to_wallet()));
  if (const fb::RiskAnswer* r = t.risk()) {
    auto outcome = known<risk_outcome>(r->outcome());
    if (!outcome)
      return wrong("names a risk outcome that this build doesn't know");
    in.risk = {*outcome, string_of(r->rule()), string_of(r->version()), r->confirm_within_ms(), r->wrong_max()};
  }
  if (const fb::PresentedCard* c = t.card()) {
    auto deed = known<card_deed>(c->deed());
    if (!deed)
      return wrong("does with a card what this build doesn't know");
    in.card = {*deed, read_sealed(c->token_key_id(), c->token_sealed()), from_bytes16(c->likeness())};
  }
  if (const fb::AgreementUse* a = t.agreement())
    in.agreement = {order_no::trusted(text(a->bound_by())), order_no::trusted(text(a->order_no())),
                    channel_id::trusted(text(a->channel())), string_of(a->reference())};
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
  in.agreement = string_of(t.agreement());
  in.card_mask = string_of(t.card_mask());
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

part<input> read_pay_out(const fb::PayOutInput& t) {
  pay_out_input in;
  in.order_no = order_no::trusted(text(t.order_no()));
  in.amount = amount_of(t);
  in.method = method_id::trusted(text(t.method()));
  in.payee_token = from_bytes16(t.payee_token());
  in.payee = read_sealed(t.payee_key_id(), t.payee_sealed());
  in.reason = string_of(t.reason());
  in.from_wallet = wallet_id::trusted(text(t.from_wallet()));
  if (t.route() != nullptr) {
    auto route = read(*t.route());
    if (!route)
      return tl::unexpected(route.error());
    in.route = std::move(*route);
  }
  return in;
}

part<input> read_batch(const fb::BatchInput& t) {
  batch_input in;
  in.merchant = merchant_id::trusted(text(t.merchant()));
  in.batch_no = order_no::trusted(text(t.batch_no()));
  in.method = method_id::trusted(text(t.method()));
  in.currency = {t.currency()};
  in.total_minor = t.total_minor();
  in.reason = string_of(t.reason());
  if (t.lines() == nullptr || t.lines()->size() > limits::batch_lines_max)
    return wrong("has no lines of a batch, or more than a batch may have");
  for (const fb::BatchLine* line : *t.lines())
    in.lines.push_back({order_no::trusted(text(line->order_no())), line->amount_minor(),
                        from_bytes16(line->payee_token()), read_sealed(line->payee_key_id(), line->payee_sealed())});
  return in;
}

batch_handed_out_input read_batch_handed_out(const fb::BatchHandedOutInput& t) {
  batch_handed_out_input in;
  if (t.refusals() != nullptr)
    in.refusals.assign(t.refusals()->begin(), t.refusals()->end());
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

} // namespace

attempt_id id_from(const fb::Bytes16* bytes) {
  return read_id<attempt_id>(bytes);
}

ruling_id ruling_from(const fb::Bytes16* bytes) {
  return read_id<ruling_id>(bytes);
}

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
    return credit_input{
        string_of(t.key()), amount_of(t), {t.asked_at_ns()}, channel_id::trusted(text(t.channel())), {t.before_ns()}};
  }
  case fb::Input::ClaimInput: {
    auto& t = *d.input_as_ClaimInput();
    return claim_input{string_of(t.key()),
                       amount_of(t),
                       from_bytes16(t.likeness()),
                       channel_id::trusted(text(t.channel())),
                       {t.before_ns()}};
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
                        string_of(t.reason()), t.unbinds()};
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
    return code_input{read_id<code_serial>(t.serial()), merchant_id::trusted(text(t.merchant())),
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
  case fb::Input::BatchInput:
    return read_batch(*d.input_as_BatchInput());
  case fb::Input::BatchHandedOutInput:
    return read_batch_handed_out(*d.input_as_BatchHandedOutInput());
  }
  return wrong("holds an input that this build doesn't know");
}

} // namespace oncepay::flat
