#include "cli/dispatch.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#ifdef ONCEPAY_MIMALLOC
#include <mimalloc.h>
#endif

namespace {

/// Where memory runs out, the allocator would end the process without a word. Asks for none itself, and tidies nothing
/// up: what a server acknowledged is in its log.
[[noreturn]] void stop_without_memory() {
  std::fputs(
      "oncepay: stopped: out of memory; give it more (ulimit -v, ulimit -d, or its control group), then start it "
      "again\n",
      stderr);
  std::_Exit(static_cast<int>(oncepay::cli::exit_code::internal));
}

} // namespace

int main(int argc, char** argv) {
  using namespace oncepay::cli;
  std::set_new_handler(stop_without_memory);
#ifdef ONCEPAY_MIMALLOC
  // It knows no such handlers.
  mi_register_error(
      [](int error, void*) {
        if (error == ENOMEM)
          stop_without_memory();
      },
      nullptr);
  // Where pages of memory are the hypervisor's to map, giving back what is needed again a moment later costs an eighth
  // of a payment's processor time at half load (tests/bench/README.md). MIMALLOC_DECOMMIT_DELAY says otherwise.
  constexpr long gives_back_after_ms = 2'000;
  mi_option_set_default(mi_option_decommit_delay, gives_back_after_ms);
#endif
  try {
    const arguments args(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(dispatch(commands(), args, ONCEPAY_VERSION, stdout, stderr));
  } catch (const std::exception& e) {
    // Errors are values below the actors; what arrives here is a mistake of ours.
    return static_cast<int>(fail(exit_code::internal, e.what()));
  }
}
