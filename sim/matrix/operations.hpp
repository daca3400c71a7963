// The matrix's operations, and the world that each cell plays in: one order, its bank's fault, and the moment that a
// kill waits for.
#pragma once

#include "sim/matrix/cell.hpp"
#include "sim/plan/plan.hpp"

#include <optional>
#include <span>
#include <string_view>

#include <tl/expected.hpp>

namespace oncepay::sim::matrix {

/// What reaches the other side when the operation is under way, for the first time.
enum class moment : uint8_t { submission, enquiry, close, reversal, refund, notice, telling };

struct script {
  plan world;
  moment strikes = moment::submission;
  /// With `moment::notice`: the one that says this.
  reply_class told = reply_class::succeeded;
  /// The bank's lie is told before the kill and its truth after it, to nobody: only its statement can show it.
  bool truth_is_lost = false;
  /// What the bank says can't be true as it is: operators hear of it.
  bool alarms = false;
};

/// Why a cell can't happen; refers to a constant.
using reason = std::string_view;

struct operation_row {
  std::string_view name;
  std::string_view sentence;
  tl::expected<script, reason> (*script_of)(const cell&);
};

std::span<const operation_row> operations();

/// The order of every cell.
stream_name order_of_cells();
inline constexpr int64_t cell_amount_minor = 10'000;

} // namespace oncepay::sim::matrix
