#include "schema/stream.hpp"
#include "schema/terms_codec.hpp"
#include "schema/wire_codec.hpp"
#include "schema/wire_fields.hpp"
#include "schema/wire_frame.hpp"

#include <algorithm>

#include <command_generated.h>

namespace oncepay {

namespace {

/// Of a payment that binds a card, or is withheld by one: nothing else is done with it at the same time.
void check_card_payment(field_reader& r, const pay_command& c) {
  r.refuse_card_number(c.bind_token, "bind_token");
  r.refuse_card_number(c.payer, "payer");
  if (!c.bind_token.empty() && !c.agreement_order_no.empty())
    r.refuse(errc::invalid_field, "agreement_order_no: a payment binds a card or is withheld by one, not both");
  if (c.agreement_order_no == c.order_no)
    r.refuse(errc::invalid_field, "agreement_order_no: the payment's own number; name the order that bound the card");
  if (!c.payer_code.empty())
    r.refuse(errc::invalid_field, "payer_code: a payment by code neither binds a card nor is withheld by one");
  if (!c.wallet.empty())
    r.refuse(errc::invalid_field, "wallet: what a wallet pays neither binds a card nor is withheld by one");
  if (c.top_up)
    r.refuse(errc::invalid_field, "top_up: a top-up neither binds a card nor is withheld by one");
}

pay_command read(field_reader& r, const fb::Pay& t) {
  pay_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.amount = r.amount(t.amount_minor(), t.currency());
  c.method = r.id<method_id>(t.method(), "method");
  c.payer = r.plain_text(t.payer(), limits::payer_bytes_max, "payer");
  c.placed_at = r.time(t.placed_at_ns(), "placed_at_ns");
  c.payer_code = r.plain_text(t.payer_code(), limits::payer_code_bytes_max, "payer_code");
  c.expires_at = r.time(t.expires_at_ns(), "expires_at_ns");
  c.top_up = t.top_up();
  c.card = r.plain_text(t.card(), limits::card_bytes_max, "card");
  // Its number must not come here at all; whoever sends it by mistake is told before anything is kept.
  if (is_card_number(c.card))
    r.refuse(errc::invalid_field, "card: looks like a card's number; send your token of it");
  c.wallet = r.id_if_any<wallet_id>(t.wallet(), "wallet");
  c.to_wallet = r.id_if_any<wallet_id>(t.to_wallet(), "to_wallet");
  if (!c.wallet.empty() && !c.payer_code.empty())
    r.refuse(errc::invalid_field, "wallet: beside a payer_code, which is a wallet's of somebody else");
  if (!c.to_wallet.empty() && !c.top_up)
    r.refuse(errc::invalid_field, "to_wallet: of a top-up only");
  if (!c.wallet.empty() && c.wallet == c.to_wallet)
    r.refuse(errc::same_wallet, "to_wallet: is the wallet that it would be paid from");
  c.bind_token = r.plain_text(t.bind_token(), limits::card_token_bytes_max, "bind_token");
  if (!flat::text(t.agreement_order_no()).empty())
    c.agreement_order_no = r.id<order_no>(t.agreement_order_no(), "agreement_order_no");
  if (!c.bind_token.empty() || !c.agreement_order_no.empty())
    check_card_payment(r, c);
  return c;
}

template <class Command, class Table>
Command read_presented(field_reader& r, const Table& t) {
  Command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.currency = r.known_currency(t.currency());
  c.method = r.id<method_id>(t.method(), "method");
  c.card_token = r.named_text(t.card_token(), limits::card_token_bytes_max, "card_token");
  c.payer = r.plain_text(t.payer(), limits::payer_bytes_max, "payer");
  c.card = r.plain_text(t.card(), limits::card_bytes_max, "card");
  c.placed_at = r.time(t.placed_at_ns(), "placed_at_ns");
  c.expires_at = r.time(t.expires_at_ns(), "expires_at_ns");
  r.refuse_card_number(c.card_token, "card_token");
  r.refuse_card_number(c.payer, "payer");
  r.refuse_card_number(c.card, "card");
  return c;
}

bind_command read(field_reader& r, const fb::Bind& t) {
  return read_presented<bind_command>(r, t);
}

authenticate_command read(field_reader& r, const fb::Authenticate& t) {
  return read_presented<authenticate_command>(r, t);
}

unbind_command read(field_reader& r, const fb::Unbind& t) {
  unbind_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.unbind_no = r.id<order_no>(t.unbind_no(), "unbind_no");
  c.reason = r.plain_text(t.reason(), limits::reason_bytes_max, "reason");
  r.refuse_card_number(c.reason, "reason");
  return c;
}

confirm_command read(field_reader& r, const fb::Confirm& t) {
  confirm_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.amount = r.amount(t.amount_minor(), t.currency());
  c.proof = r.named_text(t.proof(), limits::proof_bytes_max, "proof");
  return c;
}

open_merchant_command read(field_reader& r, const fb::OpenMerchant& t) {
  open_merchant_command c{flat::read(*t.terms())};
  if (auto fault = fault_in(c.terms); !fault.empty())
    r.refuse(errc::invalid_field, "terms." + fault);
  return c;
}

open_channel_command read(field_reader& r, const fb::OpenChannel& t) {
  // Sound terms name everything once, and so fit into what the frame itself may hold.
  flat::unfolding_budget budget(limits::frame_bytes_max);
  open_channel_command c{flat::read(*t.terms(), budget)};
  if (budget.exceeded())
    r.refuse(errc::invalid_field, "terms: larger than a frame once every text is written out");
  if (!std::all_of(c.terms.currencies.begin(), c.terms.currencies.end(), [](currency in) { return is_known(in); }))
    r.refuse(errc::unknown_currency, "terms.currencies: names one that this server doesn't know");
  if (auto fault = fault_in(c.terms); !fault.empty())
    r.refuse(errc::invalid_field, "terms." + fault);
  // A path from outside would let any client choose which of the server's files is written to.
  if (!c.terms.bank.book_file.empty())
    r.refuse(errc::invalid_field, "terms.bank.book_file: only the server's configuration may name a file");
  return c;
}

switch_channel_command read(field_reader& r, const fb::SwitchChannel& t) {
  switch_channel_command c;
  c.channel = r.id<channel_id>(t.channel(), "channel");
  c.on = t.on();
  c.operator_name = r.named_text(t.operator_name(), limits::operator_name_bytes_max, "operator_name");
  c.reason = r.named_text(t.reason(), limits::reason_bytes_max, "reason");
  return c;
}

query_order_command read(field_reader& r, const fb::QueryOrder& t) {
  query_order_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.with_trajectory = t.with_trajectory();
  return c;
}

query_balances_command read(field_reader& r, const fb::QueryBalances& t) {
  query_balances_command c{std::string(flat::text(t.path_prefix()))};
  if (!c.path_prefix.empty() && !is_account_path(c.path_prefix))
    r.refuse(errc::invalid_field, "path_prefix: breaks its documented form");
  return c;
}

refund_command read(field_reader& r, const fb::Refund& t) {
  refund_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.refund_no = r.id<order_no>(t.refund_no(), "refund_no");
  c.amount = r.amount(t.amount_minor(), t.currency());
  c.reason = r.plain_text(t.reason(), limits::reason_bytes_max, "reason");
  return c;
}

close_command read(field_reader& r, const fb::Close& t) {
  close_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.reason = r.plain_text(t.reason(), limits::reason_bytes_max, "reason");
  return c;
}

propose_ruling_command read(field_reader& r, const fb::ProposeRuling& t) {
  propose_ruling_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.subject = r.known<ruling_subject>(t.subject(), "subject");
  c.number = t.number();
  if (c.number == 0)
    r.refuse(errc::invalid_field, "number: attempts and refunds are numbered from 1");
  c.outcome = r.known<ruling_outcome>(t.outcome(), "outcome");
  c.evidence = r.named_text(t.evidence(), limits::ruling_evidence_bytes_max, "evidence");
  c.reason = r.named_text(t.reason(), limits::reason_bytes_max, "reason");
  c.operator_name = r.named_text(t.operator_name(), limits::operator_name_bytes_max, "operator_name");
  return c;
}

answer_ruling_command read(field_reader& r, const fb::AnswerRuling& t) {
  answer_ruling_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.ruling = r.id<ruling_id>(t.ruling(), "ruling");
  c.approve = t.approve();
  c.operator_name = r.named_text(t.operator_name(), limits::operator_name_bytes_max, "operator_name");
  c.reason = c.approve ? r.plain_text(t.reason(), limits::reason_bytes_max, "reason")
                       : r.named_text(t.reason(), limits::reason_bytes_max, "reason");
  return c;
}

check_order_command read(field_reader& r, const fb::CheckOrder& t) {
  check_order_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  if (!flat::text(t.channel()).empty())
    c.channel = r.id<channel_id>(t.channel(), "channel");
  c.operator_name = r.named_text(t.operator_name(), limits::operator_name_bytes_max, "operator_name");
  c.reason = r.named_text(t.reason(), limits::reason_bytes_max, "reason");
  return c;
}

pay_out_command read(field_reader& r, const fb::PayOut& t) {
  pay_out_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.order_no = r.id<order_no>(t.order_no(), "order_no");
  c.amount = r.amount(t.amount_minor(), t.currency());
  c.method = r.id<method_id>(t.method(), "method");
  c.payee = r.named_text(t.payee(), limits::payer_bytes_max, "payee");
  c.reason = r.plain_text(t.reason(), limits::reason_bytes_max, "reason");
  c.from_wallet = r.id_if_any<wallet_id>(t.from_wallet(), "from_wallet");
  return c;
}

pay_out_batch_command read(field_reader& r, const fb::PayOutBatch& t) {
  pay_out_batch_command c;
  c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  c.batch_no = r.id<order_no>(t.batch_no(), "batch_no");
  c.method = r.id<method_id>(t.method(), "method");
  const money total = r.amount(t.total_minor(), t.currency());
  c.currency = total.currency;
  c.total_minor = total.minor;
  c.reason = r.plain_text(t.reason(), limits::reason_bytes_max, "reason");
  if (t.lines()->size() == 0 || t.lines()->size() > limits::batch_lines_max) {
    r.refuse(errc::invalid_field, "lines: 1 to " + std::to_string(limits::batch_lines_max) + " of them");
    return c;
  }
  for (const fb::PayOutLine* line : *t.lines()) {
    pay_out_line& l = c.lines.emplace_back();
    l.order_no = r.id<order_no>(line->order_no(), "lines.order_no");
    l.amount_minor = r.amount(line->amount_minor(), t.currency()).minor;
    l.payee = r.named_text(line->payee(), limits::payer_bytes_max, "lines.payee");
  }
  return c;
}

query_batch_command read(field_reader& r, const fb::QueryBatch& t) {
  return {r.id<merchant_id>(t.merchant(), "merchant"), r.id<order_no>(t.batch_no(), "batch_no")};
}

switch_pay_outs_command read(field_reader& r, const fb::SwitchPayOuts& t) {
  switch_pay_outs_command c;
  c.on = t.on();
  if (t.merchant() != nullptr)
    c.merchant = r.id<merchant_id>(t.merchant(), "merchant");
  if (t.channel() != nullptr)
    c.channel = r.id<channel_id>(t.channel(), "channel");
  if (t.merchant() != nullptr && t.channel() != nullptr)
    r.refuse(errc::invalid_field, "channel: name a merchant or a channel, not both");
  c.operator_name = r.named_text(t.operator_name(), limits::operator_name_bytes_max, "operator_name");
  c.reason = r.named_text(t.reason(), limits::reason_bytes_max, "reason");
  return c;
}

switch_command read(field_reader& r, const fb::Switch& t) {
  switch_command c;
  c.subject = r.known<switch_subject>(t.subject(), "subject");
  c.name = c.subject == switch_subject::method ? r.id<method_id>(t.name(), "name").str()
                                               : r.id<merchant_id>(t.name(), "name").str();
  c.on = t.on();
  c.operator_name = r.named_text(t.operator_name(), limits::operator_name_bytes_max, "operator_name");
  c.reason = r.named_text(t.reason(), limits::reason_bytes_max, "reason");
  return c;
}

issue_code_command read(field_reader& r, const fb::IssueCode& t) {
  return {r.id<merchant_id>(t.merchant(), "merchant"), r.id<code_label>(t.label(), "label")};
}

revoke_code_command read(field_reader& r, const fb::RevokeCode& t) {
  revoke_code_command c;
  c.serial = r.id<code_serial>(t.serial(), "serial");
  c.operator_name = r.named_text(t.operator_name(), limits::operator_name_bytes_max, "operator_name");
  c.reason = r.named_text(t.reason(), limits::reason_bytes_max, "reason");
  return c;
}

query_code_command read(field_reader& r, const fb::QueryCode& t) {
  return {r.id<code_serial>(t.serial(), "serial")};
}

} // namespace

tl::expected<command, frame_error> decode_command(bytes_view frame) {
  auto opened =
      flat::open_frame<fb::Command>(frame, fb::CommandIdentifier(),
                                    {limits::frame_bytes_max, limits::verifier_tables_max}, fb::Command::VT_REQUEST_ID);
  if (!opened)
    return tl::unexpected(std::move(opened.error()));
  const fb::Command& t = **opened;
  field_reader r(t.request_id());
  // The verifier checked the body as what its type says, and nothing where it doesn't know the type.
  switch (t.body_type()) {
  case fb::CommandBody::NONE:
    return flat::malformed("the command has no body", t.request_id());
  case fb::CommandBody::Pay: {
    auto body = read(r, *t.body_as_Pay());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::OpenMerchant: {
    auto body = read(r, *t.body_as_OpenMerchant());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::OpenChannel: {
    auto body = read(r, *t.body_as_OpenChannel());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::SwitchChannel: {
    auto body = read(r, *t.body_as_SwitchChannel());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::QueryOrder: {
    auto body = read(r, *t.body_as_QueryOrder());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::QueryBalances: {
    auto body = read(r, *t.body_as_QueryBalances());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::Refund: {
    auto body = read(r, *t.body_as_Refund());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::Close: {
    auto body = read(r, *t.body_as_Close());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::ProposeRuling: {
    auto body = read(r, *t.body_as_ProposeRuling());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::AnswerRuling: {
    auto body = read(r, *t.body_as_AnswerRuling());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::CheckOrder: {
    auto body = read(r, *t.body_as_CheckOrder());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::IssueCode: {
    auto body = read(r, *t.body_as_IssueCode());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::PayOutBatch: {
    auto body = read(r, *t.body_as_PayOutBatch());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::QueryBatch: {
    auto body = read(r, *t.body_as_QueryBatch());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::RevokeCode: {
    auto body = read(r, *t.body_as_RevokeCode());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::QueryCode: {
    auto body = read(r, *t.body_as_QueryCode());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::PayOut: {
    auto body = read(r, *t.body_as_PayOut());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::SwitchPayOuts: {
    auto body = read(r, *t.body_as_SwitchPayOuts());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::Confirm: {
    auto body = read(r, *t.body_as_Confirm());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::Bind: {
    auto body = read(r, *t.body_as_Bind());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::Unbind: {
    auto body = read(r, *t.body_as_Unbind());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::Authenticate: {
    auto body = read(r, *t.body_as_Authenticate());
    return std::move(r).finish(t, std::move(body));
  }
  case fb::CommandBody::Switch: {
    auto body = read(r, *t.body_as_Switch());
    return std::move(r).finish(t, std::move(body));
  }
  }
  return tl::unexpected(
      frame_error{errc::unsupported_command, t.request_id(), "a command that this server doesn't know"});
}

} // namespace oncepay
