#include "schema/flat.hpp"
#include "schema/wire_codec.hpp"

#include <reply_generated.h>

namespace oncepay {

namespace {

using flatbuffers::Offset;

Offset<fb::AttemptView> write(flat::builder& b, const attempt_view& a) {
  auto channel = flat::write_text_if_any(b, a.channel.str());
  auto id = flat::write_text_if_any(b, a.id.str());
  auto code = flat::write_text_if_any(b, a.code);
  auto channel_ref = flat::write_text_if_any(b, a.channel_ref);
  return fb::CreateAttemptView(b, a.number, channel, id, static_cast<fb::AttemptState>(a.state), code, channel_ref,
                               static_cast<uint8_t>(a.last_evidence), a.enquire_at.ns, a.enquiries);
}

Offset<fb::RefundView> write(flat::builder& b, const refund_view& v) {
  auto refund_no = flat::write_text_if_any(b, v.refund_no.str());
  auto id = flat::write_text_if_any(b, v.operation_id.str());
  auto code = flat::write_text_if_any(b, v.code);
  auto channel_ref = flat::write_text_if_any(b, v.channel_ref);
  return fb::CreateRefundView(b, v.number, refund_no, static_cast<fb::RefundState>(v.state), v.amount_minor,
                              v.fee_returned_minor, v.attempt_number, id, code, channel_ref,
                              static_cast<uint8_t>(v.last_evidence), v.enquire_at.ns, v.unbinds);
}

Offset<fb::CardView> write(flat::builder& b, const card_view& v) {
  auto mask = flat::write_text_if_any(b, v.mask);
  auto agreement = flat::write_text_if_any(b, v.agreement);
  auto bound_by = flat::write_text_if_any(b, v.bound_by.str());
  return fb::CreateCardView(b, mask, agreement, v.stands, v.unbound, bound_by);
}

Offset<fb::RulingView> write(flat::builder& b, const ruling_view& v) {
  auto ruling = flat::write_text_if_any(b, v.ruling.str());
  auto evidence = flat::write_text_if_any(b, v.said.evidence);
  auto reason = flat::write_text_if_any(b, v.said.reason);
  auto proposed_by = flat::write_text_if_any(b, v.said.operator_name);
  return fb::CreateRulingView(b, ruling, static_cast<uint8_t>(v.said.subject), v.said.number,
                              static_cast<uint8_t>(v.said.outcome), evidence, reason, proposed_by, v.proposed_at.ns,
                              v.expires_at.ns);
}

Offset<flatbuffers::String> write_currency(flat::builder& b, currency c) {
  // Shared: a list of balances names few currencies often.
  std::string_view alpha = alpha_code(c);
  return c == currency{} ? Offset<flatbuffers::String>{} : b.CreateSharedString(alpha.data(), alpha.size());
}

struct reply_body_writer {
  flat::builder& b;

  using result = std::pair<fb::ReplyBody, Offset<void>>;

  result operator()(std::monostate) const { return {fb::ReplyBody::NONE, {}}; }

  result operator()(const order_view& v) const {
    auto merchant = flat::write_text_if_any(b, v.merchant.str());
    auto number = flat::write_text_if_any(b, v.order_no.str());
    auto alpha = write_currency(b, v.amount.currency);
    auto method = flat::write_text_if_any(b, v.method.str());
    std::vector<Offset<fb::AttemptView>> attempts;
    attempts.reserve(v.attempts.size());
    for (const attempt_view& a : v.attempts)
      attempts.push_back(write(b, a));
    Offset<flatbuffers::Vector<Offset<fb::AttemptView>>> attempt_list;
    if (!attempts.empty())
      attempt_list = b.CreateVector(attempts);
    Offset<flatbuffers::Vector<Offset<flatbuffers::String>>> trajectory;
    if (!v.trajectory.empty())
      trajectory = b.CreateVectorOfStrings(v.trajectory);
    std::vector<Offset<fb::RefundView>> refunds;
    for (const refund_view& refund : v.refunds)
      refunds.push_back(write(b, refund));
    Offset<flatbuffers::Vector<Offset<fb::RefundView>>> refund_list;
    if (!refunds.empty())
      refund_list = b.CreateVector(refunds);
    Offset<fb::RulingView> ruling;
    if (v.ruling)
      ruling = write(b, *v.ruling);
    auto risk_rule = flat::write_text_if_any(b, v.risk_rule);
    auto from_wallet = flat::write_text_if_any(b, v.from_wallet.str());
    auto to_wallet = flat::write_text_if_any(b, v.to_wallet.str());
    Offset<fb::CardView> card;
    if (v.card != card_view{})
      card = write(b, v.card);
    return {fb::ReplyBody::OrderView,
            fb::CreateOrderView(b, merchant, number, static_cast<fb::OrderState>(v.state), v.amount.minor, alpha,
                                method, v.opened_at.ns, v.in_doubt, attempt_list, trajectory, refund_list,
                                v.expires_at.ns, v.refunded_minor, ruling, static_cast<fb::OrderKind>(v.kind),
                                v.confirm_before.ns, risk_rule, from_wallet, to_wallet, card)
                .Union()};
  }

