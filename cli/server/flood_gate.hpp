// Keeps a flood of one kind of message from drowning the others, and from filling the disk that it may come from. The
// first few of a second pass; what follows becomes one line a second, the last of them with the number of those held
// back, until a second goes by without one. Nothing is swallowed: each is counted.
#pragma once

#include "actors/announcement.hpp"
#include "actors/meters.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

/// Not thread-safe, but for its counters.
class flood_gate {
public:
  /// Of one topic and severity in a second: a person still reads so many.
  static constexpr uint32_t lines_per_second_max = 10;

  struct held_back {
    severity how;
    topic about;
    std::string last_text;
    uint64_t count = 0; ///< Of all that were held back, the last one included.
  };

  /// True where the message may be printed now.
  bool let_through(severity, topic, std::string_view text);

  /// To be called once a second: what was held back within it, and is to be said now.
  std::vector<held_back> next_second();

  uint64_t messages(severity how, topic about) const { return of(how, about).all.value(); }
  uint64_t held() const { return held_.value(); }

private:
  struct kind {
    counter all;
    uint32_t printed = 0; ///< Within this second.
    bool flooding = false;
    uint64_t held = 0; ///< Within this second.
    std::string last_text;
  };
  static constexpr size_t severities = static_cast<size_t>(severity::alarm) + 1;

  kind& of(severity how, topic about) { return kinds_[static_cast<size_t>(how)][static_cast<size_t>(about)]; }
  const kind& of(severity how, topic about) const {
    return kinds_[static_cast<size_t>(how)][static_cast<size_t>(about)];
  }

  std::array<std::array<kind, topics>, severities> kinds_;
  counter held_;
};

} // namespace oncepay::cli
