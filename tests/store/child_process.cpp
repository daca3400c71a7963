#include "tests/store/child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

namespace oncepay::test {

void conversation::say(const std::string& line) const {
  const std::string text = line + "\n";
  // A pipe takes so few bytes whole; an ended listener is noticed by what it no longer says.
  [[maybe_unused]] ssize_t n = ::write(out_, text.data(), text.size());
}

std::string conversation::hear() const {
  std::string line;
  char c = 0;
  for (;;) {
    ssize_t n = ::read(in_, &c, 1);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return {};
    if (c == '\n')
      return line;
    line += c;
  }
}

child_process::child_process(const std::function<void(const conversation&)>& body) {
  int to_child[2];
  int to_parent[2];
  if (::pipe(to_child) != 0 || ::pipe(to_parent) != 0)
    std::abort();
  std::signal(SIGPIPE, SIG_IGN);
  pid_ = ::fork();
  if (pid_ < 0)
    std::abort();
  if (pid_ == 0) {
    ::close(to_child[1]);
    ::close(to_parent[0]);
    body(conversation(to_child[0], to_parent[1]));
    // Without the parent's destructors and buffered output.
    ::_exit(0);
  }
  ::close(to_child[0]);
  ::close(to_parent[1]);
  in_ = to_parent[0];
  out_ = to_child[1];
  talk_ = conversation(in_, out_);
}

child_process::~child_process() {
  kill();
  ::close(in_);
  ::close(out_);
}

void child_process::kill() {
  if (pid_ < 0)
    return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
}

bool child_process::ended_well() {
  int status = 0;
  const bool waited = ::waitpid(pid_, &status, 0) == pid_;
  pid_ = -1;
  return waited && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace oncepay::test
