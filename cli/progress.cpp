#include "cli/progress.hpp"

#include "cli/table.hpp"

#include <algorithm>
#include <chrono>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr int64_t quiet_ns = 1'000'000'000;
constexpr int64_t redraw_ns = 200'000'000;
constexpr size_t bar_columns = 24;

size_t columns_of(std::FILE* out) {
  winsize size{};
  return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

} // namespace

std::string render_progress(std::string_view title, const progress_state& state, int64_t elapsed_ns, size_t columns) {
  const double seconds = static_cast<double>(std::max<int64_t>(elapsed_ns, 1)) / 1e9;
  const double per_second = static_cast<double>(state.done) / seconds;
  auto line = std::string(title);
  if (state.total > 0) {
    const auto done = std::min(state.done, state.total);
    const double share = static_cast<double>(done) / static_cast<double>(state.total);
    const auto filled = static_cast<size_t>(share * bar_columns);
    line += fmt::format("  [{:#<{}}{:.<{}}] {:3.0f}%", "", filled, "", bar_columns - filled, share * 100);
    if (done > 0 && done < state.total)
      line += fmt::format(
          "  {} left", duration_text(static_cast<int64_t>(static_cast<double>(state.total - done) / per_second * 1e9)));
  } else {
    line += fmt::format("  {}  {}/s", grouped(state.done), grouped(static_cast<uint64_t>(per_second)));
  }
  if (!state.note.empty())
    line += fmt::format("  {}", state.note);
  return line.substr(0, columns);
}

progress::progress(std::string_view title, std::FILE* out) : progress(title, out, isatty(fileno(out)) == 1) {}

progress::progress(std::string_view title, std::FILE* out, bool is_terminal)
    : title_(title), out_(out), is_terminal_(is_terminal) {}

void progress::update(const progress_state& state, int64_t now_ns) {
  if (!is_terminal_)
    return;
  if (started_ns_ < 0)
    started_ns_ = now_ns;
  if (now_ns - started_ns_ < quiet_ns || (drawn_ && now_ns - redrawn_ns_ < redraw_ns))
    return;
  redrawn_ns_ = now_ns;
  drawn_ = true;
  // The last column stays free: a full line makes some terminals wrap.
  fmt::print(out_, "\r{}\x1b[K", render_progress(title_, state, now_ns - started_ns_, columns_of(out_) - 1));
  std::fflush(out_);
}

void progress::clear() {
  if (!drawn_)
    return;
  drawn_ = false;
  std::fputs("\r\x1b[K", out_);
  std::fflush(out_);
}

int64_t steady_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

} // namespace oncepay::cli
