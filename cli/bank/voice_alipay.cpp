#include "actors/domain/dialect/message.hpp"
#include "cli/bank/voices.hpp"
#include "schema/hash.hpp"
#include "schema/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace oncepay::cli {

namespace {

constexpr std::pair<std::string_view, channel_question> methods[] = {
    {"alipay.trade.pay", channel_question::pay},
    {"alipay.trade.query", channel_question::enquire},
    {"alipay.trade.refund", channel_question::refund},
    {"alipay.trade.fastpay.refund.query", channel_question::enquire_refund},
    {"alipay.trade.cancel", channel_question::reverse},
    {"alipay.trade.close", channel_question::close}};

const signature_rule rule{signing::rsa_sha256, "sign", ""};
constexpr currency yuan{156};

/// A request that was refused at the gateway: not signed, for nobody knows by whom it was asked.
std::string refusal(std::string_view code, std::string_view sub_code, const std::string& member = "error_response") {
  return fmt::format(R"({{"{}":{{"code":"{}","sub_code":"{}"}}}})", member, code, sub_code);
}

std::string member_name(channel_question q) {
  const auto asked = std::find_if(std::begin(methods), std::end(methods), [&](const auto& m) { return m.second == q; });
  std::string name(asked->first);
  std::replace(name.begin(), name.end(), '.', '_');
  return name + "_response";
}

int64_t minor_units(std::string_view text) {
  const auto amount = parse_money(text, yuan);
  return amount ? amount->minor : 0;
}

std::string_view state_word(trade_state s) {
  switch (s) {
  case trade_state::paid:
    return "TRADE_SUCCESS";
  case trade_state::confirming:
    return "WAIT_BUYER_PAY";
  case trade_state::declined:
  case trade_state::closed:
  case trade_state::reversed:
    break;
  }
  return "TRADE_CLOSED";
}

std::string why_refused(channel_question q, const trade& t) {
  switch (q) {
  case channel_question::pay:
    return t.code.empty() ? "ACQ.ACCESS_FORBIDDEN" : "ACQ.BUYER_BALANCE_NOT_ENOUGH";
  case channel_question::refund:
    return "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL";
  case channel_question::close:
    return "ACQ.TRADE_HAS_SUCCESS";
  case channel_question::reverse:
  case channel_question::enquire:
  case channel_question::enquire_refund:
    break;
  }
  return "ACQ.SELLER_BALANCE_NOT_ENOUGH";
}

/// The sub code that says why nothing follows; empty: it is done.
std::string sub_code(const bank_request& r, const bank_word& word) {
  switch (word.result) {
  case bank_result::system_error:
    return "ACQ.SYSTEM_ERROR";
  case bank_result::not_found:
    return "ACQ.TRADE_NOT_EXIST";
  case bank_result::refused:
    return why_refused(r.what, word.told);
  case bank_result::repeated:
    if (r.what == channel_question::pay && r.amount_minor != word.told.amount_minor)
      return "ACQ.CONTEXT_INCONSISTENT";
    if (r.what == channel_question::pay && word.told.state != trade_state::confirming)
      return word.told.state == trade_state::paid ? "ACQ.TRADE_HAS_SUCCESS" : "ACQ.TRADE_HAS_CLOSE";
    return r.what == channel_question::close ? "ACQ.TRADE_HAS_CLOSE" : "";
  case bank_result::done:
    return {};
  }
  return {};
}

void tell(field_map& fields, const bank_request& r, const bank_word& word) {
  const auto in_yuan = [&](int64_t minor) {
    return decimal({word.fault == bank_fault::other_amount ? minor + 1 : minor, yuan});
  };
  fields["out_trade_no"] = word.id;
  fields["trade_no"] = "ali-" + word.id;
  switch (r.what) {
  case channel_question::enquire:
    fields["trade_status"] = state_word(word.told.state);
    [[fallthrough]];
  case channel_question::pay:
    fields["total_amount"] = in_yuan(word.told.amount_minor);
    return;
  case channel_question::reverse:
    fields["retry_flag"] = word.fault == bank_fault::recall ? "Y" : "N";
    fields["action"] = "close";
    return;
  case channel_question::refund:
    fields["fund_change"] = word.result == bank_result::repeated ? "N" : "Y";
    fields["refund_fee"] = in_yuan(word.told.refunded_minor());
    return;
  case channel_question::enquire_refund:
    fields["out_request_no"] = r.id;
    fields["refund_amount"] = in_yuan(word.refund_minor);
    fields["refund_status"] = "REFUND_SUCCESS";
    return;
  case channel_question::close:
    return;
  }
}

} // namespace