  result operator()(const balance_list& list) const {
    std::vector<Offset<fb::Balance>> balances;
    balances.reserve(list.balances.size());
    for (const balance& line : list.balances) {
      auto path = flat::write_text_if_any(b, line.path);
      auto alpha = write_currency(b, line.amount.currency);
      balances.push_back(fb::CreateBalance(b, path, line.amount.minor, alpha));
    }
    Offset<flatbuffers::Vector<Offset<fb::Balance>>> balance_vector;
    if (!balances.empty())
      balance_vector = b.CreateVector(balances);
    std::vector<Offset<fb::Balance>> sums;
    for (const money& sum : list.sums) {
      auto alpha = write_currency(b, sum.currency);
      sums.push_back(fb::CreateBalance(b, {}, sum.minor, alpha));
    }
    Offset<flatbuffers::Vector<Offset<fb::Balance>>> sum_vector;
    if (!sums.empty())
      sum_vector = b.CreateVector(sums);
    return {fb::ReplyBody::BalanceList, fb::CreateBalanceList(b, balance_vector, list.accounts, sum_vector).Union()};
  }

  result operator()(const batch_view& v) const {
    auto merchant = flat::write_text_if_any(b, v.merchant.str());
    auto batch_no = flat::write_text_if_any(b, v.batch_no.str());
    auto method = flat::write_text_if_any(b, v.method.str());
    auto alpha = write_currency(b, v.currency);
    std::vector<Offset<fb::BatchLineView>> lines;
    lines.reserve(v.lines.size());
    for (const batch_line_view& line : v.lines) {
      auto number = flat::write_text_if_any(b, line.order_no.str());
      lines.push_back(fb::CreateBatchLineView(b, number, line.amount_minor, static_cast<uint16_t>(line.code),
                                              static_cast<fb::OrderState>(line.state)));
    }
    auto line_vector = b.CreateVector(lines);
    return {
        fb::ReplyBody::BatchView,
        fb::CreateBatchView(b, merchant, batch_no, method, alpha, v.opened_at.ns, v.handed_out, line_vector).Union()};
  }

  result operator()(const code_view& v) const {
    auto serial = flat::write_text_if_any(b, v.serial.str());
    auto merchant = flat::write_text_if_any(b, v.merchant.str());
    auto label = flat::write_text_if_any(b, v.label.str());
    return {fb::ReplyBody::CodeView, fb::CreateCodeView(b, serial, merchant, label, v.revoked).Union()};
  }
};

/// Valid until the thread builds its next message.
bytes_view build(const reply& r) {
  flat::builder& b = flat::fresh_builder();
  auto text = flat::write_text_if_any(b, r.text);
  auto [type, body] = std::visit(reply_body_writer{b}, r.body);
  fb::FinishSizePrefixedReplyBuffer(b, fb::CreateReply(b, r.request_id, static_cast<uint16_t>(r.code), text, r.position,
                                                       r.duplicate, type, body, r.retry_after_ms));
  return flat::finished(b);
}

bytes_view build_readable(const reply& r) {
  bytes_view frame = build(r);
  if (frame.size() <= frame_prefix_bytes + limits::reply_bytes_max)
    return frame;
  return build({r.request_id, errc::internal, "the answer is too large for a reply", r.position, r.duplicate, {}});
}

} // namespace

std::vector<std::byte> encode_frame(const reply& r) {
  bytes_view frame = build_readable(r);
  return {frame.begin(), frame.end()};
}

void append_frame(std::vector<std::byte>& out, const reply& r) {
  bytes_view frame = build_readable(r);
  out.insert(out.end(), frame.begin(), frame.end());
}

} // namespace oncepay
