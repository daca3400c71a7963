// The virtual bank: what a channel would do with a request, decided by the bank's seed and the attempt's id alone, so
// that a run can be repeated and a request sent twice meets the same fate. Pure, but for the book.
#pragma once

#include "actors/bank.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oncepay {

/// What happens to one request.
struct bank_fate {
  bool answers = true; ///< False: the client waits for ever.
  bool late = false;   ///< Answers, but only after the channel's reply window.
  bool money_moved = false;
  reply_class outcome = reply_class::unknown;
  std::string code;
  uint32_t latency_us = 0;
};

bank_fate fate_of(const bank_behaviour&, const attempt_id&);

/// The fate of a request above the bank's capacity: refused before it was looked at, definitely.
bank_fate slow_down(const bank_behaviour&, const attempt_id&);

/// The latency at which a share `ppm` of requests has been answered: linear between minimum, p50, p99 and maximum.
uint32_t latency_at_us(const bank_behaviour&, uint32_t ppm);

/// A fate as what the bank does and says; a late answer comes after the reply window that the channel's terms name.
bank_deed deed_of(const bank_fate&, uint32_t reply_within_ms);

/// What a bank knows about a request that it received.
struct bank_memory {
  instant received_at;
  bool money_moved = false;
  bool closed = false; ///< A payment that can't be made any more, or was given back.
  int64_t amount_minor = 0;
  int64_t refunded_minor = 0; ///< Of a payment: so much of it went back.
  bool binds = false;         ///< It signed an agreement, where it was done.
  bool unbound = false;       ///< And that was ended.

  bool stands() const { return binds && money_moved && !closed && !unbound; }
};

/// Requests that sign an agreement.
constexpr bool binds_card(operation o) {
  return o == operation::bind_card || o == operation::sign_and_pay;
}

/// The fate of a refund: as any request's, but a bank gives back no more than was paid. `known` is this very refund,
/// where it received it before.
bank_fate refund_fate(const bank_behaviour&, const channel_request_effect&, const std::optional<bank_memory>& payment,
                      const std::optional<bank_memory>& known);

/// The fate of what is withheld by an agreement that doesn't stand, or isn't one; none: it fares as any request.
std::optional<bank_fate> fate_without_agreement(const bank_behaviour&, const submit_effect&,
                                                const std::optional<bank_memory>& binding);

/// The fate of an unbinding: as any request's, but what isn't bound isn't unbound. `known` as of a refund.
bank_fate unbind_fate(const bank_behaviour&, const channel_request_effect&, const std::optional<bank_memory>& binding,
                      const std::optional<bank_memory>& known);

/// What a bank that behaves so answers to a close. `failed_final`: closed from here on.
enquiry_answer answer_to_close(const channel_terms&, const channel_request_effect&,
                               const std::optional<bank_memory>& known);

/// What a bank that behaves so answers to a reversal. `succeeded`: it closed the payment, or gave the money back.
enquiry_answer answer_to_reversal(const channel_terms&, const channel_request_effect&);

/// What a bank that behaves so answers to an enquiry; `known` is none where it never received what it is asked about.
enquiry_answer answer_to_enquiry(const channel_terms&, instant now, const channel_request_effect&,
                                 std::optional<bank_memory> known);

/// The virtual bank of a channel, with its book (in memory where the terms name no file). The error is one line.
tl::expected<bank_ptr, std::string> open_virtual_bank(const channel_terms&);

/// The channel's own reference for an attempt.
std::string channel_ref_of(const attempt_id&);

/// What the channel calls the agreement that this attempt signed, and the attempt again; none: no name of its.
std::string agreement_of(const attempt_id&);
std::optional<attempt_id> signed_under(std::string_view agreement);
/// The card that was presented, as people may see it. No virtual bank knows more of it.
std::string card_mask_of(const attempt_id&);

} // namespace oncepay
