#include "cli/submit/latency.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

using namespace oncepay::cli;

TEST_CASE("latency: nothing counted has no percentiles") {
  const latency_histogram empty;
  CHECK(empty.count() == 0);
  CHECK(empty.percentile_ns(0.5) == 0);
  CHECK(empty.max_ns() == 0);
}

TEST_CASE("latency: small values are exact, and the largest 64-bit value has a bucket") {
  latency_histogram h;
  for (int64_t ns = 1; ns <= 100; ++ns)
    h.add(ns);
  CHECK(h.percentile_ns(0.50) == 50);
  CHECK(h.percentile_ns(0.99) == 99);
  CHECK(h.percentile_ns(1.0) == 100);
  h.add(INT64_MAX);
  CHECK(h.max_ns() == INT64_MAX);
  CHECK(h.percentile_ns(1.0) == INT64_MAX);
  h.add(-5);
  CHECK(h.percentile_ns(0.001) == 0);
}

TEST_CASE("latency: a percentile is never below the true one, and at most 1.6 % above") {
  CHECK(rc::check([] {
    auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<int64_t>>(rc::gen::map(
        rc::gen::pair(rc::gen::inRange<int>(0, 62), rc::gen::inRange<int64_t>(0, 1'000'000)),
        [](const auto& p) { return (int64_t{1} << p.first) | (p.second & ((int64_t{1} << p.first) - 1)); })));
    latency_histogram h;
    for (const auto v : values)
      h.add(v);
    std::sort(values.begin(), values.end());
    for (const double share : {0.5, 0.9, 0.99, 1.0}) {
      const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
      const auto exact = values[std::max<size_t>(rank, 1) - 1];
      const auto shown = h.percentile_ns(share);
      RC_ASSERT(shown >= exact);
      RC_ASSERT(shown - exact <= exact / 64);
    }
  }));
}
