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

/// This refund number belongs to one order of its merchant from here on; which one stands in the decision's input.
struct refund_claimed {
  bool operator==(const refund_claimed&) const = default;
};

/// A refund's durable intent: from here on it may have been submitted, and its money is held for it. Upon a
/// `refund_input` it is the merchant's, with number and amount standing there; else it is ours, of all of a surplus.
struct refund_requested {
  uint32_t number = 0;         ///< Within the order: 1, 2, ….
  uint32_t attempt_number = 0; ///< Whose money goes back, on the attempt's own channel.
  attempt_id operation_id;     ///< What the channel knows the refund by.
  hash128 fingerprint{};       ///< Over what makes two requests the same refund; none of a surplus.
  instant submit_before;
  instant reply_before;
  int64_t fee_returned_minor = 0; ///< The part of our fee that the merchant gets back.
  std::vector<posting> postings;
  bool operator==(const refund_requested&) const = default;
};

/// The payer has the money back.
struct refund_succeeded {
  uint32_t number = 0;
  std::vector<posting> postings;
  bool operator==(const refund_succeeded&) const = default;
};

/// Definite: the payer didn't get it and won't under this number.
struct refund_failed {
  uint32_t number = 0;
  std::vector<posting> postings;
  bool operator==(const refund_failed&) const = default;
};

/// Submitted, no proof of the outcome.
struct refund_in_doubt {
  uint32_t number = 0;
  instant enquire_at;
  bool operator==(const refund_in_doubt&) const = default;
};

/// An enquiry told nothing definite; the next one follows later.
struct refund_enquired {
  uint32_t number = 0;
  uint32_t count = 0; ///< How many have been answered so.
  instant next_at;
  bool operator==(const refund_enquired&) const = default;
};

/// The enquiries are used up: a person has to find out.
struct refund_manual {
  uint32_t number = 0;
  bool operator==(const refund_manual&) const = default;
};

/// The channel said something else about a refund after a final result. Changes nothing, alarms, goes to a person.
struct refund_contradicted {
  uint32_t number = 0;
  bool operator==(const refund_contradicted&) const = default;
};

/// Nothing new is tried for the order; it is closed once it is proven that nothing was paid.
struct order_closing {
  bool operator==(const order_closing&) const = default;
};

/// Final: nothing was paid, and nothing will be taken. What surfaces later goes back.
struct order_closed {
  bool operator==(const order_closed&) const = default;
};

/// A success that conflicts with our own decision: the money is in suspense, and its refund follows.
struct surplus_booked {
  uint32_t number = 0; ///< The attempt's.
  std::vector<posting> postings;
  bool operator==(const surplus_booked&) const = default;
};

/// A channel told of a payment that we never asked it for: kept for a person to look at. What it told stands in the
/// decision's input.
struct notice_kept {
  bool operator==(const notice_kept&) const = default;
};

/// A payment by code wasn't decided in time: its channel is to close it, or to give the money back. From here on a
/// success no longer pays the order.
struct attempt_reversing {
  uint32_t number = 0;
  instant ask_at; ///< When its channel is asked to.
  bool operator==(const attempt_reversing&) const = default;
};

/// The channel was asked to reverse an attempt, and it isn't proven that it did: it will be asked again.
struct reversal_recorded {
  uint32_t number = 0;
  uint32_t count = 0; ///< Reversals of this attempt asked for so far.
  instant next_at;
  bool operator==(const reversal_recorded&) const = default;
};

/// Definite: nothing moved, or it moved back.
struct attempt_reversed {
  uint32_t number = 0;
  std::vector<posting> postings; ///< Takes back what was booked of a success meanwhile; none: nothing was.
  bool operator==(const attempt_reversed&) const = default;
};

/// The channel refused to reverse an attempt, or repeats are used up: a person must see to it.
struct reversal_manual {
  uint32_t number = 0;
  bool operator==(const reversal_manual&) const = default;
};

/// A ruling waits for another person's approval. What it says stands in the decision's input.
struct ruling_proposed {
  ruling_id ruling;
  instant expires_at; ///< From then on it can't be approved any more.
  bool operator==(const ruling_proposed&) const = default;
};

/// Two persons agree: what the ruling says follows in the same decision. Which one stands in the decision's input.
struct ruling_approved {
  bool operator==(const ruling_approved&) const = default;
};
struct ruling_withdrawn {
  bool operator==(const ruling_withdrawn&) const = default;
};

/// A result that a merchant is told of. Stored: never renumbered. What is in doubt is no result.
enum class told_result : uint8_t {
  paid = 1,
  failed = 2,
  closed = 3,
  refund_succeeded = 4,
  refund_failed = 5,
  bound = 6, ///< The card is bound: payments may be withheld by its agreement.
  authenticated = 7,
  unbound = 8,
  unbind_failed = 9, ///< The agreement stands as it did.
};

std::string_view name(told_result);

/// This decision's result is to be told to the merchant, from now on until it acknowledges or tries are used up.
struct merchant_to_tell {
  uint32_t number = 0; ///< Within the order: 1, 2, ….
  told_result result = told_result::paid;
  uint32_t refund_number = 0; ///< Within the order, of refunds only.
  bool operator==(const merchant_to_tell&) const = default;
};

