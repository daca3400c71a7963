// How many may begin, by a rate and what may begin at one instant: a token bucket in integers, for time that is
// injected.
#pragma once

#include "schema/time.hpp"

#include <algorithm>
#include <cstdint>

namespace oncepay {

struct rate_terms {
  uint32_t per_s = 0;           ///< 0: no bound.
  int64_t burst_millionths = 0; ///< At one instant; one at least may always begin then.
};

class rate_bucket {
public:
  /// One may begin now. True where there is no bound.
  bool holds_one(instant now, rate_terms terms) { return terms.per_s == 0 || refilled(now, terms) >= millionth; }

  /// Nobody has taken one lately.
  bool is_full(instant now, rate_terms terms) {
    return terms.per_s == 0 || refilled(now, terms) >= std::max(millionth, terms.burst_millionths);
  }

  void take_one(rate_terms terms) {
    if (terms.per_s != 0)
      tokens_millionths_ -= millionth;
  }

  /// From `now` on, until one may begin; at least 1.
  int64_t wait_ms(instant now, rate_terms terms) {
    if (terms.per_s == 0)
      return 1;
    const int64_t lacking = std::max<int64_t>(0, millionth - refilled(now, terms));
    return std::max<int64_t>(1, (lacking / terms.per_s + 1 + 999) / 1'000);
  }

private:
  static constexpr int64_t millionth = 1'000'000; ///< So many of them are a request.

  int64_t refilled(instant now, rate_terms terms) {
    const int64_t bucket = std::max(millionth, terms.burst_millionths);
    if (!refilled_at_) {
      tokens_millionths_ = bucket;
      refilled_at_ = now;
    }
    // Microseconds times requests a second are millionths of a request. An idle hour must not overflow: what fills the
    // bucket is enough.
    const int64_t filled_within_us = bucket / terms.per_s + 1;
    const int64_t elapsed_us = std::clamp<int64_t>((now.ns - refilled_at_.ns) / ns_per_us, 0, filled_within_us);
    if (elapsed_us > 0) {
      tokens_millionths_ = std::min(bucket, tokens_millionths_ + elapsed_us * terms.per_s);
      refilled_at_ = now;
    }
    return tokens_millionths_;
  }

  instant refilled_at_;
  int64_t tokens_millionths_ = 0;
};

} // namespace oncepay
