// The blocks of a scenario that tell its story: orders and batches, what banks do, what goes wrong, what must have come
// of it. `known`: nothing is known to be wrong with what these blocks refer to, so that a name nobody bears is a
// mistake.
#pragma once

#include "cli/sim/scenario_table.hpp"
#include "sim/plan/plan.hpp"

namespace oncepay::cli {

void read_orders(config_table& file, sim::plan&, bool known);
void read_batches(config_table& file, sim::plan&, bool known);
void read_disturbances(config_table& file, sim::plan&, bool known);
void read_deeds(config_table& file, sim::plan&, bool known);
void read_expectations(config_table& file, sim::plan&, bool known);

} // namespace oncepay::cli
