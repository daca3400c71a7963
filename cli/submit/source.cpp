#include "cli/submit/source.hpp"

#include "actors/domain/trajectory.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr size_t chunk_bytes = 64 * 1024;
/// Bad rows looked at in one call, so that a file of nothing else doesn't keep the caller from its other work.
constexpr int bad_rows_per_call_max = 1'000;

} // namespace

csv_payment_source::csv_payment_source(int fd, uint64_t bytes_total, bad_row_handler on_bad_row)
    : fd_(fd), bytes_total_(bytes_total), on_bad_row_(std::move(on_bad_row)), chunk_(chunk_bytes) {}

csv_payment_source::~csv_payment_source() {
  if (fd_ != STDIN_FILENO)
    ::close(fd_);
}

tl::expected<std::unique_ptr<csv_payment_source>, std::string>
csv_payment_source::open(const std::string& path, row_columns columns, bad_row_handler on_bad_row) {
  const auto unreadable = [&] {
    return tl::unexpected(fmt::format("can't read {}: {}", printable(path), std::strerror(errno)));
  };
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  if (fd < 0 || fstat(fd, &facts) != 0)
    return unreadable();
  const auto bytes_total = S_ISREG(facts.st_mode) ? static_cast<uint64_t>(facts.st_size) : 0;
  std::unique_ptr<csv_payment_source> source(new csv_payment_source(fd, bytes_total, std::move(on_bad_row)));
  for (;;) {
    switch (source->reader_.next()) {
    case csv_reader::status::need_more:
      if (!source->read_more())
        return unreadable();
      continue;
    case csv_reader::status::end:
      return tl::unexpected(fmt::format("{} is empty: its first line must name the columns", printable(path)));
    case csv_reader::status::bad:
    case csv_reader::status::broken:
      return tl::unexpected(
          fmt::format("{}: the header can't be read: {}", printable(path), source->reader_.problem()));
    case csv_reader::status::record:
      break;
    }
    break;
  }
  auto mapper = row_mapper::make(std::move(columns), source->reader_.record().fields);
  if (!mapper)
    return tl::unexpected(fmt::format("{}: {}", printable(path), mapper.error()));
  source->mapper_ = std::move(*mapper);
  return source;
}

bool csv_payment_source::is_readable() const {
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) != 0;
}

bool csv_payment_source::read_more() {
  ssize_t count = 0;
  do
    count = ::read(fd_, chunk_.data(), chunk_.size());
  while (count < 0 && errno == EINTR);
  if (count < 0)
    return false;
  if (count == 0)
    reader_.finish();
  else
    reader_.feed({chunk_.data(), static_cast<size_t>(count)});
  return true;
}

payment_source::status csv_payment_source::next(pay_row& row) {
  if (!broken_.empty())
    return status::end;
  const auto bad = [&](const std::string& problem) {
    ++bad_rows_;
    on_bad_row_(reader_.line(), problem);
  };
  for (int looked_at = 0; looked_at < bad_rows_per_call_max; ++looked_at) {
    switch (reader_.next()) {
    case csv_reader::status::record: {
      auto mapped = mapper_.map(reader_.record());
      if (mapped) {
        row = std::move(*mapped);
        ++rows_;
        return status::row;
      }
      bad(mapped.error());
      break;
    }
    case csv_reader::status::bad:
      bad(reader_.problem());
      break;
    case csv_reader::status::need_more:
      // A pipe that has nothing yet must not keep the caller from reading answers.
      if (!is_readable())
        return status::not_yet;
      if (!read_more()) {
        broken_ = fmt::format("reading failed behind line {}: {}", reader_.line(), std::strerror(errno));
        return status::end;
      }
      break;
    case csv_reader::status::end:
      return status::end;
    case csv_reader::status::broken:
      broken_ = reader_.problem();
      return status::end;
    }
  }
  return status::not_yet;
}

} // namespace oncepay::cli
