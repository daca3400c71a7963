#include "cli/json.hpp"

#include "actors/domain/trajectory.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

using json = nlohmann::ordered_json;

namespace {

/// Strings from outside: JSON escapes control characters itself, but a byte that isn't UTF-8 has no escape. Those
/// strings are shown as people see them elsewhere; all others unchanged.
std::string text(std::string_view raw) {
  return printable(raw);
}

json base(const reply& r) {
  auto o = json::object();
  o["request_id"] = r.request_id;
  o["code"] = static_cast<uint16_t>(r.code);
  o["code_name"] = name(r.code);
  o["advice"] = name(advice_for(r.code));
  o["text"] = text(r.text);
  o["position"] = r.position;
  o["duplicate"] = r.duplicate;
  o["retry_after_ms"] = r.retry_after_ms == 0 ? json(nullptr) : json(r.retry_after_ms);
  return o;
}

json attempt_json(const attempt_view& a) {
  auto o = json::object();
  o["number"] = a.number;
  o["channel"] = text(a.channel.str());
  o["attempt_id"] = text(a.id.str());
  o["state"] = name(a.state);
  o["code"] = text(a.code);
  o["channel_ref"] = text(a.channel_ref);
  o["evidence"] = a.code.empty() ? json(nullptr) : json(name(a.last_evidence));
  o["enquire_at"] = to_json(a.enquire_at);
  o["enquiries"] = a.enquiries;
  return o;
}

json refund_json(const refund_view& r, currency c) {
  auto o = json::object();
  o["number"] = r.number;
  o["refund_no"] = r.refund_no.empty() ? json(nullptr) : json(text(r.refund_no.str()));
  o["state"] = name(r.state);
  o["amount"] = to_json(money{r.amount_minor, c});
  o["fee_returned"] = to_json(money{r.fee_returned_minor, c});
  o["attempt_number"] = r.attempt_number;
  o["operation_id"] = text(r.operation_id.str());
  o["code"] = text(r.code);
  o["channel_ref"] = text(r.channel_ref);
  o["evidence"] = r.code.empty() ? json(nullptr) : json(name(r.last_evidence));
  o["enquire_at"] = to_json(r.enquire_at);
  o["unbinds"] = r.unbinds;
  return o;
}

json card_json(const card_view& c) {
  if (c == card_view{})
    return nullptr;
  auto o = json::object();
  o["mask"] = text(c.mask);
  o["agreement"] = text(c.agreement);
  // Of a payment that is withheld they are its binding's to say.
  o["stands"] = c.bound_by.empty() ? json(c.stands) : json(nullptr);
  o["unbound"] = c.bound_by.empty() ? json(c.unbound) : json(nullptr);
  o["bound_by"] = c.bound_by.empty() ? json(nullptr) : json(text(c.bound_by.str()));
  return o;
}

json ruling_json(const ruling_view& r) {
  auto o = json::object();
  o["ruling"] = text(r.ruling.str());
  o["subject"] = name(r.said.subject);
  o["number"] = r.said.number;
  o["outcome"] = name(r.said.outcome);
  o["evidence"] = text(r.said.evidence);
  o["reason"] = text(r.said.reason);
  o["proposed_by"] = text(r.said.operator_name);
  o["proposed_at"] = to_json(r.proposed_at);
  o["expires_at"] = to_json(r.expires_at);
  return o;
}

} // namespace

std::string exact_time(instant at) {
  // to_string knows the calendar; its milliseconds are replaced by all nine digits.
  auto out = to_string(at);
  const auto point = out.rfind('.');
  if (point == std::string::npos)
    return out;
  int64_t fraction_ns = at.ns % ns_per_s;
  if (fraction_ns < 0)
    fraction_ns += ns_per_s;
  return fmt::format("{}.{:09}Z", out.substr(0, point), fraction_ns);
}

json to_json(instant at) {
  return at ? json(exact_time(at)) : json(nullptr);
}

json to_json(const money& m) {
  return {{"minor", m.minor}, {"currency", alpha_code(m.currency)}, {"decimal", decimal(m)}};
}

json to_json(const std::optional<money>& m) {
  return m ? to_json(*m) : json(nullptr);
}

json to_json(const order_view& view) {
  auto o = json::object();
  o["merchant"] = text(view.merchant.str());
  o["order_no"] = text(view.order_no.str());
  o["kind"] = name(view.kind);
  o["state"] = name(view.state);
  o["label"] = label_of(view);
  o["in_doubt"] = view.in_doubt;
  o["amount"] = to_json(view.amount);
  o["method"] = text(view.method.str());
  o["from_wallet"] = view.from_wallet.empty() ? json(nullptr) : json(text(view.from_wallet.str()));
  o["to_wallet"] = view.to_wallet.empty() ? json(nullptr) : json(text(view.to_wallet.str()));
  o["opened_at"] = to_json(view.opened_at);
  o["expires_at"] = to_json(view.expires_at);
  o["refunded"] = to_json(money{view.refunded_minor, view.amount.currency});
  auto attempts = json::array();
  for (const auto& a : view.attempts)
    attempts.push_back(attempt_json(a));
  o["attempts"] = std::move(attempts);
  auto refunds = json::array();
  for (const auto& r : view.refunds)
    refunds.push_back(refund_json(r, view.amount.currency));
  o["refunds"] = std::move(refunds);
  o["confirm_before"] = to_json(view.confirm_before);
  o["risk_rule"] = text(view.risk_rule);
  o["card"] = card_json(view.card);
  o["ruling"] = view.ruling ? ruling_json(*view.ruling) : json(nullptr);
  auto lines = json::array();
  for (const auto& line : view.trajectory)
    lines.push_back(text(line));
  o["trajectory"] = std::move(lines);
  return o;
}

json to_json(const reply& r) {
  auto o = base(r);
  if (const auto* view = std::get_if<order_view>(&r.body))
    o["order"] = to_json(*view);
  if (const auto* code = std::get_if<code_view>(&r.body))
    o["collection_code"] = {{"serial", text(code->serial.str())},
                            {"merchant", text(code->merchant.str())},
                            {"label", text(code->label.str())},
                            {"revoked", code->revoked}};
  if (const auto* batch = std::get_if<batch_view>(&r.body)) {
    auto lines = json::array();
    for (const batch_line_view& line : batch->lines)
      lines.push_back({{"order_no", text(line.order_no.str())},
                       {"amount", to_json(money{line.amount_minor, batch->currency})},
                       {"code", static_cast<uint16_t>(line.code)},
                       {"code_name", name(line.code)},
                       {"state", name(line.state)}});
    o["batch"] = {{"merchant", text(batch->merchant.str())},
                  {"batch_no", text(batch->batch_no.str())},
                  {"method", text(batch->method.str())},
                  {"handed_out", batch->handed_out},
                  {"lines", std::move(lines)}};
  }
  if (const auto* list = std::get_if<balance_list>(&r.body)) {
    auto balances = json::array();
    for (const auto& b : list->balances)
      balances.push_back({{"path", text(b.path)}, {"amount", to_json(b.amount)}});
    o["balances"] = std::move(balances);
    o["accounts"] = list->accounts;
    auto sums = json::array();
    for (const money& sum : list->sums)
      sums.push_back(to_json(sum));
    o["sums"] = std::move(sums);
  }
  return o;
}

std::string json_line(const json& value) {
  return value.dump() + '\n';
}

} // namespace oncepay::cli
