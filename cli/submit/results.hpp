// What became of each payment of a run, as CSV: for comparing afterwards, order by order, with what a system or a bank
// says. The summary (submit_report.hpp) only counts.
#pragma once

#include "cli/submit/engine.hpp"

#include <string>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// The file's first line.
inline constexpr std::string_view results_header = "order_no,code,state,channel,channel_code,duplicate\n";

/// One line: the order's number, our reply code's number, what the order was then ("paid", "in doubt", … as in the
/// summary), the last attempt's channel and that channel's own code, and whether the order was known already (0 or 1).
std::string results_line(const pay_row&, const reply&);

class submit_results {
public:
  submit_results() = default; ///< Keeps nothing until a file is open.
  submit_results(const submit_results&) = delete;
  submit_results& operator=(const submit_results&) = delete;
  ~submit_results();

  /// Replaces the file. It may be a pipe, whose reader is waited for; a sentence where it can't be written.
  tl::expected<void, std::string> open_file(const std::string& path);

  void add(const pay_row&, const reply&);

  /// Hands over what was added. After a failure nothing more is written, and `problem` says why.
  void flush();

  const std::string& problem() const { return problem_; }

private:
  int fd_ = -1;
  std::string path_;
  std::string unwritten_;
  std::string problem_;
};

} // namespace oncepay::cli
