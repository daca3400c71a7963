#include "actors/domain/health.hpp"

namespace oncepay {

void health_window::note(instant now, reply_class outcome) {
  const int64_t number = now.ns / slot_ns;
  slot& s = ring_[static_cast<size_t>(number) % slots];
  if (s.number != number)
    s = {number, 0, 0};
  ++s.outcomes;
  if (outcome == reply_class::unknown)
    ++s.unknown;
}

bool health_window::unstable(instant now) const {
  const int64_t newest = now.ns / slot_ns;
  uint64_t outcomes = 0;
  uint64_t unknown = 0;
  for (const slot& s : ring_) {
    if (s.number <= newest - static_cast<int64_t>(slots) || s.number > newest)
      continue;
    outcomes += s.outcomes;
    unknown += s.unknown;
  }
  return outcomes >= outcomes_min && unknown * 1'000'000 >= outcomes * unstable_ppm;
}

} // namespace oncepay
