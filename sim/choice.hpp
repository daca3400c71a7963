// The simulator's only source of chance: splitmix64, our own because a library's may change between versions, and with
// it every history.
#pragma once

#include <cstdint>

namespace oncepay::sim {

class choice {
public:
  explicit choice(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// 0 … n - 1.
  uint64_t below(uint64_t n) { return next() % n; }
  /// low … high, both included.
  uint64_t between(uint64_t low, uint64_t high) { return low + below(high - low + 1); }
  /// True in so many of a million cases.
  bool chance_ppm(uint32_t ppm) { return below(1'000'000) < ppm; }

private:
  uint64_t state_;
};

/// A generator for one thing of a kind, by the seed, the kind and its number alone: what is drawn for one doesn't move
/// what is drawn for the others.
inline choice choice_for(uint64_t seed, uint64_t kind, uint64_t number) {
  const uint64_t of_kind = choice(choice(seed).next() ^ kind).next();
  return choice(choice(of_kind ^ number).next());
}

} // namespace oncepay::sim
