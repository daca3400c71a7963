#include "actors/domain/trajectory_words.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oncepay {

bool channel_said(evidence source) {
  return source == evidence::channel_reply || source == evidence::late_reply || source == evidence::enquiry ||
         source == evidence::notice || source == evidence::close_reply || source == evidence::reverse_reply;
}

std::string entity_of(const stream_name& stream) {
  if (!stream.empty() && stream.kind() == stream_kind::order && stream.part_count() == 2)
    return printable(fmt::format("{}/{}", stream.part(0), stream.part(1)));
  return printable(stream.display());
}

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", printable(text));
}

/// Empty where the merchant has no quota.
std::string quota_text(const merchant_terms& t) {
  std::string text;
  if (t.requests_per_s_max != 0)
    text += fmt::format(", {} requests a second", t.requests_per_s_max);
  if (t.requests_burst_max != 0)
    text += fmt::format(" ({} at once)", t.requests_burst_max);
  if (t.requests_under_way_max != 0)
    text += fmt::format(", {} under way", t.requests_under_way_max);
  return text;
}

bool is_asked_for_grant(const stream_name& stream, const pay_input& in) {
  return !in.agreement.bound_by.empty() && stream.kind() == stream_kind::order && stream.part_count() == 2 &&
         stream.part(1) == in.agreement.bound_by.str();
}

bool asks_to_unbind(const input& in) {
  auto* asked = std::get_if<refund_input>(&in);
  return asked != nullptr && asked->unbinds;
}

bool is_unbinding(const trajectory_context& context, uint32_t refund_number) {
  const auto& all = context.unbindings;
  return std::find(all.begin(), all.end(), refund_number) != all.end();
}

std::string refund_words(const trajectory_context& context, uint32_t number) {
  return fmt::format("{} {}", is_unbinding(context, number) ? "unbinding" : "refund", number);
}

std::string_view wish_of(const pay_input& in) {
  if (!in.agreement.bound_by.empty())
    return "withhold";
  if (in.card.deed != card_deed::none)
    return name(in.card.deed);
  return in.top_up ? "top_up" : "pay";
}

std::string from_to(const wallet_id& from, const wallet_id& to) {
  return (from.empty() ? "" : ", from wallet " + printable(from.str())) +
         (to.empty() ? "" : ", to wallet " + printable(to.str()));
}

std::string payment_words(const pay_input& in) {
  auto text = fmt::format("by {}, {}", printable(in.method.str()),
                          in.payer.ciphertext.empty() ? "no payer named" : "payer masked");
  text += from_to(in.wallet, in.to_wallet);
  if (in.card.deed != card_deed::none)
    text += ", card masked";
  if (!in.agreement.bound_by.empty())
    text += fmt::format(", by the agreement of order {} at {}", printable(in.agreement.bound_by.str()),
                        printable(in.agreement.channel.str()));
  if (in.placed_at)
    text += fmt::format(", placed at {}", to_string(in.placed_at));
  return text;
}

std::string agreement_words(const attempt_input& in) {
  std::string text;
  if (!in.agreement.empty())
    text += fmt::format(", agreement {}", printable(in.agreement));
  if (!in.card_mask.empty())
    text += fmt::format(", card {}", printable(in.card_mask));
  return text;
}

} // namespace oncepay
