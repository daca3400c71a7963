// Everything a decision can be made from. `decide(state, input)` sees nothing that isn't in the input; its time was
// stamped once, where it entered.
#pragma once

#include "schema/hash.hpp"
#include "schema/risk.hpp"
#include "schema/route.hpp"
#include "schema/terms.hpp"
#include "schema/time.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace oncepay {

/// The payer's fields, sealed (see store/payer_vault.hpp): rules see the token only.
struct sealed_payer {
  uint32_t key_id = 0;
  std::vector<std::byte> ciphertext; ///< Empty: no payer was named.
  auto operator<=>(const sealed_payer&) const = default;
};

/// What an order does with a card beside taking money, or instead of it. Stored: never renumbered.
enum class card_deed : uint8_t {
  none = 0,
  bind = 1,         ///< Signs an agreement by which payments are withheld later; takes no money.
  sign_and_pay = 2, ///< The same, and takes this payment.
  authenticate = 3, ///< Whether the card is the payer's: yes or no. No agreement, no money.
};

std::string_view name(card_deed);

/// The card that a payer presents to be bound or authenticated. Its number never comes here: the channel's own page
/// gives the integrator a token of it that serves once.
struct presented_card {
  card_deed deed = card_deed::none;
  sealed_payer token; ///< Only the port opens it.
  hash128 likeness{}; ///< Keyed hash of the token: the same number with another card is another wish.
  bool operator==(const presented_card&) const = default;
};

/// The agreement that a payment is withheld by. The order that bound the card says whether it stands, and where.
struct agreement_use {
  oncepay::order_no bound_by; ///< That order; empty: the payment isn't withheld.
  oncepay::order_no order_no; ///< The payment's own, for the way back.
  channel_id channel;         ///< Where the agreement stands; empty: the order that bound the card wasn't asked yet.
  std::string reference;      ///< What the channel calls it.
  bool operator==(const agreement_use&) const = default;
};

/// A merchant asks for a payment. Opens the order.
struct pay_input {
  money amount;
  method_id method;
  hash128 payer_token{}; ///< Keyed hash of the payer: equal payers have equal tokens within one environment.
  sealed_payer payer;
  instant placed_at;            ///< The merchant's own time of the order; informative, no part of "same content".
  route_answer route;           ///< Filled in before the decision by the router.
  sealed_payer payer_code = {}; ///< What the payer showed; no part of "same content", for it changes every minute.
  instant expires_at = {};      ///< From then on it isn't to be paid any more: it is closed. None: 0.
  bool top_up = false;          ///< What is paid goes to the merchant's available balance, or to a wallet.
  /// An `errc`: why what the payer showed can't be paid with; 0: nothing is wrong. It is said only where the order
  /// isn't known yet - a known one is answered as it stands -, so no decision ever holds one, and no log.
  uint16_t payer_code_fault = 0;
  hash128 card_token = {};  ///< As `payer_token`, of the card's own token; no part of "same content". None: 0.
  risk_answer risk = {};    ///< Where rules are about this payment; filled in before the decision.
  wallet_id wallet = {};    ///< It is paid from; of its merchant. None: by whatever its method says.
  wallet_id to_wallet = {}; ///< Of a top-up: goes there instead of to the merchant's available balance.
  presented_card card = {};
  agreement_use agreement = {};
  bool operator==(const pay_input&) const = default;
};

/// Where the evidence about an attempt came from.
enum class evidence : uint8_t {
  channel_reply = 1,  ///< The channel answered within the reply window.
  late_reply = 2,     ///< It answered after we had given up waiting.
  never_left = 3,     ///< The port proves that nothing was sent (definite).
  reply_timeout = 4,  ///< The reply window passed.
  port_error = 5,     ///< Something broke after the intent was durable; it may have been sent.
  restart = 6,        ///< The process that had submitted it is gone, and the answer with it.
  enquiry = 7,        ///< The channel was asked what became of it, and answered.
  enquiry_failed = 8, ///< The question itself failed: says nothing about the payment (C2).
  notice = 9,         ///< The channel told us by itself.
  ruling = 10,        ///< Two named people decided upon evidence (C9).
  close_reply = 11,   ///< The channel's answer to a close: closed unpaid, or paid already.
  reverse_reply = 12, ///< The channel's answer to a reversal. Its outcome is the reversal's, not the payment's.
};

