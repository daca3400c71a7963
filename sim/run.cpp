#include "sim/run.hpp"

#include "sim/conductor.hpp"

namespace oncepay::sim {

run_result run(const plan& the_plan, const run_options& options) {
  conductor c(the_plan, options);
  return c.conduct();
}

} // namespace oncepay::sim
