#include "actors/domain/dialect/notice.hpp"

#include "actors/domain/dialect/reading.hpp"
#include "schema/assert.hpp"
#include "schema/limits.hpp"

#include <charconv>

namespace oncepay {

namespace {

using reason = no_notice::reason;

tl::unexpected<no_notice> refuse(reason why, std::string text) {
  return tl::unexpected(no_notice{why, std::move(text)});
}

/// The fields that the signature vouches for, and no other.
tl::expected<field_map, no_notice> genuine_fields(const channel_voice& voice, const notice_dialect& d,
                                                  std::string_view body) {
  auto fields = read_fields(d.body, body);
  if (!fields)
    return refuse(reason::unreadable, fields.error());
  const std::string signature(value_of(*fields, d.signature.field));
  if (signature.empty())
    return refuse(reason::unsigned_body, "it carries no signature");
  for (const std::string& name : d.unsigned_fields)
    fields->erase(name);
  if (!verify(d.signature, voice.keys, signed_text(*fields, d.signature.field), signature))
    return refuse(reason::forged, "its signature is wrong; somebody else may have written it");
  if (hides_a_field(*fields, fields_read(d)))
    return refuse(reason::forged, "it can be read as other fields than were signed");
  return std::move(*fields);
}

/// None where it isn't an amount.
std::optional<int64_t> minor_units(std::string_view told, const amount_place& place, currency in) {
  if (place.in_decimals) {
    const auto amount = parse_money(told, in);
    return amount ? std::optional(amount->minor) : std::nullopt;
  }
  int64_t minor = 0;
  const auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), minor);
  return error == std::errc() && end == told.data() + told.size() ? std::optional(minor) : std::nullopt;
}

std::optional<currency> currency_of(const dialect& d, const notice_dialect& notice, const field_map& fields) {
  if (d.only_currency)
    return d.only_currency;
  const auto told = parse_currency(value_of(fields, notice.currency_field));
  return told ? std::optional(*told) : std::nullopt;
}

std::string quoted(std::string_view name, std::string_view value) {
  return std::string(name) + " '" + recordable(value, limits::channel_ref_bytes_max) + "'";
}

/// What speaks against taking it for one about an account of ours; empty: nothing.
std::string mismatch(const channel_voice& voice, const notice_dialect& d, const field_map& fields) {
  for (const field_template& gate : d.must_be)
    if (value_of(fields, gate.name) != gate.text)
      return "it has the " + quoted(gate.name, value_of(fields, gate.name));
  placeholder_values settings;
  for (const auto& [key, value] : voice.settings)
    settings.emplace("set." + key, value);
  for (const field_template& echo : d.echoes) {
    const auto ours = fill(echo.text, settings);
    if (!ours || value_of(fields, echo.name) != *ours)
      return "it names the " + quoted(echo.name, value_of(fields, echo.name)) + ", which isn't ours";
  }
  return {};
}

} // namespace

std::vector<std::string> fields_read(const notice_dialect& d) {
  std::vector<std::string> read = d.code_fields;
  for (const std::string& name : {d.id_field, d.order_field, d.amount.field, d.currency_field, d.channel_ref_field})
    read.push_back(name);
  for (const auto* named : {&d.must_be, &d.echoes})
    for (const field_template& t : *named)
      read.push_back(t.name);
  return read;
}

tl::expected<told_by_channel, no_notice> read_notice(const channel_voice& voice, std::string_view body) {
  ONCEPAY_ASSERT(voice.speaks.notice.has_value());
  const notice_dialect& d = *voice.speaks.notice;
  const auto fields = genuine_fields(voice, d, body);
  if (!fields)
    return tl::unexpected(fields.error());
  if (const auto why = mismatch(voice, d, *fields); !why.empty())
    return refuse(reason::not_ours, why);
  const auto told_id = value_of(*fields, d.id_field);
  const auto id = attempt_id::parse(told_id);
  if (!id)
    return refuse(reason::not_ours,
                  "it tells of " + quoted(d.id_field, told_id) + ", which is no payment's id of ours");
  const code_found code = code_in(*fields, d.code_fields);
  told_by_channel told{*id,
                       std::string(value_of(*fields, d.order_field)),
                       d.codes.of(code.whole),
                       code.told,
                       recordable(value_of(*fields, d.channel_ref_field), limits::channel_ref_bytes_max),
                       {}};
  const auto in = currency_of(voice.speaks, d, *fields);
  const auto minor = in ? minor_units(value_of(*fields, d.amount.field), d.amount, *in) : std::nullopt;
  const bool is_amount = minor && *minor > 0 && *minor <= limits::amount_minor_max;
  if (told.what == reply_class::succeeded && !is_amount)
    return refuse(reason::not_ours, "it tells that " + id->str() + " was paid, and the amount '" +
                                        recordable(value_of(*fields, d.amount.field), limits::channel_ref_bytes_max) +
                                        "' is none");
  told.amount = {is_amount ? *minor : 0, in.value_or(currency{})};
  return told;
}

} // namespace oncepay
