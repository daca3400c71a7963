#include "store/log_directory.hpp"

#include "store/store_fault.hpp"

#include <cerrno>
#include <cstdlib>

#include <unistd.h>

namespace oncepay {

namespace {

constexpr size_t mark_bytes_max = 4'096;

tl::unexpected<store_error> in_use(const log_directory& dir) {
  auto pid = files::read_small(dir.lock_file(), 64);
  std::string who = pid && *pid && !(*pid)->empty() ? "process " + (*pid)->substr(0, (*pid)->find('\n')) : "a process";
  return store_fault(store_errc::in_use,
                     dir.root + " is in use: " + who + " writes this log; stop it first, or name another directory");
}

tl::unexpected<store_error> lock_failed(const log_directory& dir, int error) {
  return store_fault(store_errc::missing, dir.lock_file() + " can't be locked: " + files::reason(error));
}

} // namespace

store_result<files::lock> take_existing_writer_lock(const log_directory& dir) {
  auto [held, refusal] = files::lock::take(dir.lock_file(), files::lock::kind::exclusive, false);
  const int error = errno;
  switch (refusal) {
  case files::lock::refusal::none:
  case files::lock::refusal::no_file:
    return std::move(held);
  case files::lock::refusal::held_by_another:
    return in_use(dir);
  case files::lock::refusal::failed:
    break;
  }
  return lock_failed(dir, error);
}

store_result<void> claim_writer_lock(const log_directory& dir, files::lock& held) {
  if (!held.is_held()) {
    auto [taken, refusal] = files::lock::take(dir.lock_file(), files::lock::kind::exclusive, true);
    if (refusal == files::lock::refusal::held_by_another)
      return in_use(dir);
    if (refusal != files::lock::refusal::none)
      return lock_failed(dir, errno);
    held = std::move(taken);
  }
  held.write_text(std::to_string(::getpid()) + "\n");
  return {};
}

std::optional<std::string> mark_of(const log_directory& dir) {
  if (!files::exists(dir.mark_file()))
    return std::nullopt;
  auto text = files::read_small(dir.mark_file(), mark_bytes_max);
  // The file's existence is the mark; its text is for people and may have been lost with the disk.
  std::string why = text && *text ? **text : std::string();
  while (!why.empty() && why.back() == '\n')
    why.pop_back();
  return why.empty() ? std::string("for a reason that wasn't recorded") : why;
}

store_error marked_error(const log_directory& dir, const std::string& why) {
  return {store_errc::marked,
          "a commit to the log in " + dir.root + " failed (" + why +
              "), so nobody knows what its disk holds: copy it with `oncepay log backup`, check the "
              "copy with `oncepay log verify`, and serve the copy, with a copy of keys/ beside it"};
}

void mark(const log_directory& dir, const std::string& why) {
  // Where even this fails there is nothing left to try; the process stops either way.
  if (!files::write_durably(dir.mark_file(), why + "\n", 0640))
    files::lock::take(dir.mark_file(), files::lock::kind::exclusive, true);
}

} // namespace oncepay
