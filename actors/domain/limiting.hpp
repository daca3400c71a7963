// The limit of one channel (A3): how many requests may be under way at once, how many may begin in a second, and how
// many may wait for their turn and how long. A permit is a lease: it ends by being returned, or at its own end, never
// merely because somebody stopped waiting for the answer - the channel still works on the request then.
#pragma once

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

  struct turn {
    std::vector<attempt_id> granted; ///< Their turn has come.
    std::vector<attempt_id> expired; ///< They waited too long, or the channel was switched off.
  };
  /// Ends leases and waits that are over, then grants what can be granted.
  turn advance(instant now);

  void configure(limiting_terms terms) { terms_ = terms; }
  void switch_to(bool on) { on_ = on; }

  bool on() const { return on_; }
  size_t under_way() const { return leases_.size(); }
  size_t waiting() const { return queue_.size(); }

private:
  struct waiting_request {
    attempt_id attempt;
    instant lease_until;
    instant wait_until;
  };

  bool may_begin(instant now);
  void grant(const attempt_id&, instant lease_until);
  void refill(instant now);
  void end_leases(instant now);

  limiting_terms terms_;
  bool on_ = true;
  std::unordered_map<attempt_id, instant> leases_; ///< Never iterated.
  std::multimap<instant, attempt_id> lease_ends_;
  std::deque<waiting_request> queue_;
  instant refilled_at_;
  int64_t tokens_millionths_ = 0; ///< Requests that may begin now, in millionths of one.
};

} // namespace oncepay
