#include "actors/admission.hpp"

#include <utility>

namespace oncepay {

bool admission::take() {
  uint32_t now = in_use_.load(std::memory_order_relaxed);
  while (now < total_ && !in_hand_full())
    if (in_use_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed))
      return true;
  return false;
}

connection_tickets::connection_tickets(std::shared_ptr<admission> all, uint32_t most, std::function<void()> on_return)
    : all_(std::move(all)), most_(most), on_return_(std::move(on_return)) {}

ticket_ptr connection_tickets::take() {
  if (!all_->take())
    return nullptr;
  in_use_.fetch_add(1, std::memory_order_relaxed);
  return std::make_shared<ticket>(shared_from_this());
}

bool connection_tickets::pauses() {
  if (in_use_ < most_)
    return false;
  paused_ = true;
  // Half of them may have come back just before that, and told nobody.
  return in_use_ > most_ / 2 || !paused_.exchange(false);
}

void ticket::leaves_hand() {
  if (!std::exchange(left_hand_, true))
    owner_->all_->at_channels(1);
}

void ticket::comes_back() {
  if (std::exchange(left_hand_, false))
    owner_->all_->at_channels(-1);
}

void connection_tickets::put_back() {
  all_->put_back();
  // Half empty rather than one free: resuming per ticket would wake the I/O thread once a reply.
  if (in_use_.fetch_sub(1) == most_ / 2 + 1 && paused_.exchange(false) && on_return_)
    on_return_();
}

} // namespace oncepay
