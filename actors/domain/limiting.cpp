#include "actors/domain/limiting.hpp"

#include "schema/mutation.hpp"

#include <algorithm>

namespace oncepay {

namespace {

constexpr int64_t millionth = 1'000'000;

/// The most that may begin at one instant: a tenth of a second's worth, so that a second's rate isn't spent in one
/// burst (a burst once triggered a DDoS block on the egress address).
int64_t bucket_millionths(uint32_t rate_per_s) {
  return std::max<int64_t>(millionth, int64_t{rate_per_s} * millionth / 10);
}

} // namespace

limit_answer limiting::request(instant now, const attempt_id& attempt, instant lease_until) {
  if (leases_.contains(attempt))
    return limit_answer::granted;
  if (!on_)
    return limit_answer::off;
  end_leases(now);
  // Whoever waits already goes first.
  if (queue_.empty() && may_begin(now)) {
    grant(attempt, lease_until);
    return limit_answer::granted;
  }
  if (queue_.size() >= terms_.queue_max)
    return limit_answer::busy;
  queue_.push_back({attempt, lease_until, plus_ms(now, terms_.queue_wait_ms_max)});
  return limit_answer::queued;
}

void limiting::load(const attempt_id& attempt, instant lease_until) {
  if (!leases_.contains(attempt))
    grant(attempt, lease_until);
}

void limiting::give_back(const attempt_id& attempt) {
  auto lease = leases_.find(attempt);
  if (lease == leases_.end())
    return;
  auto [first, last] = lease_ends_.equal_range(lease->second);
  lease_ends_.erase(std::find_if(first, last, [&](const auto& end) { return end.second == attempt; }));
  leases_.erase(lease);
  if (mutated(mutation::return_permit_twice) && !lease_ends_.empty()) {
    leases_.erase(lease_ends_.begin()->second);
    lease_ends_.erase(lease_ends_.begin());
  }
}

limiting::turn limiting::advance(instant now) {
  turn result;
  end_leases(now);
  while (!queue_.empty()) {
    waiting_request& next = queue_.front();
    // The queue is in order of arrival and every wait is equally long, so the first to expire stands in front.
    if ((!on_ && !mutated(mutation::ignore_switch_off)) || next.wait_until <= now) {
      result.expired.push_back(next.attempt);
    } else if (may_begin(now)) {
      grant(next.attempt, next.lease_until);
      result.granted.push_back(next.attempt);
    } else {
      break;
    }
    queue_.pop_front();
  }
  return result;
}

bool limiting::may_begin(instant now) {
  if (leases_.size() >= terms_.concurrency_max)
    return false;
  if (terms_.rate_per_s_max == 0)
    return true;
  refill(now);
  if (tokens_millionths_ < millionth)
    return false;
  tokens_millionths_ -= millionth;
  return true;
}

void limiting::refill(instant now) {
  const int64_t bucket = bucket_millionths(terms_.rate_per_s_max);
  if (!refilled_at_) {
    tokens_millionths_ = bucket;
    refilled_at_ = now;
    return;
  }
  // Microseconds times requests a second are millionths of a request. An idle hour must not overflow: a second is
  // enough to fill the bucket.
  const int64_t elapsed_us = std::clamp<int64_t>((now.ns - refilled_at_.ns) / ns_per_us, 0, 1'000'000);
  if (elapsed_us == 0)
    return;
  tokens_millionths_ = std::min(bucket, tokens_millionths_ + elapsed_us * terms_.rate_per_s_max);
  refilled_at_ = now;
}

void limiting::grant(const attempt_id& attempt, instant lease_until) {
  leases_.emplace(attempt, lease_until);
  lease_ends_.emplace(lease_until, attempt);
}

void limiting::end_leases(instant now) {
  while (!lease_ends_.empty() && lease_ends_.begin()->first <= now) {
    leases_.erase(lease_ends_.begin()->second);
    lease_ends_.erase(lease_ends_.begin());
  }
}

} // namespace oncepay
