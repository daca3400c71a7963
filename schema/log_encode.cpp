#include "schema/log_codec_parts.hpp"
#include "schema/terms_codec.hpp"

#include <algorithm>

namespace oncepay::flat {

namespace {

using any_table = flatbuffers::Offset<void>;
flatbuffers::Offset<fb::EnquiryFacts> write_facts(builder& b, const enquiry_facts& facts) {
  return fb::CreateEnquiryFacts(b, facts.asked_at.ns, facts.not_found_after_ms, facts.interval_ms_max,
                                facts.enquiries_max, facts.check);
}

flatbuffers::Offset<fb::NoticeFacts> write_facts(builder& b, const notice_facts& facts) {
  auto channel = write_text_if_any(b, facts.channel.str());
  bytes16_if_any id(facts.id.empty() ? hash128{} : from_base32(facts.id.str()));
  return fb::CreateNoticeFacts(b, channel, id.get(), facts.amount.minor, facts.amount.currency.numeric,
                               facts.received_at.ns);
}

struct input_writer {
  builder& b;

  using result = std::pair<fb::Input, any_table>;

  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> write_sealed(const sealed_payer& s) const {
    if (s.ciphertext.empty())
      return {};
    return b.CreateVector(reinterpret_cast<const uint8_t*>(s.ciphertext.data()), s.ciphertext.size());
  }

