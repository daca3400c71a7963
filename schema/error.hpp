// Every code a caller can be answered with. These numbers are wire facts: numbered once for ever, never renumbered,
// never reused. A new code doesn't compile until it has a name, a sentence and a class (error.cpp: switches without a
// default, warnings are errors).
#pragma once

#include <cstdint>
#include <string_view>

namespace oncepay {

enum class errc : uint16_t {
  ok = 0, ///< On the wire only: the command was done. Never used as an error.

  // 1xx: the bytes. The connection is closed after a frame that cannot be trusted.
  malformed_frame = 100,     ///< The buffer doesn't verify, or lacks a required field.
  frame_too_large = 101,     ///< The length prefix exceeds `limits::frame_bytes_max`.
  unsupported_command = 102, ///< A command this build doesn't know (a newer client).

  // 2xx: the content. Nothing was written; the order number stays free.
  invalid_field = 200,    ///< A field's value breaks its documented form; the text names it.
  invalid_amount = 201,   ///< Zero, negative, or above `limits::amount_minor_max`.
  amount_overflow = 202,  ///< A sum or share leaves 64 bits.
  unknown_currency = 203, ///< Not an ISO 4217 code this build knows.

  // 3xx: identity.
  order_conflict = 300,     ///< The order number exists with other content. Never a second order (B2).
  unknown_order = 301,      ///< A query for an order that was never accepted.
  unknown_merchant = 302,   ///< The merchant was never opened.
  merchant_suspended = 303, ///< The merchant is switched off.
  unknown_channel = 304,    ///< The channel was never opened.
  terms_conflict = 305,     ///< The merchant or channel exists with other terms; change them by configuration.
  refund_conflict = 306,    ///< The refund number exists with other content, or for another order.
  unknown_ruling = 307,     ///< No ruling of this name was ever proposed for this order.

  // 4xx: not now. Nothing was written; the same command may be sent again.
  busy = 400,              ///< Admission is full: send again later.
  channel_busy = 401,      ///< Every eligible channel's queue is full.
  no_channel = 402,        ///< No channel serves this payment: method, currency, amount, or switched off.
  restored_mode = 403,     ///< The log was restored from a backup and not released: queries only.
  shutting_down = 404,     ///< The server is stopping: send again, to its successor.
  view_behind = 405,       ///< The view has not reached `not_before_position` in time.
  like_pay_out_open = 406, ///< A pay-out of this amount to this payee isn't decided yet: this one waits (C10).

  // 5xx: the fate of an accepted order.
  payment_failed = 500,  ///< Definitely failed; no money moved. Final.
  in_doubt = 501,        ///< Submitted, no proof of the outcome. Not failed, not paid: ask again.
  processing = 502,      ///< Accepted, and still going at the reply limit (D3): ask again.
  refund_failed = 503,   ///< Definitely failed; the payer didn't get the money back. Final for this refund number.
  refund_in_doubt = 504, ///< Submitted, no proof of the outcome: ask again.
  order_closed = 505,    ///< Closed or expired; nothing was paid and nothing will be taken. Final.

  // 6xx: our own state.
  insufficient_funds = 600, ///< An account with a floor doesn't cover the claim.
  claim_conflict = 601,     ///< The claim's key exists with other content.
  already_released = 602,   ///< The log isn't in restored mode.
  not_refundable = 603,     ///< The order isn't paid.
  refund_too_large = 604,   ///< More than is left of what was paid.
  too_many_refunds = 605,   ///< The order has had as many refunds as an order may have.
  already_paid = 606,       ///< A paid order can't be closed: refund it.
  already_expired = 607,    ///< The payment's `expires_at` had passed when it came.
  nothing_to_rule = 608, ///< There is no such attempt or refund, or it isn't in doubt, or the outcome isn't one of its.
  ruling_waits = 609,    ///< Another ruling on this order waits for approval: approve or withdraw that one first.
  second_person = 610,   ///< Who proposed a ruling can't approve it.
  ruling_over = 611,     ///< The ruling was approved or withdrawn, has expired, or evidence came before its approval.
  too_many_rulings = 612, ///< The order has had as many rulings proposed as an order may have.
  not_closable = 620,     ///< A pay-out can't be called back.
  pay_outs_stopped = 621, ///< An operator stopped pay-outs: all, this merchant's, or every channel's that would serve.
  too_many_claims = 622,  ///< As many pay-outs of this merchant are undecided as may be: wait for some of them.
  too_many_stops = 623,   ///< So many merchants' pay-outs are stopped one by one that stopping all is meant.

