#include "cli/bench/mix.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr uint64_t golden = 0x9e3779b97f4a7c15u;
constexpr double zipf_exponent = 0.99;
constexpr int64_t amount_minor_min = 100;
constexpr uint64_t amounts = 100'000;

/// splitmix64's finisher: a permutation of the 64-bit numbers, so that different inputs stay different.
uint64_t scrambled(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

} // namespace

payment_mix::payment_mix(mix_plan plan) : plan_(std::move(plan)) {
  if (plan_.shape != mix_shape::zipf)
    return;
  double sum = 0;
  for (uint32_t k = 1; k <= plan_.merchants; ++k)
    zipf_.push_back(sum += 1 / std::pow(k, zipf_exponent));
}

merchant_id payment_mix::merchant(uint32_t k) const {
  return merchant_id::trusted(fmt::format("{}{}", plan_.merchant_prefix, k + 1));
}

uint32_t payment_mix::merchant_of(uint64_t chance) const {
  switch (plan_.shape) {
  case mix_shape::hot:
    return 0;
  case mix_shape::uniform:
    return static_cast<uint32_t>(chance % plan_.merchants);
  case mix_shape::zipf:
    break;
  }
  const double share = static_cast<double>(chance >> 11) * 0x1p-53; // 53 random bits: at least 0, below 1.
  const auto found = std::upper_bound(zipf_.begin(), zipf_.end(), share * zipf_.back());
  return std::min(static_cast<uint32_t>(found - zipf_.begin()), plan_.merchants - 1);
}

pay_command payment_mix::payment(uint64_t n) const {
  const uint64_t number = scrambled(plan_.seed + n * golden);
  // Further chances come from the number itself: the same payment has the same merchant and amount in every run.
  const uint64_t whose = scrambled(number + golden);
  const uint64_t how_much = scrambled(number + 2 * golden);
  const uint64_t from_whom = scrambled(number + 3 * golden);
  return {.merchant = merchant(merchant_of(whose)),
          .order_no = order_no::trusted(fmt::format("{:016x}", number)),
          .amount = {amount_minor_min + static_cast<int64_t>(how_much % amounts), plan_.currency},
          .method = plan_.method,
          .payer = plan_.payers == 0 ? std::string() : fmt::format("payer-{}", from_whom % plan_.payers + 1),
          .placed_at = plan_.placed_at};
}

} // namespace oncepay::cli