  result operator()(const pay_input& in) const {
    auto method = write_text_if_any(b, in.method.str());
    auto sealed = write_sealed(in.payer);
    auto sealed_code = write_sealed(in.payer_code);
    auto route = write(b, in.route);
    auto risk = write_risk(in.risk);
    auto wallet = write_text_if_any(b, in.wallet.str());
    auto to_wallet = write_text_if_any(b, in.to_wallet.str());
    auto card = write_card(in.card);
    auto agreement = write_agreement(in.agreement);
    bytes16_if_any token(in.payer_token);
    bytes16_if_any card_token(in.card_token);
    return {fb::Input::PayInput,
            fb::CreatePayInput(b, in.amount.minor, in.amount.currency.numeric, method, token.get(), in.payer.key_id,
                               sealed, in.placed_at.ns, route, in.payer_code.key_id, sealed_code, in.expires_at.ns,
                               in.top_up, card_token.get(), risk, wallet, to_wallet, card, agreement)
                .Union()};
  }
  flatbuffers::Offset<fb::PresentedCard> write_card(const presented_card& c) const {
    if (c == presented_card{})
      return {};
    auto sealed = write_sealed(c.token);
    bytes16_if_any likeness(c.likeness);
    return fb::CreatePresentedCard(b, static_cast<uint8_t>(c.deed), c.token.key_id, sealed, likeness.get());
  }
  flatbuffers::Offset<fb::AgreementUse> write_agreement(const agreement_use& a) const {
    if (a == agreement_use{})
      return {};
    auto bound_by = write_text_if_any(b, a.bound_by.str());
    auto order_no = write_text_if_any(b, a.order_no.str());
    auto channel = write_text_if_any(b, a.channel.str());
    auto reference = write_text_if_any(b, a.reference);
    return fb::CreateAgreementUse(b, bound_by, order_no, channel, reference);
  }
  result operator()(const attempt_input& in) const {
    auto code = write_text_if_any(b, in.code);
    auto channel_ref = write_text_if_any(b, in.channel_ref);
    auto agreement = write_text_if_any(b, in.agreement);
    auto card_mask = write_text_if_any(b, in.card_mask);
    flatbuffers::Offset<fb::Route> route;
    if (in.route)
      route = write(b, *in.route);
    flatbuffers::Offset<fb::EnquiryFacts> enquiry;
    if (in.enquiry)
      enquiry = write_facts(b, *in.enquiry);
    flatbuffers::Offset<fb::NoticeFacts> notice;
    if (in.notice)
      notice = write_facts(b, *in.notice);
    return {fb::Input::AttemptInput, fb::CreateAttemptInput(b, in.attempt_number, static_cast<uint8_t>(in.source),
                                                            static_cast<fb::ReplyClass>(in.outcome), code, channel_ref,
                                                            route, enquiry, notice, agreement, card_mask)
                                         .Union()};
  }
  result operator()(const merchant_input& in) const {
    auto terms = write(b, in.terms);
    return {fb::Input::MerchantInput, fb::CreateMerchantInput(b, terms, in.by_configuration).Union()};
  }
  result operator()(const channel_input& in) const {
    auto terms = write(b, in.terms);
    return {fb::Input::ChannelInput, fb::CreateChannelInput(b, terms, in.by_configuration).Union()};
  }
  result operator()(const switch_input& in) const {
    auto operator_name = write_text_if_any(b, in.operator_name);
    auto reason = write_text_if_any(b, in.reason);
    return {fb::Input::SwitchInput, fb::CreateSwitchInput(b, in.on, operator_name, reason).Union()};
  }
  result operator()(const credit_input& in) const {
    auto key = write_text_if_any(b, in.key);
    auto channel = write_text_if_any(b, in.channel.str());
    return {fb::Input::CreditInput, fb::CreateCreditInput(b, key, in.amount.minor, in.amount.currency.numeric,
                                                          in.asked_at.ns, channel, in.before.ns)
                                        .Union()};
  }
  result operator()(const claim_input& in) const {
    auto key = write_text_if_any(b, in.key);
    auto channel = write_text_if_any(b, in.channel.str());
    bytes16_if_any likeness(in.likeness);
    return {fb::Input::ClaimInput, fb::CreateClaimInput(b, key, in.amount.minor, in.amount.currency.numeric,
                                                        likeness.get(), channel, in.before.ns)
                                       .Union()};
  }
  result operator()(const release_input& in) const {
    auto key = write_text_if_any(b, in.key);
    return {fb::Input::ReleaseInput, fb::CreateReleaseInput(b, key).Union()};
  }
  result operator()(const log_release_input& in) const {
    auto operator_name = write_text_if_any(b, in.operator_name);
    auto reason = write_text_if_any(b, in.reason);
    return {fb::Input::LogReleaseInput, fb::CreateLogReleaseInput(b, operator_name, reason).Union()};
  }
  result operator()(const refund_input& in) const {
    auto order_no = write_text_if_any(b, in.order_no.str());
    auto refund_no = write_text_if_any(b, in.refund_no.str());
    auto reason = write_text_if_any(b, in.reason);
    return {fb::Input::RefundInput, fb::CreateRefundInput(b, order_no, refund_no, in.amount.minor,
                                                          in.amount.currency.numeric, reason, in.unbinds)
                                        .Union()};
  }
  result operator()(const refund_answer_input& in) const {
    auto code = write_text_if_any(b, in.code);
    auto channel_ref = write_text_if_any(b, in.channel_ref);
    flatbuffers::Offset<fb::EnquiryFacts> enquiry;
    if (in.enquiry)
      enquiry = write_facts(b, *in.enquiry);
    return {fb::Input::RefundAnswerInput,
            fb::CreateRefundAnswerInput(b, in.refund_number, static_cast<uint8_t>(in.source),
                                        static_cast<fb::ReplyClass>(in.outcome), code, channel_ref, enquiry)
                .Union()};
  }
  result operator()(const close_input& in) const {
    auto reason = write_text_if_any(b, in.reason);
    return {fb::Input::CloseInput, fb::CreateCloseInput(b, reason).Union()};
  }
  result operator()(const timer_input&) const { return {fb::Input::TimerInput, fb::CreateTimerInput(b).Union()}; }
  result operator()(const ruling_proposal_input& in) const {
    auto evidence = write_text_if_any(b, in.evidence);
    auto reason = write_text_if_any(b, in.reason);
    auto operator_name = write_text_if_any(b, in.operator_name);
    return {fb::Input::RulingProposalInput,
            fb::CreateRulingProposalInput(b, static_cast<uint8_t>(in.subject), in.number,
                                          static_cast<uint8_t>(in.outcome), evidence, reason, operator_name)
                .Union()};
  }
  result operator()(const ruling_answer_input& in) const {
    bytes16_if_any ruling(from_base32(in.ruling.str()));
    auto operator_name = write_text_if_any(b, in.operator_name);
    auto reason = write_text_if_any(b, in.reason);
    return {fb::Input::RulingAnswerInput,
            fb::CreateRulingAnswerInput(b, ruling.get(), in.approve, operator_name, reason).Union()};
  }
  result operator()(const confirm_input& in) const {
    auto route = write(b, in.route);
    bytes16_if_any token(in.proof_token);
    return {
        fb::Input::ConfirmInput,
        fb::CreateConfirmInput(b, in.amount.minor, in.amount.currency.numeric, token.get(), in.proven, route).Union()};
  }
  /// A payment that no rules were asked about has none.
  flatbuffers::Offset<fb::RiskAnswer> write_risk(const risk_answer& r) const {
    if (r == risk_answer{})
      return {};
    auto rule = write_text_if_any(b, r.rule);
    auto version = write_text_if_any(b, r.version);
    return fb::CreateRiskAnswer(b, static_cast<uint8_t>(r.outcome), rule, version, r.confirm_within_ms, r.wrong_max);
  }
  result operator()(const telling_input& in) const {
    auto code = write_text_if_any(b, in.code);
    return {fb::Input::TellingInput,
            fb::CreateTellingInput(b, in.number, in.nth, static_cast<uint8_t>(in.fate), code).Union()};
  }
  result operator()(const check_input& in) const {
    auto channel = write_text_if_any(b, in.channel.str());
    auto operator_name = write_text_if_any(b, in.operator_name);
    auto reason = write_text_if_any(b, in.reason);
    return {fb::Input::CheckInput, fb::CreateCheckInput(b, channel, operator_name, reason).Union()};
  }
  result operator()(const code_input& in) const {
    bytes16_if_any serial(from_base32(in.serial.str()));
    auto merchant = write_text_if_any(b, in.merchant.str());
    auto label = write_text_if_any(b, in.label.str());
    return {fb::Input::CodeInput, fb::CreateCodeInput(b, serial.get(), merchant, label).Union()};
  }
  result operator()(const code_revocation_input& in) const {
    auto operator_name = write_text_if_any(b, in.operator_name);
    auto reason = write_text_if_any(b, in.reason);
    return {fb::Input::CodeRevocationInput, fb::CreateCodeRevocationInput(b, operator_name, reason).Union()};
  }
  result operator()(const pay_out_input& in) const {
    auto order_no = write_text_if_any(b, in.order_no.str());
    auto method = write_text_if_any(b, in.method.str());
    auto sealed = write_sealed(in.payee);
    auto reason = write_text_if_any(b, in.reason);
    flatbuffers::Offset<fb::Route> route;
    if (in.route)
      route = write(b, *in.route);
    auto from_wallet = write_text_if_any(b, in.from_wallet.str());
    bytes16_if_any token(in.payee_token);
    return {fb::Input::PayOutInput,
            fb::CreatePayOutInput(b, order_no, in.amount.minor, in.amount.currency.numeric, method, token.get(),
                                  in.payee.key_id, sealed, reason, route, from_wallet)
                .Union()};
  }
  result operator()(const batch_input& in) const {
    auto merchant = write_text_if_any(b, in.merchant.str());
    auto batch_no = write_text_if_any(b, in.batch_no.str());
    auto method = write_text_if_any(b, in.method.str());
    auto reason = write_text_if_any(b, in.reason);
    std::vector<flatbuffers::Offset<fb::BatchLine>> lines;
    lines.reserve(in.lines.size());
    for (const batch_line& line : in.lines) {
      auto order_no = write_text_if_any(b, line.order_no.str());
      auto sealed = write_sealed(line.payee);
      bytes16_if_any token(line.payee_token);
      lines.push_back(fb::CreateBatchLine(b, order_no, line.amount_minor, token.get(), line.payee.key_id, sealed));
    }
    auto line_vector = b.CreateVector(lines);
    return {fb::Input::BatchInput, fb::CreateBatchInput(b, merchant, batch_no, method, in.currency.numeric,
                                                        in.total_minor, reason, line_vector)
                                       .Union()};
  }
  result operator()(const batch_handed_out_input& in) const {
    auto refusals = b.CreateVector(in.refusals);
    return {fb::Input::BatchHandedOutInput, fb::CreateBatchHandedOutInput(b, refusals).Union()};
  }
  result operator()(const settle_input& in) const {
    auto key = write_text_if_any(b, in.key);
    return {fb::Input::SettleInput, fb::CreateSettleInput(b, key).Union()};
  }
  result operator()(const account_answer_input& in) const {
    flatbuffers::Offset<fb::Route> route;
    if (in.route)
      route = write(b, *in.route);
    return {fb::Input::AccountAnswerInput,
            fb::CreateAccountAnswerInput(b, static_cast<uint8_t>(in.deed), in.refusal, route).Union()};
  }
  result operator()(const pay_out_switch_input& in) const {
    auto merchant = write_text_if_any(b, in.merchant.str());
    auto channel = write_text_if_any(b, in.channel.str());
    auto operator_name = write_text_if_any(b, in.operator_name);
    auto reason = write_text_if_any(b, in.reason);
    return {fb::Input::PayOutSwitchInput,
            fb::CreatePayOutSwitchInput(b, in.on, merchant, channel, operator_name, reason).Union()};
  }
};

} // namespace

fb::Bytes16 to_bytes16(const hash128& hash) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), hash.data(), hash.size());
  return fb::Bytes16(flatbuffers::make_span(bytes));
}

std::pair<fb::Input, any_table> write(builder& b, const input& in) {
  return std::visit(input_writer{b}, in);
}

} // namespace oncepay::flat
