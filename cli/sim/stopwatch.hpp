// How long something takes: by the clock on the wall, and of this process's CPU time.
#pragma once

#include <cstdint>

namespace oncepay::cli {

struct time_spent {
  int64_t real_ns = 0;
  int64_t cpu_ns = 0;
};

class stopwatch {
public:
  stopwatch() : started_(now()) {}
  time_spent spent() const;

private:
  static time_spent now();
  time_spent started_;
};

} // namespace oncepay::cli
