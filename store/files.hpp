// Files and directories whose changes survive a power cut, and advisory locks. Internal to this floor.
#pragma once

#include "store/event_log.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace oncepay::files {

bool exists(const std::string& path);

/// The directory, its parent existing; fine where it is there already. New: synced, with its parent.
store_result<void> make_directory(const std::string& path, unsigned mode = 0750);

/// What was created, renamed or removed in it survives from here on.
store_result<void> sync_directory(const std::string& path);
store_result<void> sync_file(const std::string& path);

/// Whole or not at all, over what was there: a new file, synced, renamed into place.
store_result<void> write_durably(const std::string& path, std::string_view content, unsigned mode);

/// A file of at most `bytes_max` bytes; nothing where there is none.
store_result<std::optional<std::string>> read_small(const std::string& path, size_t bytes_max);

/// The file, `bytes` zeros that have their place on the disk: writing over them needs no more than the disk itself. In
/// place of what was there, whole or not at all.
store_result<void> make_zeroed(const std::string& path, uint64_t bytes, unsigned mode);

std::string parent_of(const std::string& path);

/// "Permission denied" and the like, of `errno`, with what to do where that follows.
std::string reason(int error_number);
/// "PATH can't be VERB: reason", with the code that follows from `errno`'s value.
store_error failure(const std::string& path, const char* verb, int error_number);

/// Closes what it holds.
class descriptor {
public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor();
  int get() const { return fd_; }

private:
  int fd_;
};

/// An advisory lock on a whole file (flock): of this handle, not of the process, and gone with it.
class lock {
public:
  enum class kind : uint8_t { shared, exclusive };
  enum class refusal : uint8_t { none, held_by_another, no_file, failed };

  /// Doesn't wait. `none` where it was taken. `create` makes a missing file.
  static std::pair<lock, refusal> take(const std::string& path, kind, bool create);

  lock() = default;
  lock(lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  lock& operator=(lock&& other) noexcept;
  ~lock();
  bool is_held() const { return fd_ >= 0; }
  /// Replaces the file's content; best effort, for people.
  void write_text(std::string_view) const;

private:
  explicit lock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

} // namespace oncepay::files
