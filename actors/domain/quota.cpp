#include "actors/domain/quota.hpp"

#include "schema/assert.hpp"
#include "schema/limits.hpp"
#include "schema/mutation.hpp"

namespace oncepay {

quota_terms quota_of(const merchant_terms& t) {
  const uint32_t burst = t.requests_burst_max == 0 ? t.requests_per_s_max : t.requests_burst_max;
  return {{t.requests_per_s_max, int64_t{burst} * 1'000'000}, t.requests_under_way_max};
}

uint32_t quota::begin(instant now) {
  const bool may = mutated(mutation::ignore_quota) || (terms_.under_way_max == 0 || under_way_ < terms_.under_way_max);
  if (!may)
    return limits::quota_again_ms;
  if (!bucket_.holds_one(now, terms_.rate) && !mutated(mutation::ignore_quota))
    return static_cast<uint32_t>(bucket_.wait_ms(now, terms_.rate));
  bucket_.take_one(terms_.rate);
  ++under_way_;
  return 0;
}

void quota::end() {
  ONCEPAY_ASSERT(under_way_ > 0);
  --under_way_;
}

} // namespace oncepay
