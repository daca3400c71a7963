#include "cli/submit/results.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/submit/report.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace oncepay::cli {

namespace {

/// Lines gathered before they are written even without a `flush`.
constexpr size_t unwritten_bytes_max = 64 * 1024;

/// As RFC 4180 wants it: order numbers and channels' codes may hold commas and quotes.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos)
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"')
      out += '"';
    out += c;
  }
  return out + '"';
}

} // namespace

std::string results_line(const pay_row& row, const reply& r) {
  std::string channel;
  std::string channel_code;
  if (const auto* order = std::get_if<order_view>(&r.body); order != nullptr && !order->attempts.empty()) {
    channel = order->attempts.back().channel.str();
    channel_code = printable(order->attempts.back().code);
  }
  return fmt::format("{},{},{},{},{},{}\n", csv_field(row.pay.order_no.str()), static_cast<unsigned>(r.code),
                     name(outcome_of(r).fate), csv_field(channel), csv_field(channel_code), r.duplicate ? 1 : 0);
}

tl::expected<void, std::string> submit_results::open_file(const std::string& path) {
  path_ = path;
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0)
    return tl::unexpected(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
  unwritten_ = results_header;
  return {};
}

submit_results::~submit_results() {
  if (fd_ >= 0)
    ::close(fd_);
}

void submit_results::add(const pay_row& row, const reply& r) {
  if (fd_ < 0)
    return;
  unwritten_ += results_line(row, r);
  if (unwritten_.size() >= unwritten_bytes_max)
    flush();
}

void submit_results::flush() {
  size_t done = 0;
  while (fd_ >= 0 && done < unwritten_.size()) {
    const auto n = ::write(fd_, unwritten_.data() + done, unwritten_.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      problem_ = fmt::format("{} can't be written: {}", path_, std::strerror(errno));
      ::close(std::exchange(fd_, -1));
      break;
    }
    done += static_cast<size_t>(n);
  }
  unwritten_.clear();
}

} // namespace oncepay::cli
