#include "schema/wire_codec.hpp"
#include "schema/wire_frame.hpp"

#include <reply_generated.h>

namespace oncepay {

namespace {

/// What a field of a reply holds that this build can't read; null: nothing.
using fault = const char*;

using budget = flat::unfolding_budget;

std::string string_of(const flatbuffers::String* s, budget& left) {
  return std::string(left.take(s));
}

fault read(const flatbuffers::String* alpha, int64_t minor, money& out) {
  std::string_view code = flat::text(alpha);
  out.minor = minor;
  // "???" is how a server writes a currency that only a newer one knows; the amount is still worth reading.
  if (code.empty() || code == "???")
    return nullptr;
  auto parsed = parse_currency(code);
  if (!parsed)
    return "a currency that this build doesn't know";
  out.currency = *parsed;
  return nullptr;
}

fault read(const fb::AttemptView& t, attempt_view& out, budget& left) {
  auto state = flat::known<attempt_state>(static_cast<uint8_t>(t.state()));
  // 0 is left out on the wire: then nothing was said about the attempt yet.
  auto source = t.evidence() == 0 ? evidence::channel_reply : flat::known<evidence>(t.evidence());
  if (!state || !source)
    return "an attempt's state or evidence that this build doesn't know";
  out.number = t.number();
  out.channel = channel_id::trusted(left.take(t.channel()));
  out.id = attempt_id::trusted(left.take(t.attempt_id()));
  out.state = *state;
  out.code = string_of(t.code(), left);
  out.channel_ref = string_of(t.channel_ref(), left);
  out.last_evidence = *source;
  out.enquire_at = {t.enquire_at_ns()};
  out.enquiries = t.enquiries();
  return nullptr;
}

fault read(const fb::RefundView& t, refund_view& out, budget& left) {
  auto state = flat::known<refund_state>(static_cast<uint8_t>(t.state()));
  auto source = t.evidence() == 0 ? evidence::channel_reply : flat::known<evidence>(t.evidence());
  if (!state || !source)
    return "a refund's state or evidence that this build doesn't know";
  out.number = t.number();
  out.refund_no = order_no::trusted(left.take(t.refund_no()));
  out.state = *state;
  out.amount_minor = t.amount_minor();
  out.fee_returned_minor = t.fee_returned_minor();
  out.attempt_number = t.attempt_number();
  out.operation_id = attempt_id::trusted(left.take(t.operation_id()));
  out.code = string_of(t.code(), left);
  out.channel_ref = string_of(t.channel_ref(), left);
  out.last_evidence = *source;
  out.enquire_at = {t.enquire_at_ns()};
  out.unbinds = t.unbinds();
  return nullptr;
}

card_view read(const fb::CardView& t, budget& left) {
  return {string_of(t.mask(), left), string_of(t.agreement(), left), t.stands(), t.unbound(),
          order_no::trusted(left.take(t.bound_by()))};
}

fault read(const fb::RulingView& t, ruling_view& out, budget& left) {
  auto subject = flat::known<ruling_subject>(t.subject());
  auto outcome = flat::known<ruling_outcome>(t.outcome());
  if (!subject || !outcome)
    return "a ruling's subject or outcome that this build doesn't know";
  out.ruling = ruling_id::trusted(left.take(t.ruling()));
  out.said.subject = *subject;
  out.said.number = t.number();
  out.said.outcome = *outcome;
  out.said.evidence = string_of(t.evidence(), left);
  out.said.reason = string_of(t.reason(), left);
  out.said.operator_name = string_of(t.proposed_by(), left);
  out.proposed_at = {t.proposed_at_ns()};
  out.expires_at = {t.expires_at_ns()};
  return nullptr;
}

fault read(const fb::OrderView& t, order_view& out, budget& left) {
  auto state = flat::known<order_state>(static_cast<uint8_t>(t.state()));
  if (!state)
    return "an order's state that this build doesn't know";
  auto kind = flat::known<order_kind>(static_cast<uint8_t>(t.kind()));
  if (!kind)
    return "an order's kind that this build doesn't know";
  out.merchant = merchant_id::trusted(left.take(t.merchant()));
  out.order_no = order_no::trusted(left.take(t.order_no()));
  out.state = *state;
  if (fault f = read(t.currency(), t.amount_minor(), out.amount))
    return f;
  out.method = method_id::trusted(left.take(t.method()));
  out.opened_at = {t.opened_at_ns()};
  out.in_doubt = t.in_doubt();
  if (auto* attempts = t.attempts()) {
    for (const fb::AttemptView* a : *attempts)
      if (fault f = read(*a, out.attempts.emplace_back(), left))
        return f;
  }
  if (auto* lines = t.trajectory()) {
    out.trajectory.reserve(lines->size());
    for (const flatbuffers::String* line : *lines)
      out.trajectory.push_back(string_of(line, left));
  }
  if (auto* refunds = t.refunds()) {
    for (const fb::RefundView* refund : *refunds)
      if (fault f = read(*refund, out.refunds.emplace_back(), left))
        return f;
  }
  out.expires_at = {t.expires_at_ns()};
  out.refunded_minor = t.refunded_minor();
  if (auto* ruling = t.ruling())
    if (fault f = read(*ruling, out.ruling.emplace(), left))
      return f;
  out.kind = *kind;
  out.confirm_before = {t.confirm_before_ns()};
  out.risk_rule = string_of(t.risk_rule(), left);
  out.from_wallet = wallet_id::trusted(left.take(t.from_wallet()));
  out.to_wallet = wallet_id::trusted(left.take(t.to_wallet()));
  if (auto* card = t.card())
    out.card = read(*card, left);
  return nullptr;
}

fault read(const fb::BalanceList& t, balance_list& out, budget& left) {
  if (auto* balances = t.balances()) {
    out.balances.reserve(balances->size());
    for (const fb::Balance* line : *balances) {
      balance& b = out.balances.emplace_back();
      b.path = string_of(line->path(), left);
      if (fault f = read(line->currency(), line->amount_minor(), b.amount))
        return f;
    }
  }
  out.accounts = t.accounts();
  if (auto* sums = t.sums())
    for (const fb::Balance* line : *sums)
      if (fault f = read(line->currency(), line->amount_minor(), out.sums.emplace_back()))
        return f;
  return nullptr;
}

fault read(const fb::CodeView& t, code_view& out, budget& left) {
  out.serial = code_serial::trusted(left.take(t.serial()));
  out.merchant = merchant_id::trusted(left.take(t.merchant()));
  out.label = code_label::trusted(left.take(t.label()));
  out.revoked = t.revoked();
  return nullptr;
}

fault read(const fb::BatchView& t, batch_view& out, budget& left) {
  out.merchant = merchant_id::trusted(left.take(t.merchant()));
  out.batch_no = order_no::trusted(left.take(t.batch_no()));
  out.method = method_id::trusted(left.take(t.method()));
  money none;
  if (fault f = read(t.currency(), 0, none))
    return f;
  out.currency = none.currency;
  out.opened_at = {t.opened_at_ns()};
  out.handed_out = t.handed_out();
  if (auto* lines = t.lines()) {
    for (const fb::BatchLineView* line : *lines) {
      auto state = flat::known<order_state>(static_cast<uint8_t>(line->state()));
      if (!state)
        return "an order's state that this build doesn't know";
      out.lines.push_back({order_no::trusted(left.take(line->order_no())), line->amount_minor(),
                           static_cast<errc>(line->code()), *state});
    }
  }
  return nullptr;
}

fault read_body(const fb::Reply& t, reply& out, budget& left) {
  switch (t.body_type()) {
  case fb::ReplyBody::NONE:
    return nullptr;
  case fb::ReplyBody::OrderView:
    if (t.body() == nullptr)
      return "a body that isn't there";
    return read(*t.body_as_OrderView(), out.body.emplace<order_view>(), left);
  case fb::ReplyBody::BalanceList:
    if (t.body() == nullptr)
      return "a body that isn't there";
    return read(*t.body_as_BalanceList(), out.body.emplace<balance_list>(), left);
  case fb::ReplyBody::BatchView:
    if (t.body() == nullptr)
      return "a body that isn't there";
    return read(*t.body_as_BatchView(), out.body.emplace<batch_view>(), left);
  case fb::ReplyBody::CodeView:
    if (t.body() == nullptr)
      return "a body that isn't there";
    return read(*t.body_as_CodeView(), out.body.emplace<code_view>(), left);
  }
  return "a body that this build doesn't know";
}

} // namespace

tl::expected<reply, frame_error> decode_reply(bytes_view frame) {
  auto opened = flat::open_frame<fb::Reply>(
      frame, fb::ReplyIdentifier(), {limits::reply_bytes_max, limits::reply_tables_max}, fb::Reply::VT_REQUEST_ID);
  if (!opened)
    return tl::unexpected(std::move(opened.error()));
  const fb::Reply& t = **opened;
  // A code from a newer server is kept as it is: `advice_for` treats it as "unknown, ask".
  budget left(limits::reply_bytes_max);
  reply out{t.request_id(), static_cast<errc>(t.code()), string_of(t.text(), left), t.position(), t.duplicate(), {}};
  out.retry_after_ms = t.retry_after_ms();
  fault f = read_body(t, out, left);
  if (f == nullptr && left.exceeded())
    f = "more than a reply may, once every text is written out";
  if (f != nullptr)
    return flat::malformed(std::string("the reply holds ").append(f), t.request_id());
  return out;
}

} // namespace oncepay
