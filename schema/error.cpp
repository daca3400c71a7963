#include "schema/error.hpp"

namespace oncepay {

std::string_view name(errc code) {
  switch (code) {
  case errc::ok:
    return "ok";
  case errc::malformed_frame:
    return "malformed_frame";
  case errc::frame_too_large:
    return "frame_too_large";
  case errc::unsupported_command:
    return "unsupported_command";
  case errc::invalid_field:
    return "invalid_field";
  case errc::invalid_amount:
    return "invalid_amount";
  case errc::amount_overflow:
    return "amount_overflow";
  case errc::unknown_currency:
    return "unknown_currency";
  case errc::order_conflict:
    return "order_conflict";
  case errc::unknown_order:
    return "unknown_order";
  case errc::unknown_merchant:
    return "unknown_merchant";
  case errc::merchant_suspended:
    return "merchant_suspended";
  case errc::unknown_channel:
    return "unknown_channel";
  case errc::terms_conflict:
    return "terms_conflict";
  case errc::busy:
    return "busy";
  case errc::channel_busy:
    return "channel_busy";
  case errc::no_channel:
    return "no_channel";
  case errc::restored_mode:
    return "restored_mode";
  case errc::shutting_down:
    return "shutting_down";
  case errc::view_behind:
    return "view_behind";
  case errc::like_pay_out_open:
    return "like_pay_out_open";
  case errc::payment_failed:
    return "payment_failed";
  case errc::in_doubt:
    return "in_doubt";
  case errc::processing:
    return "processing";
  case errc::insufficient_funds:
    return "insufficient_funds";
  case errc::claim_conflict:
    return "claim_conflict";
  case errc::already_released:
    return "already_released";
  case errc::refund_conflict:
    return "refund_conflict";
  case errc::refund_failed:
    return "refund_failed";
  case errc::refund_in_doubt:
    return "refund_in_doubt";
  case errc::order_closed:
    return "order_closed";
  case errc::not_refundable:
    return "not_refundable";
  case errc::refund_too_large:
    return "refund_too_large";
  case errc::too_many_refunds:
    return "too_many_refunds";
  case errc::already_paid:
    return "already_paid";
  case errc::already_expired:
    return "already_expired";
  case errc::unknown_ruling:
    return "unknown_ruling";
  case errc::nothing_to_rule:
    return "nothing_to_rule";
  case errc::ruling_waits:
    return "ruling_waits";
  case errc::second_person:
    return "second_person";
  case errc::ruling_over:
    return "ruling_over";
  case errc::too_many_rulings:
    return "too_many_rulings";
  case errc::nothing_to_check:
    return "nothing_to_check";
  case errc::check_disagrees:
    return "check_disagrees";
  case errc::check_unanswered:
    return "check_unanswered";
  case errc::other_wallets_code:
    return "other_wallets_code";
  case errc::unknown_payer_code:
    return "unknown_payer_code";
  case errc::unknown_collection_code:
    return "unknown_collection_code";
  case errc::card_number:
    return "card_number";
  case errc::unknown_agreement:
    return "unknown_agreement";
  case errc::not_bound:
    return "not_bound";
  case errc::agreement_ended:
    return "agreement_ended";
  case errc::unbind_failed:
    return "unbind_failed";
  case errc::unbind_in_doubt:
    return "unbind_in_doubt";
  case errc::code_revoked:
    return "code_revoked";
  case errc::same_wallet:
    return "same_wallet";
  case errc::batch_conflict:
    return "batch_conflict";
  case errc::unknown_batch:
    return "unknown_batch";
  case errc::batch_total_differs:
    return "batch_total_differs";
  case errc::repeated_line:
    return "repeated_line";
  case errc::not_closable:
    return "not_closable";
  case errc::pay_outs_stopped:
    return "pay_outs_stopped";
  case errc::too_many_claims:
    return "too_many_claims";
  case errc::too_many_stops:
    return "too_many_stops";
  case errc::quota_exceeded:
    return "quota_exceeded";
  case errc::switched_off:
    return "switched_off";
  case errc::unknown_method:
    return "unknown_method";
  case errc::risk_blocked:
    return "risk_blocked";
  case errc::step_up_required:
    return "step_up_required";
  case errc::step_up_expired:
    return "step_up_expired";
  case errc::step_up_failed:
    return "step_up_failed";
  case errc::wrong_confirmation:
    return "wrong_confirmation";
  case errc::nothing_to_confirm:
    return "nothing_to_confirm";
  case errc::internal:
    return "internal";
  }
  return "unknown_code";
}

std::string_view sentence(errc code) {
  switch (code) {
  case errc::ok:
    return "Done.";
  case errc::malformed_frame:
    return "The frame is not a valid message; the connection is closed. Check the client's encoding.";
  case errc::frame_too_large:
    return "The frame's length exceeds the allowed maximum; the connection is closed.";
  case errc::unsupported_command:
    return "This server doesn't know the command; it may be older than the client.";
  case errc::invalid_field:
    return "A field breaks its documented form. Nothing was written; correct it and send again.";
  case errc::invalid_amount:
    return "The amount is zero, negative or too large. Nothing was written; correct it and send again.";
  case errc::amount_overflow:
    return "An amount or a sum of amounts doesn't fit 64 bits. Nothing was written.";
  case errc::unknown_currency:
    return "The currency is not an ISO 4217 code that this server knows. Nothing was written.";
  case errc::order_conflict:
    return "The order number exists with other content. Use a new number only for a new order.";
  case errc::unknown_order:
    return "No order with this number was ever accepted.";
  case errc::unknown_merchant:
    return "The merchant was never opened. Open it, then send again.";
  case errc::merchant_suspended:
    return "The merchant is suspended; new orders are not accepted. Nothing was written.";
  case errc::unknown_channel:
    return "The channel was never opened.";
  case errc::terms_conflict:
    return "It exists with other terms. Change terms by configuration.";
  case errc::busy:
    return "The server is at its limit. Nothing was written; send the same command again later.";
  case errc::channel_busy:
    return "Every channel that could serve this payment is at its limit. Nothing was written; send again later.";
  case errc::no_channel:
    return "No channel serves this method, currency and amount now. Nothing was written; send again later.";
  case errc::restored_mode:
    return "The log was restored from a backup and is not released yet: queries only. Send again after the release.";
  case errc::shutting_down:
    return "The server is stopping. Nothing was written; send again to its successor.";
  case errc::view_behind:
    return "The view has not reached the requested position yet. Ask again.";
  case errc::like_pay_out_open:
    return "A pay-out of this amount to this payee isn't decided yet, and may be the same one. Nothing was written; "
           "ask "
           "for that one, and send again once it is decided.";
  case errc::payment_failed:
    return "The payment failed definitely; no money moved. This order number stays failed.";
  case errc::in_doubt:
    return "The payment was submitted and its outcome is not known yet. Query the order; don't pay under another "
           "number.";
  case errc::processing:
    return "The order is accepted and still being processed. Query the order; don't pay under another number.";
  case errc::insufficient_funds:
    return "The balance doesn't cover the amount and our fee. No money moved.";
  case errc::claim_conflict:
    return "The claim's key exists with other content.";
  case errc::already_released:
    return "The log is not in restored mode; there is nothing to release.";
  case errc::refund_conflict:
    return "The refund number exists with other content or for another order. Use a new number only for a new refund.";
  case errc::refund_failed:
    return "The refund failed definitely; the payer didn't get the money back. This refund number stays failed: use a "
           "new one.";
  case errc::refund_in_doubt:
    return "The refund was submitted and its outcome is not known yet. Query the order; don't refund under another "
           "number.";
  case errc::order_closed:
    return "The order is closed: nothing was paid, and nothing will be taken. Pay under a new order number.";
  case errc::not_refundable:
    return "Only what was paid by a payment can be given back. Nothing was refunded.";
  case errc::refund_too_large:
    return "The refunds of this order would exceed what was paid. Nothing was refunded under this number.";
  case errc::too_many_refunds:
    return "The order has had as many refunds as an order may have. Nothing was refunded under this number.";
  case errc::already_paid:
    return "The order is paid and can't be closed. Refund it instead.";
  case errc::already_expired:
    return "The payment's expiry had passed when it came. Nothing was written.";
  case errc::unknown_ruling:
    return "No ruling of this name was ever proposed for this order.";
  case errc::nothing_to_rule:
    return "There is no such attempt or refund in doubt, or this can't be said of it. What is final stays final.";
  case errc::ruling_waits:
    return "Another ruling on this order waits for approval. Approve or withdraw that one first.";
  case errc::second_person:
    return "Who proposed a ruling can't approve it: another person has to look at the evidence.";
  case errc::ruling_over:
    return "The ruling can't be approved or withdrawn any more. Nothing was changed; query the order.";
  case errc::too_many_rulings:
    return "The order has had as many rulings proposed as an order may have. Nothing was written.";
  case errc::nothing_to_check:
    return "No attempt of this order, and no refund, can be asked about again: none is settled and was sent there, or "
           "it was asked about too often.";
  case errc::check_disagrees:
    return "Asked again, a channel contradicts what is recorded. Nothing was changed; compare with its statement.";
  case errc::check_unanswered:
    return "A channel that was asked again said nothing that counts, or couldn't be asked. Nothing was changed; ask "
           "again later.";
  case errc::other_wallets_code:
    return "What the payer showed is not a code of the wallet that the method names. Nothing was written.";
  case errc::unknown_payer_code:
    return "What the payer showed is not a code of any wallet known here. Nothing was written; scan it again.";
  case errc::unknown_collection_code:
    return "No collection code with this serial was ever issued here.";
  case errc::card_number:
    return "This looks like a card's number; none is taken here, and nothing of it was kept. Send the channel's token.";
  case errc::unknown_agreement:
    return "No order of this number binds a card.";
  case errc::not_bound:
    return "The card isn't bound by this order, or not yet, so nothing can be withheld by it or unbound.";
  case errc::agreement_ended:
    return "The card was unbound, or is being unbound; nothing is withheld by it any more.";
  case errc::unbind_failed:
    return "The unbinding definitely failed and the agreement stands; try again under another number.";
  case errc::unbind_in_doubt:
    return "It isn't known whether the card is unbound; the channel is being asked. Ask again, and don't repeat it "
           "under another number.";
  case errc::code_revoked:
    return "The collection code was revoked and stands for nobody any more. Issue one under another label.";
  case errc::same_wallet:
    return "A wallet can't be topped up from itself. Nothing was written.";
  case errc::batch_conflict:
    return "The batch number exists with other content. Nothing was written; query the batch.";
  case errc::unknown_batch:
    return "No batch with this number was ever accepted.";
  case errc::batch_total_differs:
    return "The lines of the batch don't add up to its total. Nothing was written; look at what made the file.";
  case errc::repeated_line:
    return "Two lines of the batch are one, or can't be told from one: they have the same order number, or the same "
           "payee and amount. Nothing was written; send one of them in a later batch.";
  case errc::not_closable:
    return "A pay-out can't be called back. Nothing was changed.";
  case errc::pay_outs_stopped:
    return "Pay-outs are stopped. Nothing was written: send it again once they go on.";
  case errc::too_many_claims:
    return "As many pay-outs of this merchant are undecided as may be. Send it again once some of them are decided.";
  case errc::too_many_stops:
    return "Too many merchants' pay-outs are stopped one by one. Stop all pay-outs instead. Nothing was changed.";
  case errc::quota_exceeded:
    return "The merchant sends more requests than its quota allows. This one wrote nothing; send the same command "
           "again later.";
  case errc::switched_off:
    return "The merchant or its payment method is switched off for now. Nothing was written; send again later.";
  case errc::unknown_method:
    return "No channel serves this method. Nothing was written.";
  case errc::risk_blocked:
    return "Risk rules don't let this payment through; no money moved. This order number stays failed.";
  case errc::step_up_required:
    return "The payer has to confirm the payment first; nothing was submitted. Have it confirmed, or query the order.";
  case errc::step_up_expired:
    return "The payer didn't confirm the payment in time; no money moved. This order number stays failed.";
  case errc::step_up_failed:
    return "Too many wrong confirmations came; no money moved. This order number stays failed.";
  case errc::wrong_confirmation:
    return "This doesn't prove that the payer confirmed this payment. It was counted; the order still waits.";
  case errc::nothing_to_confirm:
    return "The order doesn't wait for a confirmation. Nothing was changed; query it.";
  case errc::internal:
    return "The server found one of its own rules broken and raised an alarm. The outcome is unknown: query the order.";
  }
  return "A code that this build doesn't know. Treat the outcome as unknown: query the order.";
}

advice advice_for(errc code) {
  switch (code) {
  case errc::ok:
    return advice::done;
  case errc::busy:
  case errc::channel_busy:
  case errc::no_channel:
  case errc::restored_mode:
  case errc::shutting_down:
  case errc::view_behind:
  case errc::like_pay_out_open:
  case errc::pay_outs_stopped:
  case errc::too_many_claims:
  case errc::quota_exceeded:
  case errc::switched_off:
    return advice::retry;
  case errc::malformed_frame:
  case errc::frame_too_large:
  case errc::unsupported_command:
  case errc::invalid_field:
  case errc::invalid_amount:
  case errc::amount_overflow:
  case errc::unknown_currency:
  case errc::order_conflict:
  case errc::unknown_order:
  case errc::unknown_merchant:
  case errc::merchant_suspended:
  case errc::unknown_channel:
  case errc::terms_conflict:
  case errc::payment_failed:
  case errc::insufficient_funds:
  case errc::claim_conflict:
  case errc::already_released:
  case errc::refund_conflict:
  case errc::refund_failed:
  case errc::order_closed:
  case errc::not_refundable:
  case errc::refund_too_large:
  case errc::too_many_refunds:
  case errc::already_paid:
  case errc::already_expired:
  case errc::unknown_ruling:
  case errc::nothing_to_rule:
  case errc::ruling_waits:
  case errc::second_person:
  case errc::ruling_over:
  case errc::too_many_rulings:
  case errc::nothing_to_check:
  case errc::check_disagrees:
  case errc::other_wallets_code:
  case errc::unknown_payer_code:
  case errc::unknown_collection_code:
  case errc::card_number:
  case errc::unknown_agreement:
  case errc::not_bound:
  case errc::agreement_ended:
  case errc::unbind_failed:
  case errc::code_revoked:
  case errc::same_wallet:
  case errc::batch_conflict:
  case errc::unknown_batch:
  case errc::batch_total_differs:
  case errc::repeated_line:
  case errc::not_closable:
  case errc::too_many_stops:
  case errc::unknown_method:
  case errc::risk_blocked:
  case errc::step_up_expired:
  case errc::step_up_failed:
  case errc::wrong_confirmation:
  case errc::nothing_to_confirm:
    return advice::do_not;
  case errc::in_doubt:
  case errc::processing:
  case errc::refund_in_doubt:
  case errc::unbind_in_doubt:
  case errc::check_unanswered:
  case errc::step_up_required:
  case errc::internal:
    return advice::ask;
  }
  // A code from a newer server: whoever took it for a failure could pay twice.
  return advice::ask;
}

std::string_view name(advice a) {
  switch (a) {
  case advice::done:
    return "done";
  case advice::retry:
    return "retry";
  case advice::do_not:
    return "do_not";
  case advice::ask:
    return "ask";
  }
  return {};
}

bool is_known_code(uint16_t number) {
  return name(static_cast<errc>(number)) != "unknown_code";
}

} // namespace oncepay
