#include "actors/domain/limiting.hpp"

#include "schema/limits.hpp"
#include "schema/mutation.hpp"

#include <algorithm>

namespace oncepay {

namespace {

/// The most that may begin at one instant: a tenth of a second's worth, so that a second's rate isn't spent in one
/// burst (a burst once triggered a DDoS block on the egress address).
rate_terms bounded(uint32_t rate_per_s) {
  return {rate_per_s, int64_t{rate_per_s} * 1'000'000 / 10};
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

limit_answer limiting::request_beside(instant now, uint64_t number, instant lease_until, instant wait_until) {
  end_leases(now);
  if (queue_beside_.empty() && may_begin_beside(now)) {
    grant_beside({number, lease_until, wait_until});
    return limit_answer::granted;
  }
  if (queue_beside_.size() >= limits::enquiry_queue_max)
    return limit_answer::busy;
  queue_beside_.push_back({number, lease_until, wait_until});
  return limit_answer::queued;
}

limit_answer limiting::request_check(instant now, uint64_t number, instant lease_until, instant wait_until) {
  end_leases(now);
  if (queue_checks_.empty() && may_begin_check(now)) {
    checks_.emplace(number, lease_until);
    return limit_answer::granted;
  }
  if (queue_checks_.size() >= limits::check_queue_max)
    return limit_answer::busy;
  queue_checks_.push_back({number, lease_until, wait_until});
  return limit_answer::queued;
}

limiting::turn limiting::advance(instant now) {
  turn result;
  end_leases(now);
  serve_beside(now, result);
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
  serve_checks(now, result);
  return result;
}

bool limiting::may_begin(instant now) {
  if (leases_.size() + std::max(beside_in_all(), reserved()) >= terms_.concurrency_max)
    return false;
  if (beside_goes_first(now) || !rate_.holds_one(now, bounded(terms_.rate_per_s_max)))
    return false;
  rate_.take_one(bounded(terms_.rate_per_s_max));
  return true;
}

size_t limiting::reserved() const {
  return static_cast<size_t>(uint64_t{terms_.concurrency_max} * limits::enquiry_share_ppm / 1'000'000);
}

size_t limiting::beside_max() const {
  return std::max<size_t>(1, reserved());
}

uint32_t limiting::rate_beside_per_s() const {
  if (terms_.rate_per_s_max == 0)
    return 0;
  return std::max(1U, static_cast<uint32_t>(uint64_t{terms_.rate_per_s_max} * limits::enquiry_share_ppm / 1'000'000));
}

bool limiting::beside_goes_first(instant now) {
  return !queue_beside_.empty() && beside_.size() < beside_max() &&
         rate_beside_.holds_one(now, bounded(rate_beside_per_s()));
}

bool limiting::may_begin_beside(instant now) {
  if (mutated(mutation::enquiries_know_no_share))
    return true;
  if (beside_.size() >= beside_max())
    std::erase_if(beside_, [now](const auto& lease) { return lease.second <= now; });
  if (beside_.size() >= beside_max() || leases_.size() + beside_in_all() >= terms_.concurrency_max)
    return false;
  if (!rate_beside_.holds_one(now, bounded(rate_beside_per_s())) ||
      !rate_.holds_one(now, bounded(terms_.rate_per_s_max)))
    return false;
  rate_beside_.take_one(bounded(rate_beside_per_s()));
  rate_.take_one(bounded(terms_.rate_per_s_max));
  return true;
}

void limiting::serve_beside(instant now, turn& result) {
  while (!queue_beside_.empty()) {
    const waiting_beside& next = queue_beside_.front();
    if (next.wait_until <= now) {
      result.expired_beside.push_back(next.number);
    } else if (may_begin_beside(now)) {
      grant_beside(next);
      result.granted_beside.push_back(next.number);
    } else {
      return;
    }
    queue_beside_.pop_front();
  }
}

size_t limiting::checks_max() const {
  return std::max<size_t>(1, uint64_t{terms_.concurrency_max} * limits::check_share_ppm / 1'000'000);
}

uint32_t limiting::rate_checks_per_s() const {
  if (terms_.rate_per_s_max == 0)
    return 0;
  return std::max(1U, static_cast<uint32_t>(uint64_t{terms_.rate_per_s_max} * limits::check_share_ppm / 1'000'000));
}

/// Once it has begun, a payment and an enquiry could begin at once. A channel that grants too little for that is asked
/// when nothing at all is under way there.
bool limiting::leaves_room_for_others() const {
  const size_t beside = std::max(beside_in_all() + 2, reserved());
  return leases_.size() + beside < terms_.concurrency_max || under_way() == 0;
}

bool limiting::may_begin_check(instant now) {
  if (mutated(mutation::checks_know_no_share))
    return true;
  if (!queue_.empty() || !queue_beside_.empty())
    return false;
  std::erase_if(checks_, [now](const auto& lease) { return lease.second <= now; });
  if (checks_.size() >= checks_max() || !leaves_room_for_others())
    return false;
  // Of the rate it takes what nobody wanted: a full bucket.
  if (!rate_checks_.holds_one(now, bounded(rate_checks_per_s())) || !rate_.is_full(now, bounded(terms_.rate_per_s_max)))
    return false;
  rate_checks_.take_one(bounded(rate_checks_per_s()));
  rate_.take_one(bounded(terms_.rate_per_s_max));
  return true;
}

void limiting::serve_checks(instant now, turn& result) {
  while (!queue_checks_.empty()) {
    const waiting_beside& next = queue_checks_.front();
    if (next.wait_until <= now) {
      result.expired_beside.push_back(next.number);
    } else if (may_begin_check(now)) {
      checks_.emplace(next.number, next.lease_until);
      result.granted_beside.push_back(next.number);
    } else {
      return;
    }
    queue_checks_.pop_front();
  }
}

void limiting::grant_beside(const waiting_beside& w) {
  beside_.emplace(w.number, w.lease_until);
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
