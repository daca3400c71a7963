// How a command's fields are read: every byte is hostile until its form was checked here. Internal to the wire codec.
#pragma once

#include "schema/plain_text.hpp"
#include "schema/wire_codec.hpp"
#include "schema/wire_frame.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <command_generated.h>

namespace oncepay {

/// Reads fields in order and keeps the first fault; what is read after it is never used.
class field_reader {
public:
  explicit field_reader(uint64_t request_id) : request_id_(request_id) {}

  void refuse(errc code, std::string text) {
    if (!fault_)
      fault_ = frame_error{code, request_id_, std::move(text)};
  }

  template <class Id>
  Id id(const flatbuffers::String* value, std::string_view field) {
    auto parsed = Id::parse(flat::text(value));
    if (parsed)
      return std::move(*parsed);
    refuse(parsed.error(), std::string(field).append(": breaks its documented form"));
    return {};
  }

  /// Empty where the field is absent.
  template <class Id>
  Id id_if_any(const flatbuffers::String* value, std::string_view field) {
    return value == nullptr ? Id{} : id<Id>(value, field);
  }

  std::string plain_text(const flatbuffers::String* value, size_t bytes_max, std::string_view field) {
    std::string_view text = flat::text(value);
    if (text.size() > bytes_max)
      refuse(errc::invalid_field,
             std::string(field).append(": longer than ").append(std::to_string(bytes_max)).append(" bytes"));
    else if (!is_plain_text(text))
      refuse(errc::invalid_field, std::string(field).append(": not UTF-8, or holds control characters"));
    else
      return std::string(text);
    return {};
  }

  std::string named_text(const flatbuffers::String* value, size_t bytes_max, std::string_view field) {
    std::string text = plain_text(value, bytes_max, field);
    if (text.empty())
      refuse(errc::invalid_field, std::string(field).append(": empty"));
    return text;
  }

  template <class Enum>
  Enum known(uint8_t number, std::string_view field) {
    auto value = flat::known<Enum>(number);
    if (!value)
      refuse(errc::invalid_field, std::string(field).append(": not one that this server knows"));
    return value.value_or(Enum{});
  }

  money amount(int64_t minor, const flatbuffers::String* alpha) {
    if (minor <= 0)
      refuse(errc::invalid_amount, "amount_minor: must be above 0");
    if (minor > limits::amount_minor_max)
      refuse(errc::invalid_amount, "amount_minor: above " + std::to_string(limits::amount_minor_max));
    return {minor, known_currency(alpha)};
  }

  currency known_currency(const flatbuffers::String* alpha) {
    auto in = parse_currency(flat::text(alpha));
    if (!in)
      refuse(in.error(), "currency: not an ISO 4217 code that this server knows");
    return in.value_or(currency{});
  }

  /// Whoever sends a card's number by mistake is told before anything is kept, and not by repeating it.
  void refuse_card_number(std::string_view text, std::string_view field) {
    if (holds_card_number(text))
      refuse(errc::card_number, std::string(field).append(": looks like a card's number; none is taken here. Send the "
                                                          "channel's token of the card"));
  }

  instant time(int64_t ns, std::string_view field) {
    if (ns < 0)
      refuse(errc::invalid_field, std::string(field).append(": before 1970"));
    return {ns};
  }

  tl::expected<command, frame_error> finish(const fb::Command& frame, decltype(command::body) body) && {
    if (fault_)
      return tl::unexpected(std::move(*fault_));
    return command{request_id_, frame.not_before_position(), std::move(body)};
  }

private:
  uint64_t request_id_;
  std::optional<frame_error> fault_;
};

} // namespace oncepay
