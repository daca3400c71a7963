#include "actors/domain/dialect/telling_request.hpp"

namespace oncepay {

namespace {

std::string body_of(const telling_effect& what) {
  field_map fields{{"id", what.id.str()},
                   {"merchant", what.merchant.str()},
                   {"order_no", what.order_no.str()},
                   {"number", std::to_string(what.number)},
                   {"result", std::string(name(what.result))},
                   {"amount_minor", std::to_string(what.amount.minor)},
                   {"currency", std::string(alpha_code(what.amount.currency))},
                   {"decided_at", to_string(what.decided_at)}};
  // A merchant that never tops up nor pays out is told what it always was.
  if (what.kind != order_kind::payment)
    fields.emplace("kind", name(what.kind));
  if (!what.refund_no.empty()) {
    fields.emplace("refund_no", what.refund_no.str());
    fields.emplace("refund_amount_minor", std::to_string(what.refund_amount_minor));
  }
  return write_fields(body_format::json, fields);
}

} // namespace

tl::expected<http_request, std::string> make_telling_request(const telling_effect& what, const signing_keys& keys,
                                                             instant at, std::string path) {
  http_request request{std::move(path), std::string(content_type(body_format::json)), body_of(what)};
  const std::string timestamp = std::to_string(at.ns / ns_per_s);
  const signature_rule rule{signing::hmac_sha256, {}, {}};
  auto signature = sign(rule, keys, timestamp + "\n" + what.id.str() + "\n" + request.body);
  if (!signature)
    return tl::unexpected(signature.error());
  request.headers = {{"Oncepay-Telling", what.id.str()},
                     {"Oncepay-Timestamp", timestamp},
                     {"Oncepay-Signature", std::move(*signature)}};
  return request;
}

bool acknowledges(int http_status, std::string_view body) {
  return http_status == 200 && body == acknowledgement;
}

} // namespace oncepay
