#include "store/files.hpp"

#include "store/store_fault.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace oncepay::files {

namespace {

tl::unexpected<store_error> failed(const std::string& path, const char* verb) {
  return tl::unexpected(failure(path, verb, errno));
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    content.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

} // namespace

std::string reason(int error_number) {
  const std::string text = std::strerror(error_number);
  switch (error_number) {
  case EACCES:
  case EPERM:
    return text + "; run it as the user who owns the files";
  case EIO: // LMDB's name for a write that a full disk cut short, too.
    return text + "; the disk is full or broken: look at its free space and at the kernel's messages";
  case EMFILE:
    return text + "; raise the limit of open files (ulimit -n)";
  case ENOMEM: // Here it is the map that finds no room: nothing else of the store asks the system for memory.
    return text + "; lower store.map_gib, or allow more address space (ulimit -v)";
  case ENOSPC:
  case EDQUOT:
    return text + "; make room on the disk";
  default:
    return text;
  }
}

store_error failure(const std::string& path, const char* verb, int error_number) {
  store_errc code = store_errc::missing;
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG)
    code = store_errc::full;
  else if (error_number == EIO)
    code = store_errc::io;
  return {code, path + " can't be " + verb + ": " + reason(error_number)};
}

descriptor::~descriptor() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

std::string parent_of(const std::string& path) {
  std::string trimmed = path;
  while (trimmed.size() > 1 && trimmed.back() == '/')
    trimmed.pop_back();
  size_t slash = trimmed.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : trimmed.substr(0, slash);
}

store_result<void> make_directory(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0)
    return sync_directory(parent_of(path));
  if (errno != EEXIST)
    return failed(path, "made");
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return failed(path, "read");
  if (!S_ISDIR(info.st_mode))
    return store_fault(store_errc::missing, path + " is no directory");
  return {};
}

store_result<void> sync_file(const std::string& path) {
  descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0)
    return failed(path, "opened");
  if (::fsync(fd.get()) != 0)
    return failed(path, "synced to the disk");
  return {};
}

store_result<void> sync_directory(const std::string& path) {
  return sync_file(path);
}

store_result<void> write_durably(const std::string& path, std::string_view content, unsigned mode) {
  const std::string fresh = path + ".new";
  {
    // What an interrupted attempt left behind would keep its own mode.
    ::unlink(fresh.c_str());
    descriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (fd.get() < 0)
      return failed(fresh, "made");
    if (!write_all(fd.get(), content))
      return failed(fresh, "written");
    if (::fsync(fd.get()) != 0)
      return failed(fresh, "synced to the disk");
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return failed(path, "written");
  return sync_directory(parent_of(path));
}

store_result<void> make_zeroed(const std::string& path, uint64_t bytes, unsigned mode) {
  const std::string fresh = path + ".new";
  {
    ::unlink(fresh.c_str());
    descriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (fd.get() < 0)
      return failed(fresh, "made");
    const std::string zeros(std::min<uint64_t>(bytes, 1024 * 1024), '\0');
    // Written, not only reserved: what was never written is marked so, and the first write would have to change that.
    for (uint64_t left = bytes; left > 0; left -= std::min<uint64_t>(left, zeros.size()))
      if (!write_all(fd.get(), std::string_view(zeros).substr(0, std::min<uint64_t>(left, zeros.size())))) {
        auto error = failed(fresh, "written");
        ::unlink(fresh.c_str());
        return error;
      }
    if (::fsync(fd.get()) != 0)
      return failed(fresh, "synced to the disk");
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return failed(path, "written");
  return sync_directory(parent_of(path));
}

store_result<std::optional<std::string>> read_small(const std::string& path, size_t bytes_max) {
  descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    if (errno == ENOENT)
      return std::optional<std::string>();
    return failed(path, "opened");
  }
  std::string content(bytes_max + 1, '\0');
  size_t size = 0;
  while (size < content.size()) {
    ssize_t n = ::read(fd.get(), content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failed(path, "read");
    if (n == 0)
      break;
    size += static_cast<size_t>(n);
  }
  if (size > bytes_max)
    return store_fault(store_errc::damaged, path + " is too large to be what it should be");
  content.resize(size);
  return std::optional<std::string>(std::move(content));
}

std::pair<lock, lock::refusal> lock::take(const std::string& path, kind k, bool create) {
  // A shared lock needs no right to write, which a reader may not have.
  const int access = k == kind::exclusive ? O_RDWR : O_RDONLY;
  int fd = ::open(path.c_str(), access | O_CLOEXEC | (create ? O_CREAT : 0), 0640);
  if (fd < 0)
    return {lock(), errno == ENOENT ? refusal::no_file : refusal::failed};
  if (::flock(fd, (k == kind::exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    const bool held = errno == EWOULDBLOCK;
    ::close(fd);
    return {lock(), held ? refusal::held_by_another : refusal::failed};
  }
  return {lock(fd), refusal::none};
}

lock& lock::operator=(lock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

lock::~lock() {
  if (fd_ >= 0)
    ::close(fd_);
}

void lock::write_text(std::string_view text) const {
  if (::ftruncate(fd_, 0) == 0 && ::lseek(fd_, 0, SEEK_SET) == 0)
    write_all(fd_, text);
}

} // namespace oncepay::files
