#include "actors/admission.hpp"

#include "schema/time.hpp"

#include <utility>

namespace oncepay {

bool admission::take() {
  uint32_t now = in_use_.load(std::memory_order_relaxed);
  while (now < total_) {
    if (in_hand_full()) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    if (in_use_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed))
      return true;
  }
  return false;
}

void admission::keep_pace(int64_t steady_ns) {
  const int64_t passed_ns = steady_ns - std::exchange(seen_.at_ns, steady_ns);
  const uint64_t done = done_.load(std::memory_order_relaxed);
  const uint64_t refused = refused_.load(std::memory_order_relaxed);
  const auto done_since = static_cast<int64_t>(done - std::exchange(seen_.done, done));
  const bool refuses = std::exchange(seen_.refused, refused) != refused;
  if (passed_ns == steady_ns || passed_ns <= 0)
    return; // the first time
  seen_.in_time[seen_.next++ % seen_.in_time.size()] = done_since * limits::in_hand_wait_ms * ns_per_ms / passed_ns;
  if (refuses) {
    // The best of them: a commit that hangs for a moment has the house no smaller.
    const int64_t in_time = *std::max_element(seen_.in_time.begin(), seen_.in_time.end());
    seen_.refused_at_ns = steady_ns;
    in_hand_max_.store(static_cast<uint32_t>(std::clamp<int64_t>(in_time, (in_hand_ + 1) / 2, in_hand_)),
                       std::memory_order_relaxed);
  } else if (steady_ns - seen_.refused_at_ns >= ns_per_s) {
    in_hand_max_.store(in_hand_, std::memory_order_relaxed);
  }
}

connection_tickets::connection_tickets(std::shared_ptr<admission> all, uint32_t most, std::function<void()> on_return)
    : all_(std::move(all)), most_(most), on_return_(std::move(on_return)) {}

ticket_ptr connection_tickets::take() {
  if (!all_->take())
    return nullptr;
  ++in_use_;
  return std::make_shared<ticket>(shared_from_this());
}

bool connection_tickets::pauses() {
  if (!is_full())
    return false;
  paused_ = true;
  // There may be room again just before that, and nobody was told.
  return !has_room() || !paused_.exchange(false);
}

void connection_tickets::put_back(bool asked_view) {
  all_->put_back(asked_view);
  --in_use_;
  if (asked_view)
    --asks_views_;
  if (paused_ && has_room() && paused_.exchange(false) && on_return_)
    on_return_();
}

ticket::~ticket() {
  comes_back();
  owner_->put_back(asks_view_);
}

void ticket::asks_view() {
  if (std::exchange(asks_view_, true))
    return;
  owner_->all_->asks_views_.fetch_add(1, std::memory_order_relaxed);
  ++owner_->asks_views_;
}

void ticket::leaves_hand() {
  if (!std::exchange(left_hand_, true))
    owner_->all_->at_channels(1);
}

void ticket::comes_back() {
  if (std::exchange(left_hand_, false))
    owner_->all_->at_channels(-1);
}

} // namespace oncepay
