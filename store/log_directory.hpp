// What lies where in a data directory, who may write there, and the mark that a failed commit leaves. Internal to this
// floor.
#pragma once

#include "store/files.hpp"

#include <optional>
#include <string>

namespace oncepay {

struct log_directory {
  std::string root;
  std::string log() const { return root + "/log"; }
  std::string index() const { return root + "/index"; }
  std::string log_file() const { return log() + "/data.mdb"; }
  std::string log_readers_file() const { return log() + "/lock.mdb"; }
  std::string lock_file() const { return root + "/lock"; }
  std::string mark_file() const { return root + "/COMMIT_FAILED"; }
};

/// Who writes holds both: `writer` keeps a second writer out, `bare_readers` those who read without LMDB's own lock
/// file because the log had none yet (a fresh copy), whom LMDB wouldn't know of.
struct writer_locks {
  files::lock writer;
  files::lock bare_readers;
};

/// The writer's lock of a log where it exists already: changes nothing on the disk. Held by another: `in_use`, with
/// its process id.
store_result<files::lock> take_existing_writer_lock(const log_directory&);
/// Makes the lock file where there is none, and writes our process id into it.
store_result<void> claim_writer_lock(const log_directory&, files::lock&);

/// Why a commit failed, where one did.
std::optional<std::string> mark_of(const log_directory&);
store_error marked_error(const log_directory&, const std::string& why);
/// As durable as a failing disk allows.
void mark(const log_directory&, const std::string& why);

} // namespace oncepay
