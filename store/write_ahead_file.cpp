#include "store/write_ahead_file.hpp"

#include "schema/assert.hpp"
#include "store/files.hpp"
#include "store/store_fault.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace oncepay {

namespace {

constexpr size_t page_bytes = commit_frame::page_bytes;

struct frame_place {
  uint64_t offset;
  frame_header header;
};

store_result<void> read_at(int fd, const std::string& path, uint64_t offset, std::span<std::byte> into) {
  while (!into.empty()) {
    const ssize_t n = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return tl::unexpected(files::failure(path, "read", errno));
    if (n == 0)
      return store_fault(store_errc::damaged, path + " was cut while it was read");
    into = into.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

bool is_passed_over(const store_error& error, write_ahead_file::unreadable policy) {
  return policy == write_ahead_file::unreadable::passed_over && error.code == store_errc::io;
}

/// Frames that begin after `head`, in the order of their decisions. Every page may be a frame's first: what lies
/// between is known by not having the opening's id.
store_result<std::vector<frame_place>> frames_after(int fd, const std::string& path, const named_ring& ring,
                                                    uint64_t head, write_ahead_file::unreadable policy,
                                                    uint64_t& passed_over_pages) {
  std::vector<frame_place> frames;
  std::array<std::byte, sizeof(frame_header)> page;
  for (uint64_t offset = 0; offset + page_bytes <= ring.bytes; offset += page_bytes) {
    if (auto read = read_at(fd, path, offset, page); !read) {
      if (!is_passed_over(read.error(), policy))
        return error_of(read);
      ++passed_over_pages;
      continue;
    }
    auto header = commit_frame::header_in(page, ring.opening);
    if (header && header->first > head && header->bytes < ring.bytes && header->frame_bytes() <= ring.bytes - offset)
      frames.push_back({offset, *header});
  }
  std::sort(frames.begin(), frames.end(),
            [](const frame_place& a, const frame_place& b) { return a.header.first < b.header.first; });
  return frames;
}

constexpr const char* copied_whole =
    ", and with it what was acknowledged last: a log is copied or moved as a whole, or by "
    "`oncepay log backup`";

/// Null where what lies there doesn't follow `before`: half written, damaged, or written over meanwhile.
store_result<frame_ptr> frame_at(int fd, const std::string& path, const frame_place& place, const hash256& before) {
  std::vector<std::byte> bytes(place.header.frame_bytes());
  if (auto read = read_at(fd, path, place.offset, bytes); !read)
    return error_of(read);
  // A server may have written something else there since the header was found.
  if (std::memcmp(bytes.data(), &place.header, sizeof place.header) != 0)
    return frame_ptr();
  auto frame = commit_frame::from(std::move(bytes), before);
  return frame ? std::make_shared<const commit_frame>(std::move(*frame)) : frame_ptr();
}

tl::unexpected<store_error> lost(const std::string& path, uint64_t position) {
  return store_fault(store_errc::damaged, path + " is damaged: decision " + std::to_string(position) +
                                              " was acknowledged and can't be read; restore the log from a backup");
}

} // namespace

store_result<std::unique_ptr<write_ahead_file>> write_ahead_file::open(const std::string& path, uint64_t bytes) {
  ONCEPAY_ASSERT(bytes > 0 && bytes % page_bytes == 0);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || static_cast<uint64_t>(info.st_size) != bytes)
    if (auto made = files::make_zeroed(path, bytes, 0640); !made)
      return error_of(made);
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return tl::unexpected(files::failure(path, "opened", errno));
  return std::unique_ptr<write_ahead_file>(new write_ahead_file(path, fd, bytes));
}

write_ahead_file::~write_ahead_file() {
  ::close(fd_);
}

store_result<write_ahead_file::contents> write_ahead_file::read(const std::string& path, const named_ring& ring,
                                                                const log_head& head, unreadable policy) {
  const files::descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (fd.get() < 0 && errno == ENOENT)
    return store_fault(store_errc::damaged, path + " is missing" + copied_whole);
  if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0)
    return tl::unexpected(files::failure(path, "read", errno));
  if (static_cast<uint64_t>(info.st_size) < ring.bytes)
    return store_fault(store_errc::damaged, path + " was cut" + copied_whole);
  contents found;
  auto places = frames_after(fd.get(), path, ring, head.position, policy, found.passed_over_pages);
  if (!places)
    return error_of(places);
  found.commits.reserve(places->size());
  log_head end = head;
  for (const frame_place& place : *places) {
    if (place.header.first != end.position + 1)
      return lost(path, end.position + 1);
    auto frame = frame_at(fd.get(), path, place, end.chain);
    if (!frame && !is_passed_over(frame.error(), policy))
      return error_of(frame);
    found.passed_over_pages += frame ? 0 : 1;
    // One that is left out in front of another is missing there.
    if (!frame || *frame == nullptr)
      continue;
    end = (*frame)->head();
    found.commits.push_back(std::move(*frame));
  }
  // A server may be waiting for the disk with the newest one; nobody may act on what a power cut would take back.
  if (!found.commits.empty() && ::fdatasync(fd.get()) != 0)
    return tl::unexpected(files::failure(path, "synced to the disk", errno));
  return found;
}

std::optional<uint64_t> write_ahead_file::reserve(uint64_t bytes) {
  ONCEPAY_ASSERT(bytes % page_bytes == 0 && bytes <= bytes_);
  const bool is_free = in_use_.empty();
  const bool has_wrapped = !is_free && next_ <= in_use_.front();
  uint64_t offset = next_;
  if (has_wrapped ? bytes > in_use_.front() - next_ : bytes > bytes_ - next_) {
    if (has_wrapped || (!is_free && bytes > in_use_.front()))
      return std::nullopt;
    offset = 0;
  }
  next_ = offset + bytes;
  in_use_.push_back(offset);
  return offset;
}

store_result<void> write_ahead_file::write(uint64_t offset, bytes_view frame) const {
  while (!frame.empty()) {
    const ssize_t n = ::pwrite(fd_, frame.data(), frame.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return tl::unexpected(files::failure(path_, "written", errno));
    frame = frame.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  if (::fdatasync(fd_) != 0)
    return tl::unexpected(files::failure(path_, "synced to the disk", errno));
  return {};
}

} // namespace oncepay
