// An incident as a scenario: a recorded order, told by its own log, becomes a plan that brings it about again.
#pragma once

#include "cli/exit_code.hpp"
#include "schema/stream.hpp"
#include "sim/plan/from_order.hpp"
#include "store/event_log.hpp"

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// What the log says about the order and its channels. The error is one line.
tl::expected<sim::order_as_plan, std::string> plan_from_log(const event_log&, const stream_name& order);

/// The same as the text of a scenario, remarks included. `directory` holds the log, `order` reads "MERCHANT/ORDER_NO".
/// A mistake was reported.
tl::expected<std::string, exit_code> scenario_from_log(std::string_view directory, std::string_view order);

} // namespace oncepay::cli
