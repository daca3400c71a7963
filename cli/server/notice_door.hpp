// Where channels tell of their own accord what became of payments. What comes here comes from anybody: it is looked at
// only as far as its channel's key vouches for it, and acknowledged only once whatever it changed is durable.
#pragma once

#include "actors/context.hpp"
#include "cli/config/config.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// On a thread of its own: a flood of notices, or of forgeries, keeps no client waiting. Outlives the actor system,
/// which may still hold answers.
class notice_door {
public:
  /// To whoever sees to it: on the door's thread, and answered on any.
  using desk = std::function<void(channel_notice)>;

  /// Of the channels whose dialects have notices, each at its own path (`notice_path`).
  notice_door(const configuration&, context_ptr, desk);
  ~notice_door();

  /// Binds HOST:PORT (port 0: any free one), serves, and returns the port; the error is one line that says what to do.
  tl::expected<uint16_t, std::string> listen(const std::string& host_port);

  /// Accepts nobody any more, writes what is answered within `limits::last_write_ms_max`, and ends the thread. From
  /// then on the desk isn't held.
  void stop();

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace oncepay::cli
