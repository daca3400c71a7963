// Every fault of the simulated banks and services × every operation × before, during, after × a kill in between: each
// cell a world of its own on the production actors, watched by all checkers, and judged in the end. Either the bank's
// book, the order, the ledger and what the merchant was told agree, or the order waits for a person who was alarmed.
#pragma once

#include "sim/matrix/cell.hpp"
#include "sim/matrix/operations.hpp"
#include "sim/run.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace oncepay::sim::matrix {

/// Operation by operation, fault by fault, in the order that a table shows them.
std::vector<cell> cells();

struct cell_result {
  cell what;
  std::string_view cannot; ///< Why it can't happen; empty: it was run.
  std::string outcome;     ///< A word of `outcomes()`, and "!" where operators were alarmed.
  std::vector<std::string> alarms;
  run_result run;
};

cell_result run_cell(const cell&, uint64_t seed = 1);

/// The same in a world that the caller made.
cell_result play(const cell&, script, uint64_t seed = 1);

/// What the words mean.
struct outcome_row {
  std::string_view word;
  std::string_view sentence;
};
const std::vector<outcome_row>& outcomes();

} // namespace oncepay::sim::matrix
