// A plan that breaks a rule, made smaller as long as it still breaks that rule: what is left is the story.
#pragma once

#include "sim/run.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace oncepay::sim {

struct shrink_options {
  uint32_t runs_max = 400; ///< A run of a large plan takes seconds.
  /// Told after each run that made the plan smaller.
  std::function<void(const plan& smallest, uint32_t runs)> progress;
};

struct shrunk {
  plan smallest;           ///< `name` says that it was shrunk.
  run_violation violation; ///< The first of the same checker in the run of `smallest`.
  uint32_t runs = 0;
  bool ended_early = false; ///< `runs_max` was reached: there may be a smaller one.
};

/// `failing` violated the rule of `checker`; `first` is how. Deterministic as long as `run_one` is.
shrunk shrink(const plan& failing, const run_violation& first, const std::function<run_result(const plan&)>& run_one,
              const shrink_options& = {});

} // namespace oncepay::sim
