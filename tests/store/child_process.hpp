// Another process, for what only another process can show. It is forked before its parent opens anything, for an LMDB
// environment must not cross a fork; the two speak in lines over pipes, so that nobody waits for a while.
#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

namespace oncepay::test {

/// One end of the conversation.
class conversation {
public:
  conversation(int in, int out) : in_(in), out_(out) {}
  void say(const std::string& line) const;
  /// The other's next line; empty where it ended.
  std::string hear() const;

private:
  int in_;
  int out_;
};

class child_process {
public:
  /// Runs `body` in the child, which then ends.
  explicit child_process(const std::function<void(const conversation&)>& body);
  /// Kills it, where it still runs.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  void say(const std::string& line) const { talk_.say(line); }
  std::string hear() const { return talk_.hear(); }
  pid_t pid() const { return pid_; }
  /// SIGKILL, and waits until it is gone.
  void kill();
  /// Waits for its own end; true where that was in order.
  bool ended_well();

private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  conversation talk_{-1, -1};
};

} // namespace oncepay::test
