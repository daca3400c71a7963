// The limit of one channel (A3): how many requests may be under way at once, how many may begin in a second, and how
// many may wait for their turn and how long. A permit is a lease: it ends by being returned, or at its own end, never
// merely because somebody stopped waiting for the answer - the channel still works on the request then.
//
// What isn't a payment - enquiries first of all - goes beside: it has a share of the concurrency that payments leave
// free, goes before payments that wait, spends no more than its share of the rate, and doesn't ask whether the channel
// is on: what was submitted must be asked about (C1).
//
// Checks - questions about what is settled - stand behind all of these: one begins only when nobody else waits, where
// it leaves room for a payment and an enquiry to begin at once, and takes a small share at most.
#pragma once

#include "actors/domain/rate_bucket.hpp"
#include "schema/ids.hpp"
#include "schema/time.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

namespace oncepay {

struct limiting_terms {
  uint32_t concurrency_max = 1;
  uint32_t rate_per_s_max = 0; ///< 0: no bound.
  uint32_t queue_max = 0;
  uint32_t queue_wait_ms_max = 0;
};

enum class limit_answer : uint8_t { granted, queued, busy, off };

class limiting {
public:
  explicit limiting(limiting_terms terms) : terms_(terms) {}

  /// Asks for a permit until `lease_until`. Asking again for an attempt that holds one changes nothing.
  limit_answer request(instant now, const attempt_id&, instant lease_until);

  /// Loads a lease that was granted before a restart; counts even above the limit.
  void load(const attempt_id&, instant lease_until);

  /// Returns a permit; unknown ids are ignored (the lease ended before).
  void give_back(const attempt_id&);

  /// The same for what goes beside, by the caller's own number: granted, queued or busy.
  limit_answer request_beside(instant now, uint64_t number, instant lease_until, instant wait_until);
  /// And for checks; their numbers are of the same sequence.
  limit_answer request_check(instant now, uint64_t number, instant lease_until, instant wait_until);
  /// Of either kind.
  void give_back_beside(uint64_t number) {
    if (beside_.erase(number) == 0)
      checks_.erase(number);
  }

  struct turn {
    std::vector<attempt_id> granted; ///< Their turn has come.
    std::vector<attempt_id> expired; ///< They waited too long, or the channel was switched off.
    std::vector<uint64_t> granted_beside;
    std::vector<uint64_t> expired_beside;
  };
  /// Ends leases and waits that are over, then grants what can be granted.
  turn advance(instant now);

  void configure(limiting_terms terms) { terms_ = terms; }
  void switch_to(bool on) { on_ = on; }

  bool on() const { return on_; }
  size_t under_way() const { return leases_.size() + beside_.size() + checks_.size(); }
  size_t waiting() const { return queue_.size(); }

private:
  struct waiting_request {
    attempt_id attempt;
    instant lease_until;
    instant wait_until;
  };

  struct waiting_beside {
    uint64_t number = 0;
    instant lease_until;
    instant wait_until;
  };

  bool may_begin(instant now);
  bool may_begin_beside(instant now);
  /// Somebody beside could go on if only a payment didn't take the place, so payments wait.
  bool beside_goes_first(instant now);
  void serve_beside(instant now, turn&);
  bool may_begin_check(instant now);
  bool leaves_room_for_others() const;
  void serve_checks(instant now, turn&);
  void grant(const attempt_id&, instant lease_until);
  void grant_beside(const waiting_beside&);
  void end_leases(instant now);
  /// Permits that payments leave free.
  size_t reserved() const;
  size_t beside_max() const;
  uint32_t rate_beside_per_s() const;
  size_t checks_max() const;
  uint32_t rate_checks_per_s() const;
  /// What isn't a payment and holds a permit.
  size_t beside_in_all() const { return beside_.size() + checks_.size(); }

  limiting_terms terms_;
  bool on_ = true;
  std::unordered_map<attempt_id, instant> leases_; ///< Never iterated.
  std::multimap<instant, attempt_id> lease_ends_;
  std::deque<waiting_request> queue_;
  rate_bucket rate_;
  std::map<uint64_t, instant> beside_; ///< Few: a share of the concurrency.
  std::deque<waiting_beside> queue_beside_;
  rate_bucket rate_beside_; ///< On top of `rate_`.
  std::map<uint64_t, instant> checks_;
  std::deque<waiting_beside> queue_checks_;
  rate_bucket rate_checks_; ///< On top of `rate_`.
};

} // namespace oncepay
