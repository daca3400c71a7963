#include "actors/domain/dialect/message.hpp"
#include "cli/bank/voices.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace oncepay::cli {

namespace {

constexpr std::pair<std::string_view, channel_question> paths[] = {
    {"/pay/micropay", channel_question::pay},           {"/pay/orderquery", channel_question::enquire},
    {"/secapi/pay/refund", channel_question::refund},   {"/pay/refundquery", channel_question::enquire_refund},
    {"/secapi/pay/reverse", channel_question::reverse}, {"/pay/closeorder", channel_question::close}};

const signature_rule rule{signing::hmac_sha256, "sign", "&key="};

/// A request that wasn't understood: not signed, for nobody knows by whom it was asked.
std::string refusal(std::string_view why) {
  return write_fields(body_format::xml, {{"return_code", "FAIL"}, {"return_msg", std::string(why)}});
}

/// 0 where it is no whole number.
int64_t whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

std::string_view state_word(trade_state s) {
  switch (s) {
  case trade_state::paid:
    return "SUCCESS";
  case trade_state::confirming:
    return "USERPAYING";
  case trade_state::declined:
    return "PAYERROR";
  case trade_state::closed:
    return "CLOSED";
  case trade_state::reversed:
    return "REVOKED";
  }
  return {};
}

std::string why_refused(const bank_request& r, const trade& t) {
  switch (r.what) {
  case channel_question::pay:
    return t.code.empty() ? "NOAUTH" : t.code;
  case channel_question::refund:
    return t.state == trade_state::paid ? "NOTENOUGH" : "ORDERNOTEXIST";
  case channel_question::reverse:
    return "REVERSE_EXPIRE";
  case channel_question::close:
  case channel_question::enquire:
  case channel_question::enquire_refund:
    return "ORDERPAID";
  }
  return {};
}

/// What a second payment under one number is told.
std::string why_not_again(const bank_request& r, const trade& t) {
  if (r.amount_minor != t.amount_minor)
    return "OUT_TRADE_NO_USED";
  switch (t.state) {
  case trade_state::confirming:
    return "USERPAYING";
  case trade_state::closed:
    return "ORDERCLOSED";
  case trade_state::reversed:
    return "ORDERREVERSED";
  case trade_state::paid:
  case trade_state::declined:
    break;
  }
  return "ORDERPAID";
}

/// The code that says why nothing follows; empty: it is done.
std::string error_code(const bank_request& r, const bank_word& word) {
  switch (word.result) {
  case bank_result::system_error:
    return "SYSTEMERROR";
  case bank_result::not_found:
    return r.what == channel_question::enquire_refund ? "REFUNDNOTEXIST" : "ORDERNOTEXIST";
  case bank_result::refused:
    return why_refused(r, word.told);
  case bank_result::repeated:
    return r.what == channel_question::pay ? why_not_again(r, word.told) : "";
  case bank_result::done:
    return r.what == channel_question::pay && word.told.state == trade_state::confirming ? "USERPAYING" : "";
  }
  return {};
}

void tell(field_map& fields, const bank_request& r, const bank_word& word) {
  const auto fen = [&](int64_t minor) {
    return std::to_string(word.fault == bank_fault::other_amount ? minor + 1 : minor);
  };
  switch (r.what) {
  case channel_question::enquire:
    fields["trade_state"] = state_word(word.told.state);
    if (word.told.state == trade_state::paid && !word.told.refunds.empty())
      fields["trade_state"] = "REFUND";
    [[fallthrough]];
  case channel_question::pay:
    fields["out_trade_no"] = word.id;
    fields["total_fee"] = fen(word.told.amount_minor);
    fields["fee_type"] = "CNY";
    if (word.told.state == trade_state::paid)
      fields["transaction_id"] = "wx-" + word.id;
    return;
  case channel_question::reverse:
    fields["recall"] = word.fault == bank_fault::recall ? "Y" : "N";
    return;
  case channel_question::refund:
    fields["out_trade_no"] = word.id;
    fields["out_refund_no"] = r.id;
    fields["refund_id"] = "wxr-" + r.id;
    fields["refund_fee"] = fen(word.refund_minor);
    return;
  case channel_question::enquire_refund:
    fields["out_trade_no"] = word.id;
    fields["refund_count"] = "1";
    fields["out_refund_no_0"] = word.refund_id;
    fields["refund_id_0"] = "wxr-" + word.refund_id;
    fields["refund_fee_0"] = fen(word.refund_minor);
    fields["refund_status_0"] = "SUCCESS";
    return;
  case channel_question::close:
    return;
  }
}

} // namespace

