// An order as its merchant sees it.
#pragma once

#include "schema/ids.hpp"
#include "schema/input.hpp"
#include "schema/money.hpp"
#include "schema/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace oncepay {

/// Wire and log fact: never renumbered. "Partly refunded" and "refunded" are labels of a paid order, no states.
enum class order_state : uint8_t {
  none = 0, ///< Never accepted.
  open = 1,
  paid = 2,
  closing = 3,    ///< To be closed once it is proven that nothing was paid.
  closed = 4,     ///< Nothing was paid, and nothing will be taken.
  confirming = 6, ///< Accepted, and waits for its payer's confirmation; nothing was submitted.
  failed = 7,
};

/// Wire and log fact: never renumbered. An attempt that was submitted and not answered yet is `intended` here: a
/// submission isn't a commit of its own, the answer implies it.
enum class attempt_state : uint8_t {
  none = 0,
  intended = 1, ///< Durable; may have been submitted.
  succeeded = 3,
  failed = 4,   ///< Definite.
  reversed = 5, ///< Definite: nothing moved, or it moved back.
  in_doubt = 6,
  manual = 7,          ///< In doubt, and enquiries are used up: a person's turn.
  reversing = 8,       ///< In doubt, and its channel was asked to call it back.
  reversal_manual = 9, ///< Called back, and its channel refuses or never confirms it: a person's turn.
};

/// Wire and log fact: never renumbered; the numbers of the attempts' states, where they mean the same. A submission
/// isn't a commit of its own: what was submitted and not answered yet is `requested` here.
enum class refund_state : uint8_t {
  none = 0,
  requested = 1, ///< Durable; may have been submitted.
  succeeded = 3,
  failed = 4, ///< Definite.
  in_doubt = 6,
  manual = 7, ///< In doubt, and the enquiries are used up: a person has to find out.
};

/// Wire fact: never renumbered.
enum class order_kind : uint8_t {
  payment = 0,
  top_up = 1,       ///< A payment to the merchant's own available balance.
  pay_out = 2,      ///< Out of that balance.
  bind = 3,         ///< Binds a card; takes no money.
  authenticate = 4, ///< Asks whether a card is its payer's; takes no money.
};

/// It pays from the merchant's available balance, or to it.
constexpr bool touches_balance(order_kind k) {
  return k == order_kind::top_up || k == order_kind::pay_out;
}

/// No money moves by it, whatever becomes of it.
constexpr bool moves_no_money(order_kind k) {
  return k == order_kind::bind || k == order_kind::authenticate;
}

std::string_view name(order_kind);
std::string_view name(refund_state);
std::string_view name(order_state);
std::string_view name(attempt_state);

/// Its channel was asked to call it back, and that isn't confirmed.
constexpr bool is_being_reversed(attempt_state s) {
  return s == attempt_state::reversing || s == attempt_state::reversal_manual;
}

/// Given to a person, who has to find out.
constexpr bool is_manual(attempt_state s) {
  return s == attempt_state::manual || s == attempt_state::reversal_manual;
}

/// Submitted, and nothing proves the outcome: in doubt, being reversed, or given to a person.
constexpr bool is_doubtful(attempt_state s) {
  return s == attempt_state::in_doubt || s == attempt_state::manual || is_being_reversed(s);
}

struct attempt_view {
  uint32_t number = 0;
  channel_id channel;
  attempt_id id;
  attempt_state state = attempt_state::none;
  std::string code; ///< The channel's last code about it.
  std::string channel_ref;
  evidence last_evidence = evidence::channel_reply; ///< Meaningful once `code` isn't empty.
  instant enquire_at;                               ///< In doubt or manual: when the channel will be asked.
  uint32_t enquiries = 0;                           ///< How often it was asked what became of it.
  bool operator==(const attempt_view&) const = default;
};

struct refund_view {
  uint32_t number = 0;         ///< Within the order.
  oncepay::order_no refund_no; ///< The merchant's; empty for what we give back of our own accord.
  refund_state state = refund_state::none;
  int64_t amount_minor = 0; ///< In the order's currency.
  int64_t fee_returned_minor = 0;
  uint32_t attempt_number = 0;
  attempt_id operation_id;
  std::string code;
  std::string channel_ref;
  evidence last_evidence = evidence::channel_reply; ///< Meaningful once `code` isn't empty.
  instant enquire_at;
  bool unbinds = false; ///< It ends the order's agreement, and no money goes back.
  bool operator==(const refund_view&) const = default;
};

/// A ruling that waits for another person.
struct ruling_view {
  ruling_id ruling;
  ruling_proposal_input said;
  instant proposed_at;
  instant expires_at; ///< From then on it can't be approved any more.
  bool operator==(const ruling_view&) const = default;
};

/// What is known of the card of an order that binds it, or is withheld by it.
struct card_view {
  std::string mask;                ///< "6222****1234"; empty: its channel gave none.
  std::string agreement;           ///< What its channel calls the agreement; empty: none was signed, or it isn't known.
  bool stands = false;             ///< Payments may be withheld by it.
  bool unbound = false;            ///< It stood, and stands no more.
  oncepay::order_no bound_by = {}; ///< Of a payment that is withheld: the order that bound the card.
  bool operator==(const card_view&) const = default;
};

struct order_view {
  merchant_id merchant;
  oncepay::order_no order_no;
  order_state state = order_state::none;
  money amount;
  method_id method;
  instant opened_at;
  bool in_doubt = false; ///< Its live attempt is, or waits for a person.
  std::vector<attempt_view> attempts;
  std::vector<std::string> trajectory; ///< Digest lines, where asked for.
  std::vector<refund_view> refunds = {};
  instant expires_at = {};    ///< None: 0.
  int64_t refunded_minor = 0; ///< What the payer has back for the merchant's refunds.
  std::optional<ruling_view> ruling = {};
  order_kind kind = order_kind::payment;
  instant confirm_before = {}; ///< Of one that waits for its payer's confirmation; none: 0.
  std::string risk_rule = {};  ///< That wanted it confirmed, or blocked it.
  wallet_id from_wallet = {};  ///< It is paid from, or paid out of; none: of no wallet.
  wallet_id to_wallet = {};    ///< It tops up.
  card_view card = {};
  bool operator==(const order_view&) const = default;
};

/// How the order stands, for people: its state's name, "partly_refunded" or "refunded".
std::string_view label_of(const order_view&);

} // namespace oncepay
