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

/// Wire and log fact: never renumbered. 3 (closing) … 6 (refunded labels) belong to operations to come.
enum class order_state : uint8_t {
  none = 0, ///< Never accepted.
  open = 1,
  paid = 2,
  failed = 7,
};

/// Wire and log fact: never renumbered. An attempt that was submitted and not answered yet is `intended` here: a
/// submission isn't a commit of its own, the answer implies it.
enum class attempt_state : uint8_t {
  none = 0,
  intended = 1, ///< Durable; may have been submitted.
  succeeded = 3,
  failed = 4, ///< Definite.
  in_doubt = 6,
  manual = 7, ///< In doubt, and enquiries are used up: a person's turn.
};

std::string_view name(order_state);
std::string_view name(attempt_state);

/// Submitted, and nothing proves the outcome: in doubt, or in doubt and given to a person.
constexpr bool is_doubtful(attempt_state s) {
  return s == attempt_state::in_doubt || s == attempt_state::manual;
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
  bool operator==(const order_view&) const = default;
};

} // namespace oncepay