/// What a channel is asked to do. Stored: never renumbered.
enum class operation : uint8_t {
  pay = 1,
  refund = 2,
  close = 3,   ///< An unpaid attempt, so that it can't be paid any more.
  reverse = 4, ///< A code payment: closed where unpaid, given back where paid (H3).
  pay_out = 5,
  bind_card = 6,
  unbind_card = 7,
  sign_and_pay = 8,
  withhold = 9, ///< A payment by a bound agreement, its payer not present.
  authenticate_card = 10,
};

/// It takes back what another operation did; and has an id of its own.
constexpr bool takes_back(operation o) {
  return o == operation::refund || o == operation::unbind_card;
}

std::string_view name(operation);
std::string_view name(evidence);
std::string_view name(reply_class);

/// What belongs to an answer to an enquiry: when it was asked, and how patient the channel's terms were then. Copied so
/// that the decision sees nothing else.
struct enquiry_facts {
  instant asked_at;
  uint32_t not_found_after_ms = 120'000;
  uint32_t interval_ms_max = 3'600'000;
  uint32_t enquiries_max = 24;
  bool check = false; ///< What was asked about is settled, and stays so whatever the answer is.
  bool operator==(const enquiry_facts&) const = default;
};

/// What belongs to a notice: a message by which a channel tells an outcome of its own accord. It is evidence about the
/// attempt whose id and channel it names, and about none else.
struct notice_facts {
  channel_id channel;  ///< Whose key signed it.
  attempt_id id;       ///< What it says that it is about.
  money amount;        ///< What it says was paid.
  instant received_at; ///< By us.
  bool operator==(const notice_facts&) const = default;
};

/// What became known about an attempt.
struct attempt_input {
  uint32_t attempt_number = 0;
  evidence source = evidence::channel_reply;
  reply_class outcome = reply_class::unknown;
  std::string code;                          ///< The channel's own code, or ours in capitals ("REPLY_TIMEOUT").
  std::string channel_ref;                   ///< The channel's own number for it; empty where none came.
  std::optional<route_answer> route;         ///< Where the order may go on with another channel.
  std::optional<enquiry_facts> enquiry = {}; ///< With `evidence::enquiry` and `enquiry_failed`.
  std::optional<notice_facts> notice = {};   ///< With `evidence::notice`.
  std::string agreement = {};                ///< What the channel calls the agreement that it signed.
  std::string card_mask = {};                ///< The card as people may see it: "6222****1234".
  bool operator==(const attempt_input&) const = default;
};

/// New or changed terms of a merchant.
struct merchant_input {
  merchant_terms terms;
  bool by_configuration = false; ///< From the configuration file (may change terms), else from a command (may not).
  bool operator==(const merchant_input&) const = default;
};

struct channel_input {
  channel_terms terms;
  bool by_configuration = false;
  bool operator==(const channel_input&) const = default;
};

struct switch_input {
  bool on = false;
  std::string operator_name;
  std::string reason;
  bool operator==(const switch_input&) const = default;
};

/// Money arrives on an account with a floor. `key` names the transfer: a repeat changes nothing.
struct credit_input {
  std::string key;
  money amount;
  instant asked_at = {}; ///< When its asker asked first; the same in each repeat. None: it wasn't an order that asked.
  channel_id channel = {}; ///< The in-house channel that gives it back; none: it comes from `transit`.
  instant before = {};     ///< With `channel`: later it isn't credited any more.
  bool operator==(const credit_input&) const = default;
};

/// Money is claimed from an account with a floor, on behalf of a durable asker.
struct claim_input {
  std::string key;
  money amount;
  hash128 likeness{};      ///< Over what makes two claims look like one that was made twice; none: like no other.
  channel_id channel = {}; ///< The in-house channel that is paid with it, at once; none: it waits in `transit`.
  instant before = {};     ///< With `channel`: later nothing is claimed any more.
  bool operator==(const claim_input&) const = default;
};

