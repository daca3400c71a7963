#include "cli/submit/latency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace oncepay::cli {

size_t latency_histogram::bucket_of(uint64_t value) {
  if (value < 2 * sub_buckets)
    return value;
  // The leading bit picks the power of two, the next `sub_bucket_bits` the bucket within it.
  const auto power = static_cast<size_t>(std::bit_width(value)) - 1;
  const auto shift = power - sub_bucket_bits;
  return shift * sub_buckets + static_cast<size_t>(value >> shift);
}

uint64_t latency_histogram::upper_end(size_t bucket) {
  if (bucket < 2 * sub_buckets)
    return bucket;
  const auto shift = bucket / sub_buckets - 1;
  const auto mantissa = static_cast<uint64_t>(bucket % sub_buckets + sub_buckets);
  return ((mantissa + 1) << shift) - 1;
}

void latency_histogram::add(int64_t ns) {
  ns = std::max<int64_t>(ns, 0);
  ++buckets_[bucket_of(static_cast<uint64_t>(ns))];
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

int64_t latency_histogram::percentile_ns(double share) const {
  if (count_ == 0)
    return 0;
  const auto wanted = std::max<uint64_t>(static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_))), 1);
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < bucket_count; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted)
      return std::min(static_cast<int64_t>(std::min<uint64_t>(upper_end(bucket), INT64_MAX)), max_ns_);
  }
  return max_ns_;
}

} // namespace oncepay::cli
