// Copying a log while it is written. Decision by decision in short reads, and not by LMDB's own copy, which keeps one
// reader open to the end: a server would meanwhile reuse no page. The chain is followed on the way.
#include "store/lmdb_event_log.hpp"
#include "store/lmdb_log_state.hpp"
#include "store/store_fault.hpp"

#include <cstdio>

#include <sys/stat.h>
#include <unistd.h>

namespace oncepay {

namespace {

/// The unfinished copy; removed unless it was finished.
class partial_copy {
public:
  explicit partial_copy(std::string target) : target_(std::move(target)), dir_{target_ + ".partial"} {}
  partial_copy(const partial_copy&) = delete;
  partial_copy& operator=(const partial_copy&) = delete;
  ~partial_copy() {
    if (!is_ours_)
      return;
    ::unlink(dir_.log_file().c_str());
    ::rmdir(dir_.log().c_str());
    ::rmdir(dir_.root.c_str());
  }

  const log_directory& dir() const { return dir_; }

  store_result<void> begin() {
    if (files::exists(target_))
      return store_fault(store_errc::missing, target_ + " exists already; name a directory that doesn't");
    if (files::exists(dir_.root))
      return store_fault(store_errc::missing, dir_.root + " exists: another backup is under way, or one was "
                                                          "interrupted and its rest is to be removed");
    if (auto made = files::make_directory(dir_.root); !made)
      return made;
    is_ours_ = true;
    return files::make_directory(dir_.log());
  }

  store_result<void> finish() {
    for (const std::string& path : {dir_.log(), dir_.root})
      if (auto synced = files::sync_directory(path); !synced)
        return synced;
    if (std::rename(dir_.root.c_str(), target_.c_str()) != 0)
      return store_fault(store_errc::missing, target_ + " can't be made: " + files::reason(errno));
    is_ours_ = false;
    return files::sync_directory(files::parent_of(target_));
  }

private:
  std::string target_;
  log_directory dir_;
  bool is_ours_ = false;
};

/// The chain heads of commits within a page, after comparing each with the chain over what was read.
store_result<std::vector<log_head>> follow(const log_records& from, const record_page& page, log_head& head) {
  auto heads = from.heads_within(page.position(0), page.position(page.size() - 1));
  if (!heads)
    return heads;
  auto expected = heads->begin();
  for (size_t i = 0; i < page.size(); ++i) {
    head.position = page.position(i);
    head.chain = chain_step(head.chain, head.position, page.stored(i));
    if (expected == heads->end() || expected->position != head.position)
      continue;
    if (expected->chain != head.chain)
      return store_fault(store_errc::damaged, "the log doesn't follow its hash chain at decision " +
                                                  std::to_string(head.position) + "; run `oncepay log verify`");
    head.at = expected->at;
    ++expected;
  }
  return heads;
}

store_result<void> copy(const log_records& from, lmdb_records& into, const log_head& to, const log_progress& progress) {
  log_head head;
  record_page page;
  while (head.position < to.position) {
    page.clear();
    if (auto read = from.read_range(head.position + 1, to.position, page); !read)
      return read;
    auto heads = follow(from, page, head);
    if (!heads)
      return error_of(heads);
    if (auto written = into.append_copy(page, *heads); !written)
      return written;
    if (progress && !progress(head.position, to.position))
      return store_fault(store_errc::io, "given up after decision " + std::to_string(head.position));
  }
  if (head.chain != to.chain)
    return store_fault(store_errc::damaged, "the log doesn't end with its newest chain head");
  return {};
}

uint64_t map_bytes_of(const log_records& records) {
  MDB_envinfo info{};
  return mdb_env_info(records.stored().environment().raw(), &info) == MDB_SUCCESS ? info.me_mapsize : 0;
}

} // namespace

store_result<log_head> lmdb_event_log::backup_to(const std::string& target, const log_progress& progress) const {
  const log_head to = head();
  partial_copy partial(target);
  if (auto begun = partial.begin(); !begun)
    return error_of(begun);
  {
    // Nobody else knows of the copy yet: no lock file, and one sync at the end.
    auto into = lmdb_records::open({.directory = partial.dir().log(),
                                    .map_bytes = map_bytes_of(*state_->records),
                                    .no_lock = true,
                                    .extra_flags = MDB_NOSYNC});
    if (!into)
      return error_of(into);
    if (auto founded = (*into)->found(
            {state_->identity.format_version, state_->identity.environment, true, state_->identity.keys});
        !founded)
      return error_of(founded);
    if (auto copied = copy(*state_->records, **into, to, progress); !copied)
      return error_of(copied);
    if (int rc = (*into)->environment().sync(); rc != MDB_SUCCESS)
      return tl::unexpected(lmdb::error_from(rc, target + " can't be synced to the disk"));
  }
  if (auto synced = files::sync_file(partial.dir().log_file()); !synced)
    return error_of(synced);
  if (auto finished = partial.finish(); !finished)
    return error_of(finished);
  return to;
}

} // namespace oncepay
