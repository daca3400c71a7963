// `oncepay sim --matrix`: every cell run and judged, shown as a table.
#pragma once

#include "cli/exit_code.hpp"
#include "cli/sim/request.hpp"
#include "sim/matrix/matrix.hpp"

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace oncepay::cli {

/// Runs the cells that the request names and prints what became of them.
exit_code run_matrix(const sim_request&);

/// A row for each operation and fault, a column for each timing and restart; then why some can't happen, what the words
/// mean, and what is broken.
std::string matrix_text(const std::vector<sim::matrix::cell_result>&, const sim_request&);
nlohmann::ordered_json matrix_json(const std::vector<sim::matrix::cell_result>&, const sim_request&);

} // namespace oncepay::cli
