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

/// What reaches the other side when the operation is under way, for the first time. Between an order and its account
/// the other side is reached when what asks it, or answers it, is durable.
enum class moment : uint8_t {
  submission,
  enquiry,
  close,
  reversal,
  refund,
  notice,
  telling,
  claim,   ///< A pay-out's order is open, and its money to be claimed.
  ending,  ///< Paid or failed: what was claimed, or topped up, is to be booked.
  hold,    ///< A pay-out is held, for pay-outs are stopped.
  refusal, ///< Its merchant is told that they are.
  check,   ///< The bank is asked once more about a payment or pay-out.
  refund_check,
  refund_enquiry, ///< The bank is asked what became of a refund or an unbinding.
  giving_back,    ///< A refund is requested, and its wallet to be asked.
  grant,          ///< A payment may be withheld by an agreement, and its order isn't open yet.
  hand_out,       ///< A batch is durable, and none of its lines is handed out.
  handed_out,     ///< The lines have their orders, and their batch doesn't know it.
};

struct script {
  plan world;
  moment strikes = moment::submission;
  /// With `moment::notice`: the one that says this.
  reply_class told = reply_class::succeeded;
  /// What the bank says can't be true as it is: operators hear of it.
  bool alarms = false;
  /// From the moment on the next commit takes so long; 0: as long as any.
  uint32_t slows_us = 0;
  /// What is asked for is refused before there is an order.
  bool opens_nothing = false;
  /// With `moment::handed_out`: so many lines have orders then.
  uint32_t lines_open = 0;
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
inline constexpr uint32_t cell_fee_ppm = 6'000;
/// What we take of a pay-out, besides.
constexpr int64_t pay_out_fee_minor(int64_t amount_minor) {
  return amount_minor * cell_fee_ppm / 1'000'000;
}

} // namespace oncepay::sim::matrix
