#include "cli/dispatch.hpp"

#include <exception>

int main(int argc, char** argv) {
  using namespace oncepay::cli;
  try {
    const arguments args(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(dispatch(commands(), args, ONCEPAY_VERSION, stdout, stderr));
  } catch (const std::exception& e) {
    // Errors are values below the actors; what arrives here is memory running out or a mistake of ours.
    return static_cast<int>(fail(exit_code::internal, e.what()));
  }
}
