#include "store/write_ahead.hpp"

#include "schema/limits.hpp"

#include <chrono>

namespace oncepay {

write_ahead::write_ahead(lmdb_records& lmdb, pending_commits& pending, std::unique_ptr<write_ahead_file> file,
                         const opening_id& opening, failed_function failed)
    : lmdb_(lmdb), pending_(pending), file_(std::move(file)), opening_(opening), failed_function_(std::move(failed)),
      thread_([this] { hand_on_in_turn(); }) {}

write_ahead::~write_ahead() {
  {
    std::scoped_lock lock(mutex_);
    stops_ = true;
  }
  work_.notify_one();
  thread_.join();
}

tl::expected<void, commit_failure> write_ahead::append(std::span<const append_entry> batch, const log_head& head) {
  auto frame = std::make_shared<const commit_frame>(commit_frame::of(opening_, batch, head));
  // A few of the largest would fill the file: there is nothing to be won by writing them twice.
  return frame->bytes().size() > file_->bytes() / 4 ? append_to_lmdb(std::move(frame))
                                                    : append_to_file(std::move(frame));
}

tl::expected<void, commit_failure> write_ahead::append_to_file(frame_ptr frame) {
  const uint64_t bytes = frame->bytes().size();
  std::optional<uint64_t> place;
  {
    std::unique_lock lock(mutex_);
    while (!failure_ && !(place = file_->reserve(bytes))) {
      is_awaited_ = true;
      work_.notify_one();
      handed_on_.wait(lock);
    }
    if (failure_)
      return tl::unexpected(*failure_);
  }
  if (auto written = file_->write(*place, frame->bytes()); !written) {
    store_error& error = written.error();
    if (error.code != store_errc::full)
      error.code = store_errc::io;
    return fail_at_file({std::move(error), true});
  }
  bool wakes = false;
  {
    std::scoped_lock lock(mutex_);
    const uint64_t before = pending_bytes_;
    pending_bytes_ += bytes;
    pending_.push(std::move(frame));
    const uint64_t enough = file_->bytes() / 4;
    wakes = before == 0 || (before < enough && pending_bytes_ >= enough);
  }
  if (wakes)
    work_.notify_one();
  return {};
}

tl::expected<void, commit_failure> write_ahead::append_to_lmdb(frame_ptr frame) {
  std::unique_lock lock(mutex_);
  await_hand_on(lock);
  if (!failure_)
    if (auto stored = lmdb_.append({&frame, 1}); !stored)
      failure_ = std::move(stored.error());
  if (failure_)
    return tl::unexpected(*failure_);
  return {};
}

tl::expected<void, commit_failure> write_ahead::flush() {
  std::unique_lock lock(mutex_);
  await_hand_on(lock);
  if (failure_)
    return tl::unexpected(*failure_);
  return {};
}

void write_ahead::await_hand_on(std::unique_lock<std::mutex>& lock) {
  while (!failure_ && pending_bytes_ > 0) {
    is_awaited_ = true;
    work_.notify_one();
    handed_on_.wait(lock);
  }
}

tl::unexpected<commit_failure> write_ahead::fail_at_file(commit_failure failure) {
  std::unique_lock lock(mutex_);
  await_hand_on(lock);
  // Nor is the commit that failed found there any more: it was refused.
  if (!failure_)
    (void)lmdb_.set_ring(std::nullopt);
  failure_ = failure;
  return tl::unexpected(std::move(failure));
}

void write_ahead::hand_on_in_turn() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stops_ || is_awaited_ || pending_bytes_ > 0; });
    // A while for more to come: an LMDB commit costs the same for one commit as for a thousand.
    work_.wait_for(lock, std::chrono::milliseconds(limits::write_ahead_delay_ms),
                   [this] { return stops_ || is_awaited_ || pending_bytes_ >= file_->bytes() / 4; });
    const bool is_last = stops_;
    if (failure_ || !hand_on(lock) || is_last)
      return;
  }
}

bool write_ahead::hand_on(std::unique_lock<std::mutex>& lock) {
  is_awaited_ = false;
  // What comes from here on waits for the next time.
  const uint64_t bytes = pending_bytes_;
  auto commits = pending_.all();
  const size_t count = commits.size();
  lock.unlock();
  tl::expected<void, commit_failure> stored;
  if (!commits.empty())
    stored = lmdb_.append(commits);
  if (!stored)
    failed_function_(stored.error());
  else
    pending_.drop_oldest(count);
  commits.clear(); // megabytes, freed while nobody waits
  lock.lock();
  if (!stored && !failure_)
    failure_ = std::move(stored.error());
  if (!failure_) {
    pending_bytes_ -= bytes;
    for (size_t i = 0; i < count; ++i)
      file_->release_oldest();
  }
  handed_on_.notify_all();
  return !failure_;
}

} // namespace oncepay
