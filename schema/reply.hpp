// What integrators are answered.
#pragma once

#include "schema/error.hpp"
#include "schema/ids.hpp"
#include "schema/money.hpp"
#include "schema/order_view.hpp"

#include <string>
#include <variant>
#include <vector>

namespace oncepay {

struct balance {
  std::string path; ///< "merchant/m1/pending"
  money amount;     ///< Debits positive, credits negative (see posting).
  bool operator==(const balance&) const = default;
};

struct balance_list {
  std::vector<balance> balances; ///< The first `limits::balances_per_reply_max` that match, by path, then currency.
  uint64_t accounts = 0;         ///< How many match.
  std::vector<money> sums;       ///< Over all that match, by currency. The whole ledger's are zero, always.
  bool operator==(const balance_list&) const = default;
};

struct code_view {
  code_serial serial;
  merchant_id merchant;
  code_label label;
  bool revoked = false;
  bool operator==(const code_view&) const = default;
};

struct batch_line_view {
  oncepay::order_no order_no;
  int64_t amount_minor = 0;     ///< In the batch's currency.
  errc code = errc::processing; ///< How its order stands; or what it was refused with, and then there is no order.
  order_state state = order_state::none;
  bool operator==(const batch_line_view&) const = default;
};

struct batch_view {
  merchant_id merchant;
  oncepay::order_no batch_no;
  method_id method;
  oncepay::currency currency;
  instant opened_at;
  bool handed_out = false; ///< Every line was opened as an order, or refused.
  std::vector<batch_line_view> lines;
  bool operator==(const batch_view&) const = default;
};

struct reply {
  uint64_t request_id = 0;
  errc code = errc::ok;
  std::string text;       ///< For people; names the field at fault where one is.
  uint64_t position = 0;  ///< Log position the answer rests on; 0: nothing was written or read.
  bool duplicate = false; ///< The order existed already with the same content; nothing was done again.
  std::variant<std::monostate, order_view, balance_list, code_view, batch_view> body;
  uint32_t retry_after_ms = 0; ///< With a code that says "retry": not earlier than this; 0: nobody knows.
  bool operator==(const reply&) const = default;
};

} // namespace oncepay