tl::expected<understood, std::string> read_alipay(const bank_config& config, std::string_view body) {
  auto fields = read_fields(body_format::form, body);
  if (!fields)
    return tl::unexpected(refusal("40002", "isv.invalid-format"));
  field_map& f = *fields;
  const auto asked =
      std::find_if(std::begin(methods), std::end(methods), [&](const auto& m) { return m.first == f["method"]; });
  if (asked == std::end(methods))
    return tl::unexpected(refusal("40002", "isv.invalid-method"));
  const std::string member = member_name(asked->second);
  const auto who = std::find_if(config.accounts.begin(), config.accounts.end(), [&](const bank_account& a) {
    return a.dialect == "alipay" && a.account == f["app_id"];
  });
  if (who == config.accounts.end() || !verify(rule, who->keys, signed_text(f, rule.field), f[rule.field]))
    return tl::unexpected(refusal("40002", "isv.invalid-signature", member));
  auto content = read_fields(body_format::json, f["biz_content"]);
  if (!content)
    return tl::unexpected(refusal("40002", "isv.invalid-parameter", member));
  field_map& c = *content;
  bank_request r{asked->second, who->account, c["out_trade_no"], c["out_trade_no"], minor_units(c["total_amount"])};
  if (r.what == channel_question::refund || r.what == channel_question::enquire_refund) {
    r.id = c["out_request_no"];
    r.amount_minor = minor_units(c["refund_amount"]);
  }
  if (r.what == channel_question::pay) {
    r.notices_url = f["notify_url"];
    r.give_back = c["passback_params"];
  }
  if (r.id.empty() || (r.what == channel_question::pay && (r.amount_minor <= 0 || c["auth_code"].empty())))
    return tl::unexpected(refusal("40001", "isv.missing-parameter", member));
  return understood{&*who, std::move(r)};
}

std::string answer_in_alipay(const understood& u, const bank_word& word) {
  field_map fields;
  const std::string sub = sub_code(u.request, word);
  const bool is_found = word.result != bank_result::not_found;
  if (u.request.what == channel_question::enquire_refund && !is_found && word.told.amount_minor > 0) {
    fields["code"] = "10000"; // the payment is there, such a refund isn't
  } else if (!sub.empty()) {
    fields["code"] = "40004";
    fields["sub_code"] = sub;
  } else {
    const bool waits = u.request.what == channel_question::pay && word.told.state == trade_state::confirming;
    fields["code"] = waits ? "10003" : "10000";
    tell(fields, u.request, word);
  }
  const std::string member = write_fields(body_format::json, fields);
  auto signature = sign(rule, u.who->keys, member).value_or("");
  if (word.fault == bank_fault::wrong_signature)
    signature = falsified(std::move(signature));
  return fmt::format(R"({{"{}":{},"sign":"{}"}})", member_name(u.request.what), member, signature);
}

std::string notice_in_alipay(const bank_account& who, const bank_notice& n) {
  field_map fields{{"notify_type", "trade_status_sync"},
                   {"notify_id", base32(hash_parts_128({n.id, std::to_string(n.at.ns)}))},
                   {"charset", "utf-8"},
                   {"version", "1.0"},
                   {"app_id", who.account},
                   {"out_trade_no", n.id},
                   {"trade_no", "ali-" + n.id},
                   {"trade_status", n.is_paid ? "TRADE_SUCCESS" : "TRADE_CLOSED"},
                   {"total_amount", decimal({n.amount_minor, yuan})},
                   {"passback_params", n.give_back}};
  auto signature = sign(rule, who.keys, signed_text(fields, rule.field)).value_or("");
  if (n.wrong_signature)
    signature = falsified(std::move(signature));
  fields[rule.field] = std::move(signature);
  fields["sign_type"] = "RSA2"; // which no signature of a notice covers
  return write_fields(body_format::form, fields);
}

bool acknowledges_in_alipay(std::string_view body) {
  return body == "success";
}

} // namespace oncepay::cli
