#include "cli/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace oncepay::cli {
namespace {

/// Longer than any name of ours; what a caller types may be of any length.
constexpr size_t typed_bytes_max = 64;

size_t typing_mistakes(std::string_view a, std::string_view b) {
  // Rows of the usual edit distance with transpositions: two back, one back, current.
  std::vector<size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

} // namespace

std::string_view nearest(std::string_view typed, std::span<const std::string_view> candidates) {
  if (typed.empty() || typed.size() > typed_bytes_max)
    return {};
  std::string_view best;
  size_t best_mistakes = 0;
  for (const auto candidate : candidates) {
    const size_t mistakes = typing_mistakes(typed, candidate);
    // A third of the letters wrong is another word, not a mistyped one.
    const size_t tolerated = std::max<size_t>(1, std::max(typed.size(), candidate.size()) / 3);
    if (mistakes <= tolerated && (best.empty() || mistakes < best_mistakes)) {
      best = candidate;
      best_mistakes = mistakes;
    }
  }
  return best;
}

} // namespace oncepay::cli
