#include "cli/sim/trace_file.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace oncepay::cli {

tl::expected<trace_file, std::string> trace_file::create(const std::string& path) {
  auto* file = std::fopen(path.c_str(), "we");
  if (file == nullptr)
    return tl::unexpected(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
  return trace_file(path, file);
}

void trace_file::add(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), file_.get());
  std::fputc('\n', file_.get());
}

tl::expected<void, std::string> trace_file::close() {
  const bool failed_before = std::ferror(file_.get()) != 0;
  if (std::fclose(file_.release()) != 0 || failed_before)
    return tl::unexpected(fmt::format("{} can't be written completely: {}", path_, std::strerror(errno)));
  return {};
}

} // namespace oncepay::cli
