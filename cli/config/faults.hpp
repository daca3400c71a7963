// What the rules that commands and configuration share say about terms, told in the file's own spelling.
#pragma once

#include "cli/config/table.hpp"
#include "schema/terms.hpp"

namespace oncepay::cli {

/// Notes every fault of the terms at the key it came from, as far as nothing is known to be wrong with that key.
void note_faults(const merchant_terms&, config_table&);
void note_faults(const channel_terms&, config_table&);

} // namespace oncepay::cli