tl::expected<understood, std::string> read_wechat(const bank_config& config, std::string_view path,
                                                  std::string_view body) {
  const auto asked = std::find_if(std::begin(paths), std::end(paths), [&](const auto& p) { return p.first == path; });
  if (asked == std::end(paths))
    return tl::unexpected(refusal("no such interface"));
  auto fields = read_fields(body_format::xml, body);
  if (!fields)
    return tl::unexpected(refusal("XML_FORMAT_ERROR"));
  field_map& f = *fields;
  const auto who = std::find_if(config.accounts.begin(), config.accounts.end(), [&](const bank_account& a) {
    return a.dialect == "wechat-v2" && a.account == f["mch_id"];
  });
  if (who == config.accounts.end() || !verify(rule, who->keys, signed_text(f, rule.field), f[rule.field]))
    return tl::unexpected(refusal("SIGNERROR"));
  bank_request r{asked->second, who->account, f["out_trade_no"], f["out_trade_no"], whole_number(f["total_fee"])};
  if (r.what == channel_question::refund || r.what == channel_question::enquire_refund) {
    r.id = f["out_refund_no"];
    r.amount_minor = whole_number(f["refund_fee"]);
  }
  if (r.what == channel_question::pay) {
    r.notices_url = f["notify_url"];
    r.give_back = f["attach"];
  }
  if (r.id.empty() || (r.what == channel_question::pay && (r.amount_minor <= 0 || f["auth_code"].empty())))
    return tl::unexpected(refusal("LACK_PARAMS"));
  return understood{&*who, std::move(r)};
}

std::string answer_in_wechat(const understood& u, const bank_word& word) {
  field_map fields{{"return_code", "SUCCESS"}, {"mch_id", u.who->account}};
  const std::string code = error_code(u.request, word);
  fields["result_code"] = code.empty() ? "SUCCESS" : "FAIL";
  if (code.empty())
    tell(fields, u.request, word);
  else
    fields["err_code"] = code;
  auto signature = sign(rule, u.who->keys, signed_text(fields, rule.field)).value_or("");
  if (word.fault == bank_fault::wrong_signature)
    signature = falsified(std::move(signature));
  fields[rule.field] = std::move(signature);
  return write_fields(body_format::xml, fields);
}

std::string notice_in_wechat(const bank_account& who, const bank_notice& n) {
  field_map fields{{"return_code", "SUCCESS"}, {"result_code", n.is_paid ? "SUCCESS" : "FAIL"},
                   {"mch_id", who.account},    {"nonce_str", n.id},
                   {"out_trade_no", n.id},     {"total_fee", std::to_string(n.amount_minor)},
                   {"fee_type", "CNY"},        {"attach", n.give_back}};
  if (n.is_paid)
    fields["transaction_id"] = "wx-" + n.id;
  else
    fields["err_code"] = "NOTENOUGH";
  auto signature = sign(rule, who.keys, signed_text(fields, rule.field)).value_or("");
  if (n.wrong_signature)
    signature = falsified(std::move(signature));
  fields[rule.field] = std::move(signature);
  return write_fields(body_format::xml, fields);
}

bool acknowledges_in_wechat(std::string_view body) {
  const auto fields = read_fields(body_format::xml, body);
  return fields && fields->contains("return_code") && fields->at("return_code") == "SUCCESS";
}

} // namespace oncepay::cli