/// It acknowledged.
struct merchant_told {
  uint32_t number = 0;
  bool operator==(const merchant_told&) const = default;
};

/// It didn't; it will be told again.
struct merchant_not_told {
  uint32_t number = 0;
  uint32_t count = 0; ///< Tries so far.
  instant next_at;    ///< None: 0.
  bool operator==(const merchant_not_told&) const = default;
};

/// Tries are used up: a person has to see why the merchant doesn't listen. It can always ask.
struct telling_given_up {
  uint32_t number = 0;
  bool operator==(const telling_given_up&) const = default;
};

/// A settled attempt, or a settled refund of it, is asked about once more (C11); whatever comes of it, it stays as it
/// is.
struct check_begun {
  uint32_t number = 0;        ///< The attempt's.
  instant submit_before;      ///< Until then it waits for a moment when its channel has nothing better to do.
  instant reply_before;       ///< Nobody waits for an answer any longer.
  uint32_t refund_number = 0; ///< Within the order; 0: the attempt itself.
  bool operator==(const check_begun&) const = default;
};

/// What a check brought. Stored: never renumbered.
enum class check_result : uint8_t {
  none = 0,           ///< It wasn't checked.
  agrees = 1,         ///< The channel says the same.
  disagrees = 2,      ///< It says otherwise: recorded as a contradiction too, for a person to look at.
  nothing_proven = 3, ///< It couldn't be asked, didn't answer, or said nothing that counts.
};

std::string_view name(check_result);

struct attempt_checked {
  uint32_t number = 0;
  check_result result = check_result::nothing_proven;
  uint32_t refund_number = 0; ///< As in `check_begun`.
  bool operator==(const attempt_checked&) const = default;
};

/// The collection code stands for a merchant from here on; for which, stands in the decision's input.
struct code_issued {
  bool operator==(const code_issued&) const = default;
};
/// It stands for nobody any more, for ever.
struct code_revoked {
  bool operator==(const code_revoked&) const = default;
};

/// What was claimed has been paid out: the claim is over.
struct claim_settled {
  bool operator==(const claim_settled&) const = default;
};

/// The account has done what this order asked of it last: nothing is owed to it any more.
struct account_answered {
  bool operator==(const account_answered&) const = default;
};

/// Pay-outs are stopped: it keeps its claim and asks again later where it may go.
struct pay_out_held {
  uint32_t count = 0; ///< The how-many-eth time.
  instant next_at;
  bool operator==(const pay_out_held&) const = default;
};

/// What was stopped, or goes on, stands in the decision's input.
struct pay_outs_switched {
  bool operator==(const pay_outs_switched&) const = default;
};

/// An operator switched a merchant, or a method for everybody, off or on again; who and why stands in the decision's
/// input.
struct merchant_switched {
  bool on = false;
  bool operator==(const merchant_switched&) const = default;
};
struct method_switched {
  bool on = false;
  bool operator==(const method_switched&) const = default;
};

/// The payer must confirm the payment first; which rule wants it stands in the decision's input. Nothing is submitted
/// before.
struct step_up_asked {
  instant deadline; ///< Unconfirmed by then it fails.
  bool operator==(const step_up_asked&) const = default;
};

/// What came wasn't a proof for this payment.
struct confirmation_refused {
  uint32_t count = 0; ///< So many so far.
  bool operator==(const confirmation_refused&) const = default;
};

/// The payer has confirmed it: the order goes on.
struct order_confirmed {
  bool operator==(const order_confirmed&) const = default;
};

/// The batch exists from here on; its lines stand in the decision's input.
struct batch_opened {
  hash128 fingerprint{}; ///< Over what makes two requests the same batch.
  bool operator==(const batch_opened&) const = default;
};
/// Each of its lines has its own order, or was refused; which, stands in the decision's input.
struct batch_handed_out {
  bool operator==(const batch_handed_out&) const = default;
};

/// A payment may be withheld by this order's agreement, which stood then; which one stands in the decision's input.
struct withhold_granted {
  bool operator==(const withhold_granted&) const = default;
};

using event =
    std::variant<order_opened, attempt_intended, attempt_succeeded, attempt_failed, attempt_in_doubt,
                 contradiction_recorded, order_paid, order_failed, merchant_configured, channel_configured,
                 channel_switched, account_credited, account_claimed, claim_released, log_released, enquiry_recorded,
                 attempt_manual, refund_claimed, refund_requested, refund_succeeded, refund_failed, refund_in_doubt,
                 refund_enquired, refund_manual, refund_contradicted, order_closing, order_closed, surplus_booked,
                 attempt_reversing, reversal_recorded, attempt_reversed, reversal_manual, notice_kept, ruling_proposed,
                 ruling_approved, ruling_withdrawn, merchant_to_tell, merchant_told, merchant_not_told,
                 telling_given_up, check_begun, attempt_checked, code_issued, code_revoked, claim_settled,
                 account_answered, pay_out_held, pay_outs_switched, merchant_switched, method_switched, step_up_asked,
                 confirmation_refused, order_confirmed, batch_opened, batch_handed_out, withhold_granted>;

/// Stable lower-case name of the alternative: "order_opened", ….
std::string_view name_of(const event&);

/// The postings an event carries; none for most.
const std::vector<posting>& postings_of(const event&);

} // namespace oncepay
