// What the matrix is made of: an operation meets a fault at a time, with a restart in between. Each is a row of a
// table, so that another operation or fault is another row.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace oncepay::sim::matrix {

/// What goes wrong with the operation.
enum class fault : uint8_t {
  none,
  // --- of a bank
  declines,
  refuses,
  over_capacity,
  silent,
  mute,
  late,
  unmapped,
  fails,
  twice,
  contradicts,
  denies,
  not_found,
  payer_types,
  out_declining,
  out_silent,
  out_hanging,
  other_amount,
  stray,
  unnamed,
  // --- of a merchant's own service
  unreachable,
  answers_500,
  answers_otherwise,
  hangs,
  never_answers,
  answer_lost,
};

struct fault_row {
  fault what = fault::none;
  std::string_view name;
  std::string_view sentence;
};
/// In the order of the enumerators.
const std::array<fault_row, 26>& faults();
std::string_view name(fault);

/// When it hits, seen from the money.
enum class timing : uint8_t {
  before, ///< Nothing has moved, and nothing will by this.
  during, ///< The bank is at work; it moves after the fault.
  after,  ///< It has moved.
};
inline constexpr std::array timings{timing::before, timing::during, timing::after};
std::string_view name(timing);

/// When the process is killed; what isn't durable is lost.
enum class restart : uint8_t {
  none,
  asked,     ///< The request has reached the other side, its answer hasn't come.
  answered,  ///< The answer has come, and the commit of what it decides is lost.
  committed, ///< That is durable, and nobody was told.
};
inline constexpr std::array restarts{restart::none, restart::asked, restart::answered, restart::committed};
std::string_view name(restart);

struct operation_row;

struct cell {
  const operation_row* operation = nullptr; ///< Of `operations()`.
  matrix::fault fault = fault::none;
  matrix::timing timing = timing::before;
  matrix::restart restart = restart::none;
};

/// "pay/silent/after/none"
std::string name(const cell&);

} // namespace oncepay::sim::matrix
