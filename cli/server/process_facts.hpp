// What the system says about this process.
#pragma once

#include <cstdint>

namespace oncepay::cli {

struct process_facts {
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_files = 0;
  uint64_t open_files_max = 0;
  double cpu_s = 0;
};

/// What can't be found out stays 0.
process_facts process_facts_now();

/// As many files as the system lets this process have: what is usual is meant for programs of another kind.
void allow_all_files();

} // namespace oncepay::cli
