#include "cli/server/process_facts.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace oncepay::cli {

namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

} // namespace

process_facts process_facts_now() {
  namespace fs = std::filesystem;
  process_facts facts;
  uint64_t virtual_pages = 0;
  uint64_t resident_pages = 0;
  if (std::ifstream statm("/proc/self/statm"); statm >> virtual_pages >> resident_pages) {
    const auto page_bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    facts.virtual_bytes = virtual_pages * page_bytes;
    facts.resident_bytes = resident_pages * page_bytes;
  }
  std::error_code failed;
  for (auto file = fs::directory_iterator("/proc/self/fd", failed); !failed && file != fs::directory_iterator();
       file.increment(failed))
    ++facts.open_files;
  if (rlimit files{}; ::getrlimit(RLIMIT_NOFILE, &files) == 0)
    facts.open_files_max = files.rlim_cur;
  if (rusage used{}; ::getrusage(RUSAGE_SELF, &used) == 0)
    facts.cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime);
  return facts;
}

void allow_all_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max)
    return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files); // Refused, there are as many as before.
}

} // namespace oncepay::cli
