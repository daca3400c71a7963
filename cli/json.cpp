#include "cli/json.hpp"

#include "actors/domain/trajectory.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace oncepay::cli {

namespace json = boost::json;

namespace {

/// Strings from outside: JSON escapes control characters itself, but a byte that isn't UTF-8 has no escape. Those
/// strings are shown as people see them elsewhere; all others unchanged.
json::string text(std::string_view raw) {
  return json::string(printable(raw));
}

json::object base(const reply& r) {
  json::object o;
  o["request_id"] = r.request_id;
  o["code"] = static_cast<uint16_t>(r.code);
  o["code_name"] = name(r.code);
  o["advice"] = name(advice_for(r.code));
  o["text"] = text(r.text);
  o["position"] = r.position;
  o["duplicate"] = r.duplicate;
  return o;
}

json::value attempt_json(const attempt_view& a) {
  json::object o;
  o["number"] = a.number;
  o["channel"] = text(a.channel.str());
  o["attempt_id"] = text(a.id.str());
  o["state"] = name(a.state);
  o["code"] = text(a.code);
  o["channel_ref"] = text(a.channel_ref);
  o["evidence"] = a.code.empty() ? json::value(nullptr) : json::value(name(a.last_evidence));
  o["enquire_at"] = to_json(a.enquire_at);
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

json::value to_json(instant at) {
  return at ? json::value(exact_time(at)) : json::value(nullptr);
}

json::value to_json(const money& m) {
  return {{"minor", m.minor}, {"currency", alpha_code(m.currency)}, {"decimal", decimal(m)}};
}

json::value to_json(const std::optional<money>& m) {
  return m ? to_json(*m) : json::value(nullptr);
}

json::value to_json(const order_view& view) {
  json::object o;
  o["merchant"] = text(view.merchant.str());
  o["order_no"] = text(view.order_no.str());
  o["state"] = name(view.state);
  o["in_doubt"] = view.in_doubt;
  o["amount"] = to_json(view.amount);
  o["method"] = text(view.method.str());
  o["opened_at"] = to_json(view.opened_at);
  json::array attempts;
  for (const auto& a : view.attempts)
    attempts.push_back(attempt_json(a));
  o["attempts"] = std::move(attempts);
  json::array lines;
  for (const auto& line : view.trajectory)
    lines.push_back(text(line));
  o["trajectory"] = std::move(lines);
  return o;
}

json::value to_json(const reply& r) {
  auto o = base(r);
  if (const auto* view = std::get_if<order_view>(&r.body))
    o["order"] = to_json(*view);
  if (const auto* list = std::get_if<balance_list>(&r.body)) {
    json::array balances;
    for (const auto& b : list->balances)
      balances.push_back({{"path", text(b.path)}, {"amount", to_json(b.amount)}});
    o["balances"] = std::move(balances);
  }
  return o;
}

std::string json_line(const json::value& value) {
  return json::serialize(value) + '\n';
}

} // namespace oncepay::cli
