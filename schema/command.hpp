// What integrators ask for, after the codec checked its form.
#pragma once

#include "schema/ids.hpp"
#include "schema/input.hpp"
#include "schema/terms.hpp"
#include "schema/time.hpp"

#include <string>
#include <variant>
#include <vector>

namespace oncepay {

struct pay_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  money amount;
  method_id method;
  std::string payer; ///< Personal: sealed before it reaches any rule; never logged.
  instant placed_at;
  std::string payer_code = {}; ///< What the payer showed, for channels that want it. As personal, and as sealed.
  instant expires_at = {};     ///< From then on it is closed instead of paid; none: 0.
  bool top_up = false;         ///< What is paid goes to the merchant's available balance.
  std::string card = {};       ///< The merchant's token of the card, never its number; hashed before any rule sees it.
  wallet_id wallet = {};       ///< It is paid from; none: by whatever its method says.
  wallet_id to_wallet = {};    ///< Of a top-up: goes there instead.
  std::string bind_token = {}; ///< The channel's one-time token of a card that the payment binds as well; sealed.
  oncepay::order_no agreement_order_no = {}; ///< The order that bound the card that the payment is withheld by.
  bool operator==(const pay_command&) const = default;
};

struct open_merchant_command {
  merchant_terms terms;
  bool operator==(const open_merchant_command&) const = default;
};

struct open_channel_command {
  channel_terms terms;
  bool operator==(const open_channel_command&) const = default;
};

struct switch_channel_command {
  channel_id channel;
  bool on = false;
  std::string operator_name;
  std::string reason;
  bool operator==(const switch_channel_command&) const = default;
};

struct query_order_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  bool with_trajectory = false; ///< The steps too, from the trajectory view.
  bool operator==(const query_order_command&) const = default;
};

/// Balances of all ledger accounts whose path begins with `path_prefix` ("merchant/m1/"; empty: all).
struct query_balances_command {
  std::string path_prefix;
  bool operator==(const query_balances_command&) const = default;
};

/// Gives a paid order's money back, all or part of it.
struct refund_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  oncepay::order_no refund_no; ///< The merchant's own number of the refund.
  money amount;
  std::string reason; ///< For people.
  bool operator==(const refund_command&) const = default;
};

/// Closes an order: done once it is proven that nothing was paid.
struct close_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  std::string reason;
  bool operator==(const close_command&) const = default;
};

/// Says what became of an attempt or refund in doubt; done once another person approves.
struct propose_ruling_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  ruling_subject subject = ruling_subject::attempt;
  uint32_t number = 0; ///< Within the order.
  ruling_outcome outcome = ruling_outcome::succeeded;
  std::string evidence;
  std::string reason;
  std::string operator_name;
  bool operator==(const propose_ruling_command&) const = default;
};

struct answer_ruling_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  ruling_id ruling;
  bool approve = false; ///< Else it is withdrawn.
  std::string operator_name;
  std::string reason;
  bool operator==(const answer_ruling_command&) const = default;
};

/// Has the channels of a settled order asked about it once more.
struct check_order_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  channel_id channel; ///< Attempts there alone; empty: all.
  std::string operator_name;
  std::string reason;
  bool operator==(const check_order_command&) const = default;
};

/// Issues a collection code.
struct issue_code_command {
  merchant_id merchant;
  code_label label;
  bool operator==(const issue_code_command&) const = default;
};

struct revoke_code_command {
  code_serial serial;
  std::string operator_name;
  std::string reason;
  bool operator==(const revoke_code_command&) const = default;
};

struct query_code_command {
  code_serial serial;
  bool operator==(const query_code_command&) const = default;
};

/// Pays out of a merchant's available balance.
struct pay_out_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  money amount; ///< What the payee gets; our fee is claimed besides.
  method_id method;
  std::string payee;          ///< Personal: sealed before it reaches any rule; never logged.
  std::string reason;         ///< For people.
  wallet_id from_wallet = {}; ///< It is paid from; none: from the merchant's available balance.
  bool operator==(const pay_out_command&) const = default;
};

