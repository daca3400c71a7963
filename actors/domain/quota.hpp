// What one merchant may ask of the server (G9): requests a second with a burst, and how many may be under way at once.
// It stands before everything else, before the order is even looked up: a flood has to cost next to nothing. So it
// counts whatever comes, repeats too; what exists already is answered when the merchant comes again.
#pragma once

#include "actors/domain/rate_bucket.hpp"
#include "schema/terms.hpp"
#include "schema/time.hpp"

#include <cstdint>

namespace oncepay {

struct quota_terms {
  rate_terms rate;
  uint32_t under_way_max = 0; ///< 0: no bound.
  bool bounds_anything() const { return rate.per_s != 0 || under_way_max != 0; }
};

quota_terms quota_of(const merchant_terms&);

class quota {
public:
  explicit quota(quota_terms terms) : terms_(terms) {}

  /// 0: one more has begun. Else none may: come again after so many milliseconds.
  uint32_t begin(instant now);
  /// It is answered.
  void end();

  /// What is under way stays so.
  void configure(quota_terms terms) { terms_ = terms; }

  uint32_t under_way() const { return under_way_; }

private:
  quota_terms terms_;
  rate_bucket bucket_;
  uint32_t under_way_ = 0;
};

} // namespace oncepay
