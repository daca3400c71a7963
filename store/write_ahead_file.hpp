// The file DIR/log/write_ahead: the newest commits, each durable with one sync, until LMDB has them. Internal to this
// floor.
//
// Why it is there: an LMDB commit is two syncs of a file that grows, which a file system answers with a commit of its
// own journal; writing over what was written before is one sync of the data alone. Measured, 22 decisions a commit: 240
// instead of 1 000 us, and a quarter of the processor time (tests/bench/README.md).
//
// A ring: frames one behind the other, and from the beginning again where LMDB has what lies there. Its place is taken
// once, when it is made, so that a full disk is noticed then, or by LMDB, on all but file systems that never write in
// place. Which frames count is for LMDB to say:
// those of the opening that it names, after its own newest commit. A frame is written only once the one before it is
// durable: what is missing or damaged in front of another frame was acknowledged, and isn't passed over.
#pragma once

#include "store/commit_frame.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace oncepay {

class write_ahead_file {
public:
  /// Makes it where there is none of this size. Whatever is in it must be in LMDB.
  static store_result<std::unique_ptr<write_ahead_file>> open(const std::string& path, uint64_t bytes);
  ~write_ahead_file();
  write_ahead_file(const write_ahead_file&) = delete;
  write_ahead_file& operator=(const write_ahead_file&) = delete;

  /// What becomes of a page that the disk can't read.
  enum class unreadable : uint8_t {
    refused,     ///< For who goes on writing: it may hold the newest commit.
    passed_over, ///< For who only reads, or saves what is left. A commit that is missing before another is still told.
  };

  struct contents {
    std::vector<frame_ptr> commits;
    uint64_t passed_over_pages = 0;
  };
  /// The commits after `head`, in order and durable, also while another process writes on. A frame that was being
  /// written when its process or machine died is left out: it was never acknowledged.
  static store_result<contents> read(const std::string& path, const named_ring&, const log_head& head, unreadable);

  uint64_t bytes() const { return bytes_; }

  /// Where a frame of this size goes; nothing while what lies there is still needed.
  std::optional<uint64_t> reserve(uint64_t bytes);
  /// The oldest reserved place is free again.
  void release_oldest() { in_use_.pop_front(); }

  /// Durable once this returns; then only `reserve` and `release_oldest` are called by one thread at a time.
  store_result<void> write(uint64_t offset, bytes_view frame) const;

private:
  write_ahead_file(std::string path, int fd, uint64_t bytes) : path_(std::move(path)), fd_(fd), bytes_(bytes) {}

  std::string path_;
  int fd_;
  uint64_t bytes_;
  uint64_t next_ = 0;           ///< Where the next frame begins, unless it doesn't fit before the end.
  std::deque<uint64_t> in_use_; ///< Where frames that are needed begin, oldest first.
};

} // namespace oncepay