/// One of a batch: a pay-out with an order number of its own.
struct pay_out_line {
  oncepay::order_no order_no;
  int64_t amount_minor = 0; ///< What the payee gets, in the batch's currency.
  std::string payee;        ///< As a single pay-out's.
  bool operator==(const pay_out_line&) const = default;
};

/// Many pay-outs at once, under a number of the batch's own: sent again it is the same batch, and no line is paid
/// twice.
struct pay_out_batch_command {
  merchant_id merchant;
  oncepay::order_no batch_no; ///< The merchant's own, of a number space of its own.
  method_id method;
  oncepay::currency currency;
  int64_t total_minor = 0; ///< Control sum: what its sender thinks that the lines add up to.
  std::string reason;      ///< For people; of every line.
  std::vector<pay_out_line> lines;
  bool operator==(const pay_out_batch_command&) const = default;
};

/// How a batch stands, line by line.
struct query_batch_command {
  merchant_id merchant;
  oncepay::order_no batch_no;
  bool operator==(const query_batch_command&) const = default;
};

/// Stops pay-outs, or lets them go on: all, or those that `merchant` or `channel` names.
struct switch_pay_outs_command {
  bool on = false;
  merchant_id merchant;
  channel_id channel;
  std::string operator_name;
  std::string reason;
  bool operator==(const switch_pay_outs_command&) const = default;
};

/// What `switch_command` is about. Wire fact: never renumbered.
enum class switch_subject : uint8_t {
  merchant = 1,
  method = 2, ///< A way to pay, for everybody.
};

std::string_view name(switch_subject);

/// Switches a merchant or a method off, or on again, while the server runs (D6).
struct switch_command {
  switch_subject subject = switch_subject::merchant;
  std::string name; ///< The merchant's or method's, of its form.
  bool on = false;
  std::string operator_name;
  std::string reason;
  bool operator==(const switch_command&) const = default;
};

/// A payer has confirmed what risk rules wanted confirmed.
struct confirm_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  money amount;
  std::string proof; ///< Compared where it enters, and kept nowhere.
  bool operator==(const confirm_command&) const = default;
};

/// Binds a card: signs an agreement by which payments are withheld later.
struct bind_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  oncepay::currency currency;
  method_id method;
  std::string card_token; ///< The channel's one-time token, never a number; sealed before it reaches any rule.
  std::string payer = {}; ///< Personal: sealed before it reaches any rule; never logged.
  std::string card = {};  ///< As a payment's.
  instant placed_at = {};
  instant expires_at = {};
  bool operator==(const bind_command&) const = default;
};

/// Ends the agreement that an order signed.
struct unbind_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  oncepay::order_no unbind_no; ///< The merchant's own; one number space with refunds.
  std::string reason;          ///< For people.
  bool operator==(const unbind_command&) const = default;
};

/// Asks a channel whether a card is its payer's. Fields as of a `bind_command`.
struct authenticate_command {
  merchant_id merchant;
  oncepay::order_no order_no;
  oncepay::currency currency;
  method_id method;
  std::string card_token;
  std::string payer = {};
  std::string card = {};
  instant placed_at = {};
  instant expires_at = {};
  bool operator==(const authenticate_command&) const = default;
};

struct command {
  uint64_t request_id = 0;          ///< The client's own; repeated in the reply.
  uint64_t not_before_position = 0; ///< For queries: wait until the view has folded this position.
  std::variant<pay_command, open_merchant_command, open_channel_command, switch_channel_command, query_order_command,
               query_balances_command, refund_command, close_command, propose_ruling_command, answer_ruling_command,
               check_order_command, issue_code_command, revoke_code_command, query_code_command, pay_out_command,
               switch_pay_outs_command, switch_command, confirm_command, pay_out_batch_command, query_batch_command,
               bind_command, unbind_command, authenticate_command>
      body;
  bool operator==(const command&) const = default;
};

/// "pay", "open_merchant", ….
std::string_view name_of(const command&);

} // namespace oncepay
