// How a trajectory puts what decisions hold.
#pragma once

#include "actors/domain/trajectory.hpp"
#include "schema/input.hpp"
#include "schema/stream.hpp"

#include <string>
#include <string_view>

namespace oncepay {

bool channel_said(evidence source);
std::string entity_of(const stream_name&);
std::string quoted(std::string_view text);
/// ", from wallet alice, to wallet bob"; empty where neither is.
std::string from_to(const wallet_id& from, const wallet_id& to);
/// Empty where the merchant has no quota.
std::string quota_text(const merchant_terms&);

/// A payment that is proposed to the order that bound a card, this stream's.
bool is_asked_for_grant(const stream_name&, const pay_input&);
/// A refund that ends an agreement instead.
bool asks_to_unbind(const input&);
bool is_unbinding(const trajectory_context&, uint32_t refund_number);
/// "refund 1", or "unbinding 1", of the same numbers.
std::string refund_words(const trajectory_context&, uint32_t number);
/// "pay", "bind", ….
std::string_view wish_of(const pay_input&);
std::string payment_words(const pay_input&);
/// What a channel said of an agreement; empty: nothing.
std::string agreement_words(const attempt_input&);

} // namespace oncepay
