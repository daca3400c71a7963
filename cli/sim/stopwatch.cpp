#include "cli/sim/stopwatch.hpp"

#include "cli/progress.hpp"
#include "schema/time.hpp"

#include <ctime>

namespace oncepay::cli {

time_spent stopwatch::now() {
  timespec cpu{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  return {.real_ns = steady_now_ns(), .cpu_ns = cpu.tv_sec * ns_per_s + cpu.tv_nsec};
}

time_spent stopwatch::spent() const {
  const auto until = now();
  return {.real_ns = until.real_ns - started_.real_ns, .cpu_ns = until.cpu_ns - started_.cpu_ns};
}

} // namespace oncepay::cli