/// A claim is given back, because its owner definitely failed.
struct release_input {
  std::string key;
  bool operator==(const release_input&) const = default;
};

/// An operator releases a restored log after reconciliation.
struct log_release_input {
  std::string operator_name;
  std::string reason;
  bool operator==(const log_release_input&) const = default;
};

/// A merchant asks for money back. Claims the refund's number first, then goes to the order.
struct refund_input {
  oncepay::order_no order_no;
  oncepay::order_no refund_no; ///< The merchant's own number of the refund.
  money amount;
  std::string reason;   ///< For people; no part of "same content".
  bool unbinds = false; ///< Ends the order's agreement instead; no money goes back.
  bool operator==(const refund_input&) const = default;
};

/// What became known about a refund.
struct refund_answer_input {
  uint32_t refund_number = 0; ///< Within the order.
  evidence source = evidence::channel_reply;
  reply_class outcome = reply_class::unknown;
  std::string code;
  std::string channel_ref;
  std::optional<enquiry_facts> enquiry = {}; ///< With `evidence::enquiry` and `enquiry_failed`.
  bool operator==(const refund_answer_input&) const = default;
};

/// A merchant wants an order closed: nothing is to be paid for it any more.
struct close_input {
  std::string reason; ///< For people.
  bool operator==(const close_input&) const = default;
};

/// A deadline of the entity's own has passed: which one, its state and the decision's time say.
struct timer_input {
  bool operator==(const timer_input&) const = default;
};

/// What a ruling is about, within its order. Stored: never renumbered.
enum class ruling_subject : uint8_t {
  attempt = 1,
  refund = 2,
};

/// What it says became of it. Stored: never renumbered.
enum class ruling_outcome : uint8_t {
  succeeded = 1, ///< The money moved: the payer paid, or has his refund.
  failed = 2,    ///< It didn't, and won't.
  reversed = 3,  ///< Of an attempt that is being reversed: the payer has his money back, or never paid.
};

std::string_view name(ruling_subject);
std::string_view name(ruling_outcome);

/// A person found out what became of something in doubt (C9). Changes nothing by itself: another person must approve.
struct ruling_proposal_input {
  ruling_subject subject = ruling_subject::attempt;
  uint32_t number = 0; ///< The attempt's or refund's, within the order.
  ruling_outcome outcome = ruling_outcome::succeeded;
  std::string evidence; ///< What it rests on, in words: a statement's line, a letter.
  std::string reason;   ///< Why this follows from it.
  std::string operator_name;
  bool operator==(const ruling_proposal_input&) const = default;
};

/// Somebody approves a proposed ruling, or takes it from the table.
struct ruling_answer_input {
  ruling_id ruling; ///< Names all that the proposal says, so that nobody approves another one.
  bool approve = false;
  std::string operator_name;
  std::string reason; ///< For people; an approval may do without.
  bool operator==(const ruling_answer_input&) const = default;
};

/// What became of one try to tell a merchant of a result. Stored: never renumbered.
enum class telling_fate : uint8_t {
  acknowledged = 1, ///< It answered exactly what says so.
  refused = 2,      ///< It answered something else.
  no_answer = 3,    ///< It may have heard it; no whole answer came.
  not_sent = 4,     ///< Not one byte left.
};

std::string_view name(telling_fate);

/// What became of a try to tell a merchant of a result.
struct telling_input {
  uint32_t number = 0; ///< Of what was told, within the order.
  uint32_t nth = 1;    ///< Which try it was.
  telling_fate fate = telling_fate::no_answer;
  std::string code; ///< "HTTP_500", "NO_REPLY", …; empty where it acknowledged.
  bool operator==(const telling_input&) const = default;
};

/// An operator wants a settled order asked about again (C11).
struct check_input {
  channel_id channel; ///< Attempts there alone; empty: all.
  std::string operator_name;
  std::string reason; ///< For people.
  bool operator==(const check_input&) const = default;
};

