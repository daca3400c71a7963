#include "cli/bench/server_process.hpp"

#include "schema/time.hpp"

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

namespace oncepay::cli {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view blanks = " \t\n";
  std::vector<std::string_view> words;
  for (size_t at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(blanks, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(blanks, end);
  }
  return words;
}

template <class Number>
std::optional<Number> number_in(std::string_view text, int base = 10) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool has_open(const fs::path& process, const std::string& wanted) {
  std::error_code failed;
  for (auto fd = fs::directory_iterator(process / "fd", failed); !failed && fd != fs::directory_iterator();
       fd.increment(failed)) {
    std::error_code gone; // Closed meanwhile: not the one that listens.
    if (fs::read_symlink(fd->path(), gone) == wanted)
      return true;
  }
  return false;
}

} // namespace

std::optional<process_usage> usage_from_stat(std::string_view stat, int64_t ticks_per_s) {
  // The second field is the program's name in brackets and may hold anything, brackets and blanks too.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || ticks_per_s <= 0)
    return std::nullopt;
  const auto words = words_of(stat.substr(name_end + 1));
  constexpr size_t faults_field = 7; // minflt, the 10th field in proc(5); the first word here is the 3rd.
  constexpr size_t user_field = 11;  // utime, the 14th.
  if (words.size() < user_field + 2)
    return std::nullopt;
  const auto user = number_in<int64_t>(words[user_field]);
  const auto system = number_in<int64_t>(words[user_field + 1]);
  const auto faults = number_in<uint64_t>(words[faults_field]);
  if (!user || !system || !faults)
    return std::nullopt;
  return process_usage{*user * ns_per_s / ticks_per_s, *system * ns_per_s / ticks_per_s, *faults};
}

std::optional<uint64_t> listening_inode(std::string_view table, uint16_t port) {
  constexpr std::string_view listening = "0A";
  constexpr size_t local_field = 1;
  constexpr size_t state_field = 3;
  constexpr size_t inode_field = 9;
  while (!table.empty()) {
    const auto end = std::min(table.find('\n'), table.size());
    const auto words = words_of(table.substr(0, end));
    table.remove_prefix(std::min(end + 1, table.size()));
    if (words.size() <= inode_field || words[state_field] != listening)
      continue;
    const auto local = words[local_field];
    const auto colon = local.rfind(':');
    if (colon != std::string_view::npos && number_in<uint16_t>(local.substr(colon + 1), 16) == port)
      return number_in<uint64_t>(words[inode_field]);
  }
  return std::nullopt;
}

std::optional<uint64_t> anonymous_bytes_from_status(std::string_view status) {
  constexpr std::string_view key = "\nRssAnon:";
  const auto at = status.find(key);
  if (at == std::string_view::npos)
    return std::nullopt;
  const auto words = words_of(status.substr(at + key.size(), status.find('\n', at + 1) - at - key.size()));
  const auto kib = words.empty() ? std::nullopt : number_in<uint64_t>(words[0]);
  if (!kib)
    return std::nullopt;
  return *kib * 1024;
}

std::optional<pid_t> process_listening_on(const endpoint& server) {
  if (!is_this_machine(server.host))
    return std::nullopt;
  std::optional<uint64_t> inode;
  for (const char* const path : {"/proc/net/tcp", "/proc/net/tcp6"})
    if (const auto table = content_of(path); table && !inode)
      inode = listening_inode(*table, server.port);
  if (!inode)
    return std::nullopt;
  const auto wanted = fmt::format("socket:[{}]", *inode);
  std::error_code failed;
  for (auto process = fs::directory_iterator("/proc", failed); !failed && process != fs::directory_iterator();
       process.increment(failed))
    if (const auto pid = number_in<pid_t>(process->path().filename().string());
        pid && has_open(process->path(), wanted))
      return pid;
  return std::nullopt;
}

std::optional<process_usage> usage_of(pid_t pid) {
  const auto stat = content_of(fmt::format("/proc/{}/stat", pid));
  return stat ? usage_from_stat(*stat, sysconf(_SC_CLK_TCK)) : std::nullopt;
}

std::optional<uint64_t> anonymous_bytes_of(pid_t pid) {
  const auto status = content_of(fmt::format("/proc/{}/status", pid));
  return status ? anonymous_bytes_from_status(*status) : std::nullopt;
}

process_usage own_usage() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ns_of = [](const timeval& t) {
    return int64_t{t.tv_sec} * ns_per_s + int64_t{t.tv_usec} * ns_per_us;
  };
  return {ns_of(used.ru_utime), ns_of(used.ru_stime), static_cast<uint64_t>(used.ru_minflt)};
}

} // namespace oncepay::cli
