#include "cli/sim/interrupt.hpp"

#include <cerrno>

#include <sys/signalfd.h>
#include <unistd.h>

namespace oncepay::cli {

interrupt_watch::interrupt_watch() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    // A shell's background job ignores Ctrl+C, and goes on doing so.
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN)
      sigaddset(&watched, number);
  }
  sigprocmask(SIG_BLOCK, &watched, &before_);
  fd_ = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

interrupt_watch::~interrupt_watch() {
  // A second signal that came meanwhile must not end the process before it has printed what was done.
  signalfd_siginfo drained{};
  while (::read(fd_, &drained, sizeof drained) > 0) {
  }
  ::close(fd_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool interrupt_watch::wait(std::vector<pollfd>& fds) {
  fds.push_back({.fd = fd_, .events = POLLIN, .revents = 0});
  while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
  }
  const bool signalled = fds.back().revents != 0;
  fds.pop_back();
  return !signalled;
}

void interrupt_watch::leave_to_parent() {
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  ::close(fd_);
}

} // namespace oncepay::cli
