#include "cli/commands.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace oncepay::cli {

exit_code fail(exit_code code, std::string_view text) {
  fmt::print(stderr, "oncepay: {}\n", text);
  return code;
}

} // namespace oncepay::cli
