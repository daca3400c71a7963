// Assertions that stay on in release builds: a broken rule stops the process before it can move money.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace oncepay::detail {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "oncepay: %s:%d: broken rule: %s\n", file, line, condition);
  std::abort();
}

} // namespace oncepay::detail

#define ONCEPAY_ASSERT(condition)                                                                                      \
  ((condition) ? static_cast<void>(0) : ::oncepay::detail::assertion_failed(#condition, __FILE__, __LINE__))
