// What a decision changed. State is a fold over decisions: `evolve` reads an event together with its decision's input,
// so that no field is stored twice.
#pragma once

#include "schema/hash.hpp"
#include "schema/ids.hpp"
#include "schema/posting.hpp"
#include "schema/terms.hpp"
#include "schema/time.hpp"

#include <string_view>
#include <variant>
#include <vector>

namespace oncepay {

/// The order exists from here on. Its business fields stand in the decision's `pay_input`.
struct order_opened {
  hash128 fingerprint{}; ///< Over the fields that make two requests "the same content" (B2).
  bool operator==(const order_opened&) const = default;
};

/// An attempt's durable intent: from here on it may have been submitted. Its route, and so its channel, stands in the
/// decision's input.
struct attempt_intended {
  uint32_t number = 0;
  attempt_id id;
  instant submit_before; ///< The port refuses to send later than this.
  instant reply_before;  ///< Without an answer by then it is in doubt.
  bool operator==(const attempt_intended&) const = default;
};

struct attempt_succeeded {
  uint32_t number = 0;
  bool operator==(const attempt_succeeded&) const = default;
};

/// Definite: the money did not move.
struct attempt_failed {
  uint32_t number = 0;
  bool operator==(const attempt_failed&) const = default;
};

/// Submitted, no proof of the outcome.
struct attempt_in_doubt {
  uint32_t number = 0;
  instant enquire_at; ///< When the channel is to be asked.
  bool operator==(const attempt_in_doubt&) const = default;
};

/// The channel said something else after a final result. Changes nothing, alarms, goes to a person (C3).
struct contradiction_recorded {
  uint32_t number = 0;
  bool operator==(const contradiction_recorded&) const = default;
};

/// The money moved; who paid is posted in the same decision.
struct order_paid {
  std::vector<posting> postings;
  bool operator==(const order_paid&) const = default;
};

/// Definite and final: no attempt moved money and none will.
struct order_failed {
  uint16_t code = 0; ///< An `errc` saying why nothing was tried any more.
  bool operator==(const order_failed&) const = default;
};

/// Terms in force from here on; they stand in the decision's input.
struct merchant_configured {
  bool operator==(const merchant_configured&) const = default;
};
struct channel_configured {
  bool operator==(const channel_configured&) const = default;
};
struct channel_switched {
  bool on = false;
  bool operator==(const channel_switched&) const = default;
};

/// Accounts with a floor.
struct account_credited {
  std::vector<posting> postings;
  bool operator==(const account_credited&) const = default;
};
struct account_claimed {
  std::vector<posting> postings;
  bool operator==(const account_claimed&) const = default;
};
struct claim_released {
  std::vector<posting> postings;
  bool operator==(const claim_released&) const = default;
};

/// The restored log accepts commands again.
struct log_released {
  bool operator==(const log_released&) const = default;
};

/// The channel was asked what became of an attempt, and its answer proved nothing: it will be asked again.
struct enquiry_recorded {
  uint32_t number = 0;
  uint32_t count = 0; ///< Enquiries about this attempt so far.
  instant next_at;    ///< When the channel is to be asked again.
  bool operator==(const enquiry_recorded&) const = default;
};

/// Enquiries are used up: a person must find out. Left by the first definite evidence.
struct attempt_manual {
  uint32_t number = 0;
  bool operator==(const attempt_manual&) const = default;
};

using event = std::variant<order_opened, attempt_intended, attempt_succeeded, attempt_failed, attempt_in_doubt,
                           contradiction_recorded, order_paid, order_failed, merchant_configured, channel_configured,
                           channel_switched, account_credited, account_claimed, claim_released, log_released,
                           enquiry_recorded, attempt_manual>;

/// Stable lower-case name of the alternative: "order_opened", ….
std::string_view name_of(const event&);

/// The postings an event carries; none for most.
const std::vector<posting>& postings_of(const event&);

} // namespace oncepay