/// A merchant wants a collection code. Its merchant looks at it first; then it goes to the code itself.
struct code_input {
  code_serial serial;
  merchant_id merchant;
  code_label label; ///< Which of the merchant's codes: "till-3".
  bool operator==(const code_input&) const = default;
};

/// A collection code isn't to be paid to any more.
struct code_revocation_input {
  std::string operator_name;
  std::string reason; ///< For people.
  bool operator==(const code_revocation_input&) const = default;
};

/// A merchant asks for a pay-out. It is proposed to the order, looked at by the account that it is paid from, and then
/// opens the order.
struct pay_out_input {
  oncepay::order_no order_no;
  money amount;
  method_id method;
  hash128 payee_token{}; ///< As a payer's.
  sealed_payer payee;
  std::string reason;                ///< For people; no part of "same content".
  std::optional<route_answer> route; ///< Says whether there is a channel, and our fee; none: not asked for yet.
  wallet_id from_wallet = {};        ///< It is paid from; none: from the merchant's available balance.
  bool operator==(const pay_out_input&) const = default;
};

/// One pay-out of a batch.
struct batch_line {
  oncepay::order_no order_no;
  int64_t amount_minor = 0; ///< In the batch's currency.
  hash128 payee_token{};    ///< As a payer's.
  sealed_payer payee;       ///< For the line's own order.
  bool operator==(const batch_line&) const = default;
};

/// A merchant asks for many pay-outs under one number. Its merchant looks at it first; then it goes to the batch
/// itself.
struct batch_input {
  merchant_id merchant;
  oncepay::order_no batch_no;
  method_id method;
  oncepay::currency currency;
  int64_t total_minor = 0; ///< What its sender says that the lines add up to.
  std::string reason;      ///< For people; no part of "same content".
  std::vector<batch_line> lines;
  bool operator==(const batch_input&) const = default;
};

/// Every line of a batch was handed to its order.
struct batch_handed_out_input {
  std::vector<uint16_t> refusals; ///< One a line: an `errc`, why there is no order; 0: there is.
  bool operator==(const batch_handed_out_input&) const = default;
};

/// What was claimed has been paid out: the claim is over, and nothing goes back.
struct settle_input {
  std::string key;
  bool operator==(const settle_input&) const = default;
};

/// What an order asks of an account with a floor. Stored: never renumbered.
enum class account_deed : uint8_t {
  claim = 1,
  release = 2,
  settle = 3,
  credit = 4,
};

std::string_view name(account_deed);

/// The account's answer to the order that asked it.
struct account_answer_input {
  account_deed deed = account_deed::claim;
  uint16_t refusal = 0;              ///< An `errc`; 0: it is done.
  std::optional<route_answer> route; ///< With a granted claim: where the pay-out may go.
  bool operator==(const account_answer_input&) const = default;
};

/// An operator stops pay-outs, or lets them go on: all, or those that `merchant` or `channel` names.
struct pay_out_switch_input {
  bool on = false;
  merchant_id merchant;
  channel_id channel;
  std::string operator_name;
  std::string reason;
  bool operator==(const pay_out_switch_input&) const = default;
};

/// A payer has confirmed a payment that risk rules wanted confirmed, or somebody says so. Who has the key that proofs
/// are made with isn't asked here: whether this one was, was found out where it entered. The proof itself is kept
/// nowhere.
struct confirm_input {
  money amount;          ///< What the payer confirmed.
  hash128 proof_token{}; ///< Keyed hash of the proof: tells a repeat from another guess.
  bool proven = false;
  route_answer route; ///< Filled in before the decision, where it is proven.
  bool operator==(const confirm_input&) const = default;
};

using input =
    std::variant<pay_input, attempt_input, merchant_input, channel_input, switch_input, credit_input, claim_input,
                 release_input, log_release_input, refund_input, refund_answer_input, close_input, timer_input,
                 ruling_proposal_input, ruling_answer_input, telling_input, check_input, code_input,
                 code_revocation_input, pay_out_input, settle_input, account_answer_input, pay_out_switch_input,
                 confirm_input, batch_input, batch_handed_out_input>;

/// Stable lower-case name of the alternative: "pay", "attempt", ….
std::string_view name_of(const input&);

} // namespace oncepay
