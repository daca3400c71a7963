// What a running server says to its operators, on stderr: one line a message, with time and level. Alarms want a
// person. A message that repeats is counted instead of repeated, so that a fault can't fill the disk it may come from.
#pragma once

#include "actors/context.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace oncepay::cli {

class server_log {
public:
  server_log();
  ~server_log();

  /// Thread-safe.
  void say(severity, std::string_view text);

  /// Says how often what was held back has happened; call about once a second.
  void flush_repeats();

private:
  std::shared_ptr<spdlog::logger> out_;
  std::mutex guard_;
  uint32_t said_this_second_ = 0;
  uint64_t held_back_ = 0;
};

} // namespace oncepay::cli