  // 650-669: settled orders asked about again, and codes.
  nothing_to_check = 650,   ///< Nothing of the order is settled, was sent, and hasn't been asked about too often.
  check_disagrees = 651,    ///< Asked again, a channel contradicts what is recorded: for a person. Nothing was changed.
  check_unanswered = 652,   ///< Asked again, a channel said nothing that counts, or couldn't be asked.
  other_wallets_code = 653, ///< What the payer showed isn't a code of the wallet that the method names.
  unknown_payer_code = 654, ///< What the payer showed isn't a code of any wallet known here.
  unknown_collection_code = 655, ///< No collection code of this serial was ever issued.
  code_revoked = 656,            ///< The collection code was revoked; it stands for nobody any more.

  // 67x: cards and agreements.
  card_number = 670,       ///< What came looks like a card's number. Nothing of it was kept.
  unknown_agreement = 671, ///< The order that is named was never accepted, or binds no card.
  not_bound = 672,         ///< The order's card isn't bound, or not yet; or its channel never said by which agreement.
  agreement_ended = 673,   ///< The card was unbound, or is being unbound.
  unbind_failed = 674,     ///< Definitely failed; the agreement stands. Final for this unbind number.
  unbind_in_doubt = 675,   ///< Submitted, no proof of the outcome: ask again. Nothing is withheld meanwhile.

  // 680-: wallets.
  same_wallet = 680, ///< A wallet isn't topped up from itself.

  // 690-: batches.
  batch_conflict = 690,      ///< The batch number exists with other content. Never a second batch.
  unknown_batch = 691,       ///< No batch of this number was ever accepted.
  batch_total_differs = 692, ///< The lines don't add up to the control sum.
  repeated_line = 693,       ///< Two lines of the batch have one order number, or one payee and amount (C10).

  // 63x: who may pay, and how much of it.
  quota_exceeded = 630,     ///< The merchant asks for more than its quota. The same command may be sent again later.
  switched_off = 631,       ///< An operator switched this merchant or method off for now.
  unknown_method = 632,     ///< No channel serves this method.
  risk_blocked = 633,       ///< Risk rules don't let this payment through; nothing was submitted. Final.
  step_up_required = 634,   ///< Accepted; goes on once its payer has confirmed it.
  step_up_expired = 635,    ///< Its payer didn't confirm it in time; nothing was submitted. Final.
  step_up_failed = 636,     ///< Too many wrong confirmations; nothing was submitted. Final.
  wrong_confirmation = 637, ///< Not a proof for this payment; counted.
  nothing_to_confirm = 638, ///< The order doesn't wait for a confirmation.

  internal = 900, ///< A rule of ours was broken; alarmed. The outcome is unknown: ask.
};

/// What a caller should do about a code.
enum class advice : uint8_t {
  done,   ///< Nothing: it is done.
  retry,  ///< Send the same command again later; nothing was written.
  do_not, ///< The answer is final for this content: sending it again gets the same.
  ask,    ///< The outcome is unknown: query the order, never pay under another number.
};

/// Stable lower-case name, as logs and `--json` show it.
std::string_view name(errc);

/// One sentence for people: what happened and what to do.
std::string_view sentence(errc);

advice advice_for(errc);
std::string_view name(advice);

/// True for a number that is one of the codes above.
bool is_known_code(uint16_t number);

} // namespace oncepay
