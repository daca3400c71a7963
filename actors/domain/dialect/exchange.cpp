#include "actors/domain/dialect/exchange.hpp"

#include "actors/domain/dialect/reading.hpp"
#include "schema/hash.hpp"
#include "schema/limits.hpp"

#include <algorithm>

namespace oncepay {

namespace {

constexpr int64_t beijing_offset_s = 8 * 3600;

/// "2026-11-20 21:40:43".
std::string beijing_time(instant at) {
  auto text = to_string(instant{at.ns + beijing_offset_s * ns_per_s}).substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

placeholder_values values_for(const channel_voice& voice, const asked_of_channel& asked) {
  placeholder_values values;
  for (const auto& [key, value] : voice.settings)
    values.emplace("set." + key, value);
  values["id"] = asked.id;
  values["payment_id"] = asked.payment_id;
  values["amount_minor"] = std::to_string(asked.amount.minor);
  values["amount_decimal"] = decimal(asked.amount);
  values["paid_minor"] = std::to_string(asked.paid.minor);
  values["paid_decimal"] = decimal(asked.paid);
  values["currency"] = alpha_code(asked.amount.currency);
  values["payer_code"] = asked.payer_code;
  values["beijing_time"] = beijing_time(asked.at);
  // No chance is needed: it only has to differ from request to request.
  values["nonce"] = base32(hash_parts_128({asked.id, name(asked.question), std::to_string(asked.at.ns)}));
  if (!voice.notices_url.empty()) {
    values["notices_url"] = voice.notices_url;
    values["order"] = asked.order;
  }
  return values;
}

tl::expected<field_map, std::string> fill_all(const std::vector<field_template>& templates,
                                              const placeholder_values& values) {
  field_map fields;
  for (const field_template& t : templates) {
    if (!values.contains("notices_url") && is_for_notices(t))
      continue;
    auto text = t.members.empty() ? fill(t.text, values) : fill_all(t.members, values).map([](const field_map& m) {
      return write_fields(body_format::json, m);
    });
    if (!text)
      return tl::unexpected(t.name + ": " + text.error());
    fields.emplace(t.name, std::move(*text));
  }
  return fields;
}

proven nothing_proven(std::string code, std::string alarm = {}) {
  return {reply_class::unknown, std::move(code), {}, std::move(alarm), false};
}

/// Every field of a reply whose value means something here.
std::vector<std::string> fields_read(const dialect_operation& operation) {
  std::vector<std::string> read = operation.code_fields;
  read.push_back(operation.amount.field);
  read.push_back(operation.not_found_lacks);
  for (const auto* named : {&operation.must_be, &operation.echoes})
    for (const field_template& t : *named)
      read.push_back(t.name);
  return read;
}

/// The fields that the signature vouches for; else why there are none.
tl::expected<field_map, std::string> genuine_fields(const channel_voice& voice, const dialect_operation& operation,
                                                    std::string_view body) {
  const dialect& d = voice.speaks;
  auto whole = read_fields(d.reply, body);
  if (!whole)
    return tl::unexpected(std::string("GARBLED_REPLY"));
  const signature_rule& rule = d.reply_signature;
  // Refusals at the door come unsigned: no sign of an attack, and no answer.
  const std::string_view signature = value_of(*whole, rule.field);
  if (rule.how != signing::none && signature.empty())
    return tl::unexpected(std::string("UNSIGNED_REPLY"));
  if (!d.reply_signs_member) {
    if (!verify(rule, voice.keys, signed_text(*whole, rule.field), signature) ||
        hides_a_field(*whole, fields_read(operation)))
      return tl::unexpected(std::string("BAD_SIGNATURE"));
    return whole;
  }
  // What was verified is what is read: not the member as another reader of the whole body might see it.
  const std::string_view member = raw_json_member(body, operation.reply_member);
  if (member.empty())
    return tl::unexpected(std::string("GARBLED_REPLY"));
  if (!verify(rule, voice.keys, member, signature))
    return tl::unexpected(std::string("BAD_SIGNATURE"));
  auto fields = read_fields(d.reply, member);
  if (!fields)
    return tl::unexpected(std::string("GARBLED_REPLY"));
  return fields;
}

/// What speaks against taking the reply for the answer to this very operation; empty: nothing.
std::string mismatch(const dialect_operation& operation, const field_map& fields, const placeholder_values& values,
                     const money& amount, bool success) {
  for (const field_template& echo : operation.echoes) {
    const auto told = value_of(fields, echo.name);
    const auto ours = fill(echo.text, values);
    // A failure may leave out what it is about; what it does name must be ours.
    if (told.empty() ? success : !ours || told != *ours)
      return "names " + echo.name + " '" + recordable(told, limits::channel_ref_bytes_max) + "', which isn't ours";
  }
  if (!success || operation.amount.field.empty())
    return {};
  const auto told = value_of(fields, operation.amount.field);
  const std::string ours = operation.amount.in_decimals ? decimal(amount) : std::to_string(amount.minor);
  const auto as_money = operation.amount.in_decimals ? parse_money(told, amount.currency) : tl::unexpected(errc());
  if (told != ours && !(as_money && *as_money == amount))
    return "names the amount '" + recordable(told, limits::channel_ref_bytes_max) + "', not " + ours;
  return {};
}

} // namespace

tl::expected<http_request, std::string> make_request(const channel_voice& voice, const asked_of_channel& asked) {
  const auto found = voice.speaks.operations.find(asked.question);
  if (found == voice.speaks.operations.end())
    return tl::unexpected("dialect " + voice.speaks.name + " has no operation " + std::string(name(asked.question)));
  const dialect_operation& operation = found->second;
  if (operation.needs_certificate && !voice.shows_certificate)
    return tl::unexpected(
        std::string("it is taken from whoever shows a client certificate only, and none is configured"));
  auto fields = fill_all(operation.fields, values_for(voice, asked));
  if (!fields)
    return tl::unexpected(fields.error());
  const signature_rule& rule = voice.speaks.request_signature;
  auto signature = sign(rule, voice.keys, signed_text(*fields, rule.field));
  if (!signature)
    return tl::unexpected(signature.error());
  if (!signature->empty())
    fields->emplace(rule.field, std::move(*signature));
  return http_request{operation.path, std::string(content_type(voice.speaks.request)),
                      write_fields(voice.speaks.request, *fields)};
}

proven read_reply(const channel_voice& voice, const asked_of_channel& asked, int http_status, std::string_view body) {
  const auto found = voice.speaks.operations.find(asked.question);
  if (found == voice.speaks.operations.end())
    return nothing_proven("NOT_ASKED");
  // Whatever stands between us and the channel may have written it.
  if (http_status != 200)
    return nothing_proven("HTTP_" + std::to_string(http_status));
  const dialect_operation& operation = found->second;
  const auto fields = genuine_fields(voice, operation, body);
  if (!fields)
    return nothing_proven(fields.error(), fields.error() == "BAD_SIGNATURE"
                                              ? "a reply's signature is wrong; somebody else may have written it"
                                              : "");
  const auto values = values_for(voice, asked);
  const code_found code = code_in(*fields, operation.code_fields);
  for (const field_template& gate : operation.must_be)
    if (value_of(*fields, gate.name) != gate.text)
      return nothing_proven(recordable(value_of(*fields, gate.name), limits::channel_code_bytes_max));
  const reply_class what = operation.codes.of(code.whole);
  if (const auto why = mismatch(operation, *fields, values, asked.amount, what == reply_class::succeeded); !why.empty())
    return nothing_proven("OTHER_OPERATION", "a reply " + why);
  if (what == reply_class::not_found && !operation.not_found_lacks.empty() &&
      !value_of(*fields, operation.not_found_lacks).empty())
    return nothing_proven(code.told);
  return {what,
          code.told,
          recordable(value_of(*fields, operation.channel_ref_field), limits::channel_ref_bytes_max),
          {},
          true};
}

} // namespace oncepay
