// SIGINT and SIGTERM for a loop that waits in one place: noted there and nowhere else, so that nothing is half done.
#pragma once

#include <csignal>
#include <vector>

#include <poll.h>

namespace oncepay::cli {

class interrupt_watch {
public:
  interrupt_watch();
  ~interrupt_watch();
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;

  /// Waits until one of the descriptors is ready; false where a signal has come.
  bool wait(std::vector<pollfd>& fds);

  /// In a child, after the fork: a Ctrl+C reaches the whole group, and only the parent is to decide what it means.
  void leave_to_parent();

private:
  sigset_t before_{};
  int fd_ = -1;
};

} // namespace oncepay::cli
