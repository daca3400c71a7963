// The wall clock of a real process.
#pragma once

#include "schema/slewed_time.hpp"

#include <mutex>

namespace oncepay::cli {

/// Never behind an instant it handed out or was told of; see `slewed_time` for a clock that is set back.
class system_clock : public wall_clock {
public:
  instant now() override;
  void not_before(instant t) override;

private:
  std::mutex mutex_;
  slewed_time time_;
};

} // namespace oncepay::cli
