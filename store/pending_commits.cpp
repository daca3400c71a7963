#include "store/pending_commits.hpp"

#include <algorithm>

namespace oncepay {

pending_commits::part pending_commits::within(uint64_t from, uint64_t to) const {
  part found;
  std::scoped_lock lock(mutex_);
  if (commits_.empty())
    return found;
  found.first = commits_.front()->first();
  auto it = std::lower_bound(commits_.begin(), commits_.end(), from,
                             [](const frame_ptr& c, uint64_t position) { return c->head().position < position; });
  for (; it != commits_.end() && (*it)->first() <= to; ++it)
    found.commits.push_back(*it);
  return found;
}

std::vector<frame_ptr> pending_commits::all() const {
  std::scoped_lock lock(mutex_);
  return {commits_.begin(), commits_.end()};
}

std::optional<log_head> pending_commits::head_at_or_before(uint64_t position) const {
  std::scoped_lock lock(mutex_);
  auto it = std::upper_bound(commits_.begin(), commits_.end(), position,
                             [](uint64_t p, const frame_ptr& c) { return p < c->head().position; });
  if (it == commits_.begin())
    return std::nullopt;
  return (*std::prev(it))->head();
}

void pending_commits::push(frame_ptr commit) {
  std::scoped_lock lock(mutex_);
  commits_.push_back(std::move(commit));
}

void pending_commits::drop_oldest(size_t count) {
  // Freed without the lock: it is megabytes.
  std::vector<frame_ptr> dropped;
  dropped.reserve(count);
  std::scoped_lock lock(mutex_);
  for (; count > 0; --count) {
    dropped.push_back(std::move(commits_.front()));
    commits_.pop_front();
  }
}

void pending_commits::replace(std::vector<frame_ptr> commits) {
  std::deque<frame_ptr> replaced(std::make_move_iterator(commits.begin()), std::make_move_iterator(commits.end()));
  std::scoped_lock lock(mutex_);
  commits_.swap(replaced);
}

} // namespace oncepay
