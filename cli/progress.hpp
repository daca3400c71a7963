// A progress line on a terminal for what takes longer than a second. Elsewhere (files, pipes, CI) it prints nothing:
// a log full of carriage returns helps nobody.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace oncepay::cli {

struct progress_state {
  uint64_t done = 0;
  uint64_t total = 0;    ///< 0: not known; a count and a rate are shown then.
  std::string_view note; ///< Behind the figures: "3 bad rows".
};

/// One line of at most `columns` columns: "submit  [####......]  41%  12 300/s  5.2 s left  note".
std::string render_progress(std::string_view title, const progress_state&, int64_t elapsed_ns, size_t columns);

class progress {
public:
  /// `title` outlives the object. Prints to `out` where that is a terminal.
  progress(std::string_view title, std::FILE* out);
  /// For tests: as if `out` were a terminal, or weren't one.
  progress(std::string_view title, std::FILE* out, bool is_terminal);
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Redraws at most five times a second, and not within the first second. `now_ns` is of a steady clock; the first
  /// call starts the time.
  void update(const progress_state&, int64_t now_ns);

  /// Wipes the line, so that what is printed next starts in an empty one.
  void clear();

private:
  std::string_view title_;
  std::FILE* out_;
  bool is_terminal_;
  bool drawn_ = false;
  int64_t started_ns_ = -1;
  int64_t redrawn_ns_ = 0;
};

/// Nanoseconds of the steady clock: for progress and latencies, never recorded.
int64_t steady_now_ns();

} // namespace oncepay::cli
