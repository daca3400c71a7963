// What must hold of any input: else the process aborts, which is how libFuzzer learns that it has found something.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace oncepay::fuzz {

inline void demand(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

} // namespace oncepay::fuzz
