// A log-linear histogram of latencies: constant memory, every value counted, percentiles at most 1.6 % too high.
//
// Values below 128 have a bucket each; above, every power of two is divided into 64 equal buckets, so that a bucket is
// at most 1/64 of its value wide. A percentile is the upper end of its bucket, never above the largest value seen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace oncepay::cli {

class latency_histogram {
public:
  void add(int64_t ns); ///< Negative values count as 0.

  uint64_t count() const { return count_; }
  int64_t max_ns() const { return max_ns_; }

  /// The smallest value that at least `share` (0 < share <= 1) of all values don't exceed, to the bucket; 0 where
  /// nothing was counted.
  int64_t percentile_ns(double share) const;

private:
  static constexpr size_t sub_bucket_bits = 6;
  static constexpr size_t sub_buckets = size_t{1} << sub_bucket_bits;
  static constexpr size_t bucket_count = (64 - sub_bucket_bits) * sub_buckets;

  static size_t bucket_of(uint64_t value);
  static uint64_t upper_end(size_t bucket);

  std::array<uint64_t, bucket_count> buckets_{};
  uint64_t count_ = 0;
  int64_t max_ns_ = 0;
};

} // namespace oncepay::cli
