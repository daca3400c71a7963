// Judges one cell: kills the process at the cell's moment, and compares in the end, from first principles, what the
// bank did, how the order stands, what the ledger says, and what the merchant was told.
#pragma once

#include "sim/check/checker.hpp"
#include "sim/matrix/operations.hpp"
#include "sim/run.hpp"

#include <memory>
#include <string>
#include <vector>

namespace oncepay::sim::matrix {

/// What became of a cell, in a word, and what operators were told meanwhile.
struct cell_story {
  std::string outcome;
  std::vector<std::string> alarms;
};

/// All outlive it.
std::unique_ptr<checker> make_judge(const cell&, const script&, interference, cell_story&);

} // namespace oncepay::sim::matrix
