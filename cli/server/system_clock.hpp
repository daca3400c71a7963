// The wall clock of a real process.
#pragma once

#include "schema/time.hpp"

#include <atomic>

namespace oncepay::cli {

/// Never behind an instant it handed out or was told of: a clock that is set back stands still until time has caught
/// up.
class system_clock : public wall_clock {
public:
  instant now() override;
  void not_before(instant t) override;

private:
  std::atomic<int64_t> latest_ns_{0};
};

} // namespace oncepay::cli
