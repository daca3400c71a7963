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

private:
  uint64_t state_;
};

} // namespace oncepay::sim
