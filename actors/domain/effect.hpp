// What must happen once a decision is durable. Effects are data: the shell that runs them knows actors, the rules that
// ask for them don't.
#pragma once

#include "actors/domain/pay_out_stops.hpp"
#include "schema/event.hpp"
#include "schema/ids.hpp"
#include "schema/input.hpp"
#include "schema/money.hpp"
#include "schema/order_view.hpp"
#include "schema/stream.hpp"
#include "schema/terms.hpp"
#include "schema/time.hpp"

#include <string>
#include <variant>
#include <vector>

namespace oncepay {

/// Send an attempt to its channel. Keyed by the attempt's id: the shell starts none twice.
struct submit_effect {
  channel_id channel;
  attempt_id attempt;
  uint32_t attempt_number = 0;
  money amount;
  method_id method;
  instant submit_before;
  instant reply_before;
  sealed_payer payer_code = {}; ///< What the payer showed; only the port opens it.
  oncepay::operation operation = oncepay::operation::pay;
  sealed_payer payee = {};    ///< Of a pay-out.
  wallet_id wallet = {};      ///< Of a payment inside the house.
  sealed_payer card = {};     ///< The token of a card that is bound or authenticated; only the port opens it.
  std::string agreement = {}; ///< What the channel calls the agreement that this is withheld by.
  bool operator==(const submit_effect&) const = default;
};

/// Ask a channel for something beside the payment itself: what became of an operation, or, after a commit, another
/// operation. Keyed by id and `enquiry`: the shell has none under way twice.
struct channel_request_effect {
  channel_id channel;
  oncepay::operation operation = oncepay::operation::pay;
  bool enquiry = false; ///< "What became of it?"; else: do it.
  bool check = false;   ///< Of an enquiry: about what is settled; nothing hangs on it, so it goes behind all else.
  attempt_id id;        ///< What the channel knows the operation by: the attempt's id, or the operation's own.
  uint32_t attempt_number = 0;
  uint32_t refund_number = 0;    ///< Within the order; of refunds only.
  attempt_id original;           ///< The payment that is given back or closed.
  uint32_t nth = 1;              ///< The how-many-eth time this is asked.
  money amount;                  ///< Of this operation.
  money paid;                    ///< Of the payment that it is about.
  std::string channel_ref;       ///< The channel's own number for it, where it gave one.
  instant attempt_submit_before; ///< The attempt left by then, or never.
  instant submit_before;         ///< Later it isn't sent any more.
  instant reply_before;          ///< Nobody waits for an answer any longer.
  wallet_id wallet = {};         ///< That the payment was made from, inside the house.
  std::string agreement = {};    ///< Of unbinding: what the channel calls it, where it said so.
  bool operator==(const channel_request_effect&) const = default;
};

/// Tell a merchant of a result that is durable. Keyed by its id: the shell has none under way twice.
struct telling_effect {
  merchant_id merchant;
  oncepay::order_no order_no;
  attempt_id id;       ///< What the merchant removes duplicates on.
  uint32_t number = 0; ///< Of the result within the order.
  uint32_t nth = 1;    ///< The how-many-eth time this is told.
  told_result result = told_result::paid;
  money amount;                ///< Of the order.
  oncepay::order_no refund_no; ///< Of refunds only.
  int64_t refund_amount_minor = 0;
  instant decided_at;    ///< When the result was decided.
  instant answer_before; ///< Whatever comes of it is known by then.
  order_kind kind = order_kind::payment;
  bool operator==(const telling_effect&) const = default;
};

/// Routers must know these terms before the asker is answered.
struct publish_merchant_effect {
  merchant_terms terms;
  bool on = true; ///< As operators switched it.
  bool operator==(const publish_merchant_effect&) const = default;
};

/// The same of a method that operators switched: whether payments by it go on.
struct publish_method_effect {
  method_id method;
  bool on = true;
  bool operator==(const publish_method_effect&) const = default;
};

/// Routers and the channel's limiter must know before the asker is answered: an acknowledged "off" means no later
/// grant.
struct publish_channel_effect {
  channel_terms terms;
  bool on = false;
  bool operator==(const publish_channel_effect&) const = default;
};

/// The router and all ports must know before the asker is answered: an acknowledged "off" means no later submission.
struct publish_stops_effect {
  pay_out_stops stops;
  bool operator==(const publish_stops_effect&) const = default;
};

/// Tell an account with a floor. It answers the order that its input's key names; known by that key, it may be told
/// again.
struct ask_account_effect {
  stream_name account;
  input what;
  bool operator==(const ask_account_effect&) const = default;
};

/// Hand each of these pay-outs to its order and tell the batch what became of those that were refused. Not upon a
/// decision alone: a batch asks for it until it is told, after a restart too.
struct hand_out_effect {
  merchant_id merchant;
  std::vector<pay_out_input> lines;
  bool operator==(const hand_out_effect&) const = default;
};

/// A person must look at this.
struct alarm_effect {
  std::string text;
  bool operator==(const alarm_effect&) const = default;
};

using effect = std::variant<submit_effect, publish_merchant_effect, publish_channel_effect, alarm_effect,
                            channel_request_effect, ask_account_effect, publish_stops_effect, publish_method_effect>;

} // namespace oncepay
