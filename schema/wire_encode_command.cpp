#include "schema/flat.hpp"
#include "schema/terms_codec.hpp"
#include "schema/wire_codec.hpp"

#include <command_generated.h>

namespace oncepay {

namespace {

struct command_body_writer {
  flat::builder& b;

  using result = std::pair<fb::CommandBody, flatbuffers::Offset<void>>;

  result operator()(const pay_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto alpha = flat::write_text(b, alpha_code(c.amount.currency));
    auto method = flat::write_text(b, c.method.str());
    auto payer = flat::write_text_if_any(b, c.payer);
    auto payer_code = flat::write_text_if_any(b, c.payer_code);
    auto card = flat::write_text_if_any(b, c.card);
    auto wallet = flat::write_text_if_any(b, c.wallet.str());
    auto to_wallet = flat::write_text_if_any(b, c.to_wallet.str());
    auto bind_token = flat::write_text_if_any(b, c.bind_token);
    auto agreement = flat::write_text_if_any(b, c.agreement_order_no.str());
    return {fb::CommandBody::Pay,
            fb::CreatePay(b, merchant, number, c.amount.minor, alpha, method, payer, c.placed_at.ns, payer_code,
                          c.expires_at.ns, c.top_up, card, wallet, to_wallet, bind_token, agreement)
                .Union()};
  }
  result operator()(const open_merchant_command& c) const {
    auto terms = flat::write(b, c.terms);
    return {fb::CommandBody::OpenMerchant, fb::CreateOpenMerchant(b, terms).Union()};
  }
  result operator()(const open_channel_command& c) const {
    auto terms = flat::write(b, c.terms);
    return {fb::CommandBody::OpenChannel, fb::CreateOpenChannel(b, terms).Union()};
  }
  result operator()(const switch_channel_command& c) const {
    auto channel = flat::write_text(b, c.channel.str());
    auto operator_name = flat::write_text(b, c.operator_name);
    auto reason = flat::write_text(b, c.reason);
    return {fb::CommandBody::SwitchChannel, fb::CreateSwitchChannel(b, channel, c.on, operator_name, reason).Union()};
  }
  result operator()(const query_order_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    return {fb::CommandBody::QueryOrder, fb::CreateQueryOrder(b, merchant, number, c.with_trajectory).Union()};
  }
  result operator()(const query_balances_command& c) const {
    auto prefix = flat::write_text_if_any(b, c.path_prefix);
    return {fb::CommandBody::QueryBalances, fb::CreateQueryBalances(b, prefix).Union()};
  }
  result operator()(const refund_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto refund_no = flat::write_text(b, c.refund_no.str());
    auto alpha = flat::write_text(b, alpha_code(c.amount.currency));
    auto reason = flat::write_text_if_any(b, c.reason);
    return {fb::CommandBody::Refund,
            fb::CreateRefund(b, merchant, number, refund_no, c.amount.minor, alpha, reason).Union()};
  }
  result operator()(const close_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto reason = flat::write_text_if_any(b, c.reason);
    return {fb::CommandBody::Close, fb::CreateClose(b, merchant, number, reason).Union()};
  }
  result operator()(const propose_ruling_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto evidence = flat::write_text(b, c.evidence);
    auto reason = flat::write_text(b, c.reason);
    auto operator_name = flat::write_text(b, c.operator_name);
    return {fb::CommandBody::ProposeRuling,
            fb::CreateProposeRuling(b, merchant, number, static_cast<uint8_t>(c.subject), c.number,
                                    static_cast<uint8_t>(c.outcome), evidence, reason, operator_name)
                .Union()};
  }
  result operator()(const answer_ruling_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto ruling = flat::write_text(b, c.ruling.str());
    auto operator_name = flat::write_text(b, c.operator_name);
    auto reason = flat::write_text_if_any(b, c.reason);
    return {fb::CommandBody::AnswerRuling,
            fb::CreateAnswerRuling(b, merchant, number, ruling, c.approve, operator_name, reason).Union()};
  }
  result operator()(const check_order_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto channel = flat::write_text_if_any(b, c.channel.str());
    auto operator_name = flat::write_text(b, c.operator_name);
    auto reason = flat::write_text(b, c.reason);
    return {fb::CommandBody::CheckOrder,
            fb::CreateCheckOrder(b, merchant, number, channel, operator_name, reason).Union()};
  }
  result operator()(const issue_code_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto label = flat::write_text(b, c.label.str());
    return {fb::CommandBody::IssueCode, fb::CreateIssueCode(b, merchant, label).Union()};
  }
  result operator()(const revoke_code_command& c) const {
    auto serial = flat::write_text(b, c.serial.str());
    auto operator_name = flat::write_text(b, c.operator_name);
    auto reason = flat::write_text(b, c.reason);
    return {fb::CommandBody::RevokeCode, fb::CreateRevokeCode(b, serial, operator_name, reason).Union()};
  }
  result operator()(const query_code_command& c) const {
    auto serial = flat::write_text(b, c.serial.str());
    return {fb::CommandBody::QueryCode, fb::CreateQueryCode(b, serial).Union()};
  }
  result operator()(const pay_out_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto alpha = flat::write_text(b, alpha_code(c.amount.currency));
    auto method = flat::write_text(b, c.method.str());
    auto payee = flat::write_text(b, c.payee);
    auto reason = flat::write_text_if_any(b, c.reason);
    auto from_wallet = flat::write_text_if_any(b, c.from_wallet.str());
    return {fb::CommandBody::PayOut,
            fb::CreatePayOut(b, merchant, number, c.amount.minor, alpha, method, payee, reason, from_wallet).Union()};
  }
  result operator()(const switch_pay_outs_command& c) const {
    auto merchant = flat::write_text_if_any(b, c.merchant.str());
    auto channel = flat::write_text_if_any(b, c.channel.str());
    auto operator_name = flat::write_text(b, c.operator_name);
    auto reason = flat::write_text(b, c.reason);
    return {fb::CommandBody::SwitchPayOuts,
            fb::CreateSwitchPayOuts(b, c.on, merchant, channel, operator_name, reason).Union()};
  }
  result operator()(const pay_out_batch_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto batch_no = flat::write_text(b, c.batch_no.str());
    auto method = flat::write_text(b, c.method.str());
    auto alpha = flat::write_text(b, alpha_code(c.currency));
    auto reason = flat::write_text_if_any(b, c.reason);
    std::vector<flatbuffers::Offset<fb::PayOutLine>> lines;
    lines.reserve(c.lines.size());
    for (const pay_out_line& line : c.lines) {
      auto number = flat::write_text(b, line.order_no.str());
      auto payee = flat::write_text(b, line.payee);
      lines.push_back(fb::CreatePayOutLine(b, number, line.amount_minor, payee));
    }
    auto line_vector = b.CreateVector(lines);
    return {fb::CommandBody::PayOutBatch,
            fb::CreatePayOutBatch(b, merchant, batch_no, method, alpha, c.total_minor, reason, line_vector).Union()};
  }
  result operator()(const query_batch_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto batch_no = flat::write_text(b, c.batch_no.str());
    return {fb::CommandBody::QueryBatch, fb::CreateQueryBatch(b, merchant, batch_no).Union()};
  }
  result operator()(const confirm_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto alpha = flat::write_text(b, alpha_code(c.amount.currency));
    auto proof = flat::write_text(b, c.proof);
    return {fb::CommandBody::Confirm, fb::CreateConfirm(b, merchant, number, c.amount.minor, alpha, proof).Union()};
  }
  result operator()(const bind_command& c) const {
    return {fb::CommandBody::Bind, write_presented<fb::BindBuilder>(c)};
  }
  result operator()(const unbind_command& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto unbind_no = flat::write_text(b, c.unbind_no.str());
    auto reason = flat::write_text_if_any(b, c.reason);
    return {fb::CommandBody::Unbind, fb::CreateUnbind(b, merchant, number, unbind_no, reason).Union()};
  }
  result operator()(const authenticate_command& c) const {
    return {fb::CommandBody::Authenticate, write_presented<fb::AuthenticateBuilder>(c)};
  }
  result operator()(const switch_command& c) const {
    auto name = flat::write_text(b, c.name);
    auto operator_name = flat::write_text(b, c.operator_name);
    auto reason = flat::write_text(b, c.reason);
    return {fb::CommandBody::Switch,
            fb::CreateSwitch(b, static_cast<uint8_t>(c.subject), name, c.on, operator_name, reason).Union()};
  }

private:
  /// Of both commands that present a card.
  template <class Builder, class Presented>
  flatbuffers::Offset<void> write_presented(const Presented& c) const {
    auto merchant = flat::write_text(b, c.merchant.str());
    auto number = flat::write_text(b, c.order_no.str());
    auto alpha = flat::write_text(b, alpha_code(c.currency));
    auto method = flat::write_text(b, c.method.str());
    auto card_token = flat::write_text(b, c.card_token);
    auto payer = flat::write_text_if_any(b, c.payer);
    auto card = flat::write_text_if_any(b, c.card);
    Builder table(b);
    table.add_merchant(merchant);
    table.add_order_no(number);
    table.add_currency(alpha);
    table.add_method(method);
    table.add_card_token(card_token);
    table.add_payer(payer);
    table.add_card(card);
    table.add_placed_at_ns(c.placed_at.ns);
    table.add_expires_at_ns(c.expires_at.ns);
    return table.Finish().Union();
  }
};

} // namespace

std::vector<std::byte> encode_frame(const command& c) {
  flat::builder& b = flat::fresh_builder();
  auto [type, body] = std::visit(command_body_writer{b}, c.body);
  fb::FinishSizePrefixedCommandBuffer(b, fb::CreateCommand(b, c.request_id, c.not_before_position, type, body));
  bytes_view frame = flat::finished(b);
  return {frame.begin(), frame.end()};
}

} // namespace oncepay
