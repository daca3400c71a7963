// The bank behind a port that speaks to it in process: what it does with a request. The virtual bank is one, driven by
// a channel's terms; a simulator brings its own, which lies.
#pragma once

#include "actors/domain/effect.hpp"
#include "schema/terms.hpp"
#include "schema/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay {

/// Something a bank says about one request.
struct bank_answer {
  int64_t after_us = 0; ///< After it received the request. Beyond the channel's reply window it is a late answer.
  reply_class outcome = reply_class::unknown;
  std::string code;
  bool names_agreement = true; ///< Of a card that it says it bound: by which agreement.
  bool operator==(const bank_answer&) const = default;
};

/// What a bank does with one request. Without answers it stays silent for ever.
struct bank_deed {
  bool money_moves = false;
  std::vector<bank_answer> answers; ///< In the order of their times; all but the first contradict or repeat it.
  bool looked_at = true;            ///< False: refused at the door, it is none of the requests under way.
  int64_t confirms_after_us = 0;    ///< The payer types a password: the money moves then, unless it is reversed before.
  bool operator==(const bank_deed&) const = default;
};

/// What a bank answers to "what became of it?", to a close and to a reversal.
struct enquiry_answer {
  int64_t after_us = 0; ///< Beyond the channel's reply window nobody waits for it any more.
  bool failed = false;  ///< The question itself failed: says nothing about the payment.
  reply_class outcome = reply_class::unknown;
  std::string code;
  bool operator==(const enquiry_answer&) const = default;
};

class bank {
public:
  virtual ~bank() = default;

  /// `under_way`: requests it hasn't answered yet, this one not counted.
  virtual bank_deed receive(instant now, const submit_effect&, uint32_t under_way) = 0;
  /// Gives money of a payment back, or ends an agreement. As `receive`: an id that it knows does nothing a second time.
  virtual bank_deed refund(instant now, const channel_request_effect&) = 0;
  /// Closes a payment, so that it can't be made any more: `failed_final` where it wasn't made, `succeeded` where it was
  /// made already. None: it never answers, closed or not.
  virtual std::optional<enquiry_answer> close(instant now, const channel_request_effect&) = 0;
  /// Takes a payment back: closes it where it wasn't made, gives the money back where it was; a repeat does nothing
  /// more. `succeeded`: so it is. `failed_final`: it won't. `failed`, or unknown: not yet, again. None: it never
  /// answers.
  virtual std::optional<enquiry_answer> reverse(instant now, const channel_request_effect&) = 0;
  /// What became of a payment or refund? None: it never answers.
  virtual std::optional<enquiry_answer> enquire(instant now, const channel_request_effect&) = 0;
  /// Makes what was received durable in the bank's own book, before anything is answered. The error is one line.
  virtual tl::expected<void, std::string> flush() = 0;
  /// Other terms from here on; never another book.
  virtual void configure(const channel_terms&) = 0;
};

using bank_ptr = std::unique_ptr<bank>;

} // namespace oncepay
