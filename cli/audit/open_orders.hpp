// The orders of a log that something is still due for: under way, in doubt, or left to a person.
#pragma once

#include "schema/order_view.hpp"
#include "store/event_log.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

/// What is looked for: all of them, or those with something of that kind.
enum class open_kind {
  any,
  in_doubt,
  manual,
  to_approve, ///< A ruling was proposed, and waits for another person.
  untold,     ///< Its merchant hasn't acknowledged a result.
};

struct open_order {
  order_view order;
  instant due;        ///< When it is looked at again.
  std::string untold; ///< What its merchant hasn't acknowledged yet: "paid after 2 tries"; empty: nothing.
};

struct open_orders {
  std::vector<open_order> orders; ///< The first ones, next due first.
  uint64_t matching = 0;          ///< All of them.
  uint64_t head_position = 0;
  instant now; ///< Rulings expire.
};

/// Keeps at most `orders_max`, counts the rest.
store_result<open_orders> read_open_orders(const event_log&, std::string_view environment, open_kind, instant now,
                                           uint64_t orders_max);

std::string open_orders_text(const open_orders&);
nlohmann::ordered_json open_orders_json(const open_orders&);

} // namespace oncepay::cli
