#include "cli/sim/jobs.hpp"

#include "cli/progress.hpp"
#include "cli/sim/interrupt.hpp"
#include "cli/sim/result_json.hpp"
#include "cli/sim/stopwatch.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr int64_t told_every_ns = 200'000'000;

/// False where nobody reads any more.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

/// Lines out of a byte stream, however it is cut.
class line_buffer {
public:
  /// Reads once; false at the stream's end.
  bool fill(int fd) {
    char part[64 * 1024];
    const auto n = ::read(fd, part, sizeof part);
    if (n < 0 && errno == EINTR)
      return true;
    if (n <= 0)
      return false;
    unread_.append(part, static_cast<size_t>(n));
    return true;
  }
  std::optional<std::string> next() {
    const auto end = unread_.find('\n');
    if (end == std::string::npos)
      return {};
    auto line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    return line;
  }

private:
  std::string unread_;
};

/// What a child does until its parent has no more seeds for it. A line that isn't JSON is a share: "0.25".
[[noreturn]] void serve_seeds(int fd, const seed_runner& run) {
  line_buffer lines;
  for (;;) {
    auto line = lines.next();
    while (!line) {
      if (!lines.fill(fd))
        ::_exit(0);
      line = lines.next();
    }
    uint64_t seed = 0;
    std::from_chars(line->data(), line->data() + line->size(), seed);
    auto told_ns = steady_now_ns();
    const auto tell = [&](uint64_t done, uint64_t total) {
      const auto now_ns = steady_now_ns();
      if (total == 0 || now_ns - told_ns < told_every_ns)
        return;
      told_ns = now_ns;
      write_all(fd, fmt::format("{:.4f}\n", static_cast<double>(done) / static_cast<double>(total)));
    };
    if (!write_all(fd, seed_run_line(timed_run(seed, run, tell))))
      ::_exit(0);
  }
}

struct worker {
  pid_t pid = -1;
  int fd = -1;
  line_buffer lines;
  std::optional<uint64_t> seed; ///< It is at this one.
  double share = 0;             ///< Of it is done.
};

std::string end_text(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("its process ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fmt::format("its process ended with status {}", WEXITSTATUS(status));
}

/// The processes and which seeds they are at.
class job_pool {
public:
  job_pool(const seed_range& seeds, const seed_runner& run, const jobs_listener& listener)
      : next_(seeds.first), left_(seeds.count()), run_(run), listener_(listener) {}
  job_pool(const job_pool&) = delete;
  job_pool& operator=(const job_pool&) = delete;
  ~job_pool() {
    // They hold nothing but memory, so that the hardest signal is the cleanest.
    for (const auto& w : workers_)
      ::kill(w.pid, SIGKILL);
    while (!workers_.empty())
      end(workers_.size() - 1);
  }

  tl::expected<jobs_end, std::string> go(size_t jobs) {
    while (left_ > 0 && workers_.size() < jobs)
      if (auto started = start(); !started)
        return tl::unexpected(started.error());
    while (!workers_.empty()) {
      std::vector<pollfd> fds;
      for (const auto& w : workers_)
        fds.push_back({.fd = w.fd, .events = POLLIN, .revents = 0});
      if (!signals_.wait(fds))
        return interrupted();
      // From the back: what has ended is erased.
      for (size_t i = fds.size(); i-- > 0;)
        if (fds[i].revents != 0 && !take_from(workers_[i]))
          if (auto replaced = bury(i); !replaced)
            return tl::unexpected(replaced.error());
      double runs = 0;
      for (const auto& w : workers_)
        runs += w.share;
      listener_.under_way(runs);
    }
    return jobs_end{};
  }

private:
  jobs_end interrupted() const {
    jobs_end end{.interrupted = true, .under_way = {}};
    for (const auto& w : workers_)
      if (w.seed)
        end.under_way.push_back(*w.seed);
    std::sort(end.under_way.begin(), end.under_way.end());
    return end;
  }

  tl::expected<void, std::string> start() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
      return tl::unexpected(fmt::format("no socket for another process: {}", std::strerror(errno)));
    // What is still buffered would be written twice.
    std::fflush(nullptr);
    const auto parent = ::getpid();
    const auto pid = ::fork();
    if (pid < 0) {
      const auto why = std::string(std::strerror(errno));
      ::close(fds[0]);
      ::close(fds[1]);
      return tl::unexpected(fmt::format("no other process can be started: {}", why));
    }
    if (pid == 0) {
      signals_.leave_to_parent();
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent)
        ::_exit(0);
      // A socket that a brother holds would never end.
      ::close(fds[0]);
      for (const auto& w : workers_)
        ::close(w.fd);
      serve_seeds(fds[1], run_);
    }
    ::close(fds[1]);
    workers_.push_back({.pid = pid, .fd = fds[0], .lines = {}, .seed = {}, .share = 0});
    hand_out(workers_.back());
    return {};
  }

  void hand_out(worker& w) {
    w.seed.reset();
    w.share = 0;
    if (left_ == 0) {
      // The child reads the end and leaves; its own end is then seen as everybody's.
      ::shutdown(w.fd, SHUT_WR);
      return;
    }
    w.seed = next_++;
    --left_;
    // Where the child is gone already its end will be read, and the seed counts as crashed.
    write_all(w.fd, fmt::format("{}\n", *w.seed));
  }

  /// False where the process has ended.
  bool take_from(worker& w) {
    const bool goes_on = w.lines.fill(w.fd);
    while (auto line = w.lines.next()) {
      if (auto run = parse_seed_run(*line); run && w.seed == run->result.seed) {
        listener_.finished(std::move(*run));
        hand_out(w);
      } else {
        std::from_chars(line->data(), line->data() + line->size(), w.share);
      }
    }
    return goes_on;
  }

  tl::expected<void, std::string> bury(size_t i) {
    const auto seed = workers_[i].seed;
    const auto status = end(i);
    if (!seed)
      return {};
    listener_.finished(crashed_run(*seed, end_text(status)));
    return left_ > 0 ? start() : tl::expected<void, std::string>();
  }

  int end(size_t i) {
    int status = 0;
    ::close(workers_[i].fd);
    while (::waitpid(workers_[i].pid, &status, 0) < 0 && errno == EINTR) {
    }
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    return status;
  }

  uint64_t next_;
  uint64_t left_;
  const seed_runner& run_;
  const jobs_listener& listener_;
  interrupt_watch signals_;
  std::vector<worker> workers_;
};

} // namespace

seed_run timed_run(uint64_t seed, const seed_runner& run, const run_progress& tell) {
  const stopwatch watch;
  seed_run done;
  done.result = run(seed, tell);
  done.result.seed = seed;
  const auto spent = watch.spent();
  done.real_ns = spent.real_ns;
  done.cpu_ns = spent.cpu_ns;
  return done;
}

tl::expected<jobs_end, std::string> run_jobs(const seed_range& seeds, size_t jobs, const seed_runner& run,
                                             const jobs_listener& listener) {
  return job_pool(seeds, run, listener).go(jobs);
}

} // namespace oncepay::cli
